import { keyEntry } from '../../catalog/systemd.js';
import { type Entry, placeInValue, placeOfEntry, placeOfKey } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/repeated-key',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    overridden: '{key}= is set again further down in this file, and the last one holds: this one has no effect.',
    first: '{key}= is set further up in this file, and the first one holds: systemd ignores this one.',
  },
  docs: {
    summary: 'A key with one value that the same file sets twice.',
    why: 'systemd takes the last assignment without a word (for the Unit= of timers and paths the first), also when the section is repeated. The other one misleads whoever reads the file.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart=no
Restart=always
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Environment=A=1
Environment=B=2
Restart=always
`,
    sources: ['systemd.syntax(7)', 'config_parse_trigger_unit() in src/core/load-fragment.c'],
  },

  check({ file, kind }, report) {
    const seen = new Map<string, Entry>();
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const key = keyEntry(section.name, entry.key, kind.type);
        // Lists grow; of keys without a parser of systemd's own core nothing is known.
        if (!key || key.multi || key.parser === undefined || section.name === 'Install') continue;
        const id = `${section.name}.${entry.key}`;
        const before = seen.get(id);
        seen.set(id, entry);
        if (!before || before.value === '') continue;
        const again = { at: placeOfEntry(entry), text: 'set again here' };
        if (key.parser === 'trigger_unit') {
          seen.set(id, before);
          report({
            at: placeOfKey(entry),
            say: 'first',
            with: { key: key.name },
            related: [{ at: placeOfEntry(before), text: 'set here' }],
          });
        } else
          report({
            at: placeInValue(before, 0, before.value.length),
            severity: 'hint',
            say: 'overridden',
            with: { key: key.name },
            related: [again],
          });
      }
    }
  },
});
