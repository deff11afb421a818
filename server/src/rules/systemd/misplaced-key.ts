import type { Fix } from '../../base/fix.js';
import { keyEntry, sectionsOf, sectionsWithKey } from '../../catalog/systemd.js';
import { type Entry, placeOfEntry, placeOfKey, type UnitFile, type UnitSection } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/misplaced-key',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    misplaced: '"{key}" belongs in [{there}], not in [{here}]: systemd ignores the line.',
  },
  docs: {
    summary: 'A key that stands in the wrong section.',
    why: 'systemd logs `Unknown key in section` and ignores the line; the unit loads without it.',
    bad: `-- etc/systemd/system/app.service --
[Unit]
Description=app
[Service]
After=network.target
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Description=app
After=network.target
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.directives(7)', 'next_assignment() in src/shared/conf-parser.c'],
  },

  check({ file, kind }, report) {
    const known = sectionsOf(kind.type);
    for (const section of file.sections) {
      if (!known.includes(section.name)) continue;
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || keyEntry(section.name, entry.key, kind.type)) continue;
        const there = sectionsWithKey(entry.key, kind.type);
        const [first] = there;
        if (first === undefined) continue;
        report({
          at: placeOfKey(entry),
          say: 'misplaced',
          with: { key: entry.key, there: there.join('] or ['), here: section.name },
          fixes: there.map((it) => moveTo(it, entry, section, file)),
        });
      }
    }
  },
});

function moveTo(name: string, entry: Entry, from: UnitSection, file: UnitFile): Fix {
  const title = `Move "${entry.key}" to [${name}]`;
  const line = `${entry.key}=${entry.value}`;
  const remove = { at: wholeLine(entry, from), text: '' };
  const target = file.sections.find((it) => it.name === name);
  if (target) {
    const last = target.entries.findLast((it) => it.kind === 'assignment');
    const node = last ?? target;
    const end = last ? last.length : target.headerEnd;
    return { title, applicability: 'suggested', edits: [remove, { at: { node, start: end, end }, text: `\n${line}` }] };
  }
  const first = file.sections[0]!;
  const at = { node: first, start: 0, end: 0 };
  return { title, applicability: 'suggested', edits: [remove, { at, text: `[${name}]\n${line}\n\n` }] };
}

/** The entry with the line end before it, so that no empty line stays behind. */
function wholeLine(entry: Entry, section: UnitSection) {
  const index = section.entries.indexOf(entry);
  const before = section.entries[index - 1];
  const start = before ? before.offset + before.length : section.headerEnd;
  // Blank lines above belong to whoever wrote them: only the entry's own line goes.
  const own = placeOfEntry(entry);
  return entry.offset - start <= 2 ? { node: section, start, end: entry.offset + entry.length } : own;
}
