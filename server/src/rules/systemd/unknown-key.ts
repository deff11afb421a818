import type { Fix } from '../../base/fix.js';
import { nearest } from '../../base/nearest.js';
import { keyEntry, keysIn, sectionsOf, sectionsWithKey } from '../../catalog/systemd.js';
import { tooNewFor } from '../../catalog/systemdVersion.js';
import { placeOfKey } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

/** Keys that people invent, and what they mean by them. */
const INVENTED: Readonly<Record<string, string>> = {
  ExecRestart: 'ExecReload',
  ExecStartAfter: 'ExecStartPost',
  ExecStartBefore: 'ExecStartPre',
  Env: 'Environment',
  EnvFile: 'EnvironmentFile',
  WorkDir: 'WorkingDirectory',
  Cwd: 'WorkingDirectory',
  RestartDelay: 'RestartSec',
};

export default defineRule({
  id: 'systemd/unknown-key',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    unknown: 'systemd knows no key "{key}" in [{section}] and ignores the line.',
    unknownNear: 'systemd knows no key "{key}" in [{section}] and ignores the line. Did you mean "{near}"?',
    tooNew: 'systemd {version} knows no key "{key}" and ignores the line: it came with systemd {since}.',
  },
  docs: {
    summary: 'A key that systemd does not know in this section, nor in another of this kind of unit.',
    why: 'systemd logs `Unknown key` and ignores the line; the unit loads without it. Case matters. Keys that begin with X- are for other programs.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restrt=always
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart=always
`,
    sources: ['systemd.directives(7)', 'next_assignment() in src/shared/conf-parser.c'],
  },

  check({ file, kind, target }, report) {
    const known = sectionsOf(kind.type);
    for (const section of file.sections) {
      const { name } = section;
      if (!known.includes(name) || name.startsWith('X-')) continue;
      for (const entry of section.entries) {
        const { key } = entry;
        if (entry.kind !== 'assignment' || key.startsWith('X-')) continue;
        const known = keyEntry(name, key, kind.type);
        if (known) {
          const since = tooNewFor(known, target);
          if (since !== undefined && target.version !== undefined)
            report({ at: placeOfKey(entry), say: 'tooNew', with: { key, since, version: target.version } });
          continue;
        }
        if (sectionsWithKey(key, kind.type).length > 0) continue;
        const at = placeOfKey(entry);
        const names = keysIn(name, kind.type).map((it) => it.name);
        const near = names.find((it) => it.toLowerCase() === key.toLowerCase()) ?? INVENTED[key] ?? nearest(key, names);
        if (near === undefined || !names.includes(near)) {
          report({ at, say: 'unknown', with: { key, section: name } });
          continue;
        }
        const fix: Fix = { title: `Change to "${near}"`, applicability: 'suggested', edits: [{ at, text: near }] };
        report({ at, say: 'unknownNear', with: { key, section: name, near }, fixes: [fix] });
      }
    }
  },
});
