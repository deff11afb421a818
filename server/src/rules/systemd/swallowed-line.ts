import type { Fix } from '../../base/fix.js';
import { keyEntry, sectionsOf } from '../../catalog/systemd.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/swallowed-line',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    key: 'The backslash at the end of the line before makes this part of the value of {owner}=: {key}= is not set.',
    section:
      'The backslash at the end of the line before makes this part of the value of {owner}=: no section begins here.',
  },
  docs: {
    summary: 'A line that looks like an assignment or a section, and belongs to the value before it.',
    why: 'A backslash at the end of a line joins it with the next one. Where the last of several joined lines has one too many, the next setting silently becomes an argument.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep \\
    60 \\
Restart=always
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep \\
    60
Restart=always
`,
    sources: ['systemd.syntax(7)', 'config_parse() in src/shared/conf-parser.c'],
  },

  check({ file, kind }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        entry.pieces.forEach((piece, i) => {
          const before = entry.pieces[i - 1];
          if (entry.kind !== 'assignment' || !before) return;
          const text = entry.value.slice(piece.at, piece.at + piece.length);
          const key = /^([A-Z][A-Za-z0-9]+)\s*=/.exec(text)?.[1];
          const header = /^\[(\w+)\]\s*$/.exec(text)?.[1];
          const isKey = key !== undefined && keyEntry(section.name, key, kind.type) !== undefined;
          if (!isKey && (header === undefined || !sectionsOf(kind.type).includes(header))) return;
          const end = before.from + before.length;
          const fix: Fix = {
            title: 'Remove the backslash before it',
            applicability: 'suggested',
            edits: [{ at: { node: entry, start: end, end: end + 1 }, text: '' }],
          };
          const at = placeInValue(entry, piece.at, piece.at + (key ?? text).length);
          if (isKey) report({ at, say: 'key', with: { owner: entry.key, key: key! }, fixes: [fix] });
          else report({ at, say: 'section', with: { owner: entry.key }, fixes: [fix] });
        });
      }
    }
  },
});
