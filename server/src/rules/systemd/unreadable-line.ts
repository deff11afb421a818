import type { Fix } from '../../base/fix.js';
import { type Entry, placeOfEntry, placeOfHeader, placeOfKey } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/unreadable-line',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    noEquals: 'This line has no "=": systemd ignores it.',
    noKey: 'This line has no key before "=": systemd ignores it.',
    outside: 'This line stands before the first section: systemd ignores it.',
    header: 'The "]" that ends the section header is missing: systemd does not load the file.',
  },
  docs: {
    summary: 'A line that is no assignment, that stands outside any section, or a section header without its bracket.',
    why: 'systemd logs a warning and ignores the line, or refuses the file.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart always
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart=always
`,
    sources: ['systemd.syntax(7)', 'parse_line() in src/shared/conf-parser.c'],
  },

  check({ file }, report) {
    const first = file.sections[0];
    for (const entry of file.preamble) {
      if (entry.kind === 'assignment') report({ at: placeOfKey(entry), say: 'outside' });
      else check(entry, true);
    }
    for (const section of file.sections) {
      if (!section.closed) {
        const end = { node: section, start: section.headerEnd, end: section.headerEnd };
        const fix: Fix = { title: 'Insert "]"', applicability: 'safe', edits: [{ at: end, text: ']' }] };
        report({ at: placeOfHeader(section), say: 'header', fixes: [fix] });
      }
      section.entries.forEach((entry, i) => {
        // A key alone on a line that runs on, and its "=" on the next: an assignment like any other.
        const [before, after] = [section.entries[i - 1], section.entries[i + 1]];
        const isKey = runsOn(entry) && after?.kind === 'no-key';
        const isValue = entry.kind === 'no-key' && before !== undefined && runsOn(before);
        if (!isKey && !isValue) check(entry, false);
      });
    }

    function check(entry: Entry, outside: boolean): void {
      if (entry.kind === 'no-key') report({ at: placeOfEntry(entry), say: 'noKey' });
      if (entry.kind !== 'junk') return;
      report({ at: placeOfEntry(entry), say: outside && first ? 'outside' : 'noEquals' });
    }
  },
});

/** An odd number of backslashes at the end. */
function runsOn(entry: Entry): boolean {
  return entry.kind === 'junk' && /(?<!\\)(?:\\\\)*\\$/.test(entry.value);
}
