import type { Fix } from '../../base/fix.js';
import { keyEntry } from '../../catalog/systemd.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { UNIT_TYPES } from '../../systemd/unitName.js';
import { defineRule } from '../rule.js';

/** Of cgroups as they were before version 2: specifier_cgroup() and its kin in src/core/unit-printf.c. */
const GONE: Readonly<Record<string, string>> = {
  '%c': 'the path of the control group',
  '%r': 'the path of the slice',
  '%R': 'the path of the root slice',
};

export default defineRule({
  id: 'systemd/legacy-syntax',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    specifier:
      'systemd warns of {specifier}, which stood for {meaning} and is not that any more. Where a percent sign is meant, write %%.',
    doubled:
      'Newer systemd ignores "!!" and warns of it: it was for kernels without ambient capabilities. "!" alone, or none, says what is meant.',
  },
  docs: {
    summary: 'Specifiers and prefixes that systemd has given up.',
    why: 'They are still read, with a warning in the log, and no longer do what they did.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Environment=CGROUP=%c
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Environment=UNIT=%n
`,
    sources: ['bad_specifier() in src/core/unit-printf.c', 'config_parse_exec() in src/core/load-fragment.c'],
  },

  check({ file, kind, target }, report) {
    if (!UNIT_TYPES.some((it) => it === kind.type)) return;
    for (const section of file.sections) {
      if (section.name === 'Install') continue;
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || !/%[crR]|!!/.test(entry.value)) continue;
        const key = keyEntry(section.name, entry.key, kind.type);
        if (!key?.parser || key.removed) continue;
        // Formats of dates and logs are somebody else's: unescaped-percent.
        const found = [...entry.value.matchAll(/%(?:%|[A-Za-z])/g)].filter((it) => it[0] !== '%%');
        if (found.every((it) => it[0] in GONE || /%[nNpiIjtShHuUgGv]/.test(it[0])))
          for (const it of found) {
            const meaning = GONE[it[0]];
            if (meaning === undefined) continue;
            const at = placeInValue(entry, it.index, it.index + 2);
            report({ at, say: 'specifier', with: { specifier: it[0], meaning } });
          }
        if (key.type !== 'exec command' || (target.version !== undefined && target.version < 258)) continue;
        const { commands } = parseCommandLine(entry.value);
        for (const { prefixes, program } of commands) {
          const index = prefixes.indexOf('!!');
          if (index < 0) continue;
          const start = program.start - prefixes.length + index;
          const at = placeInValue(entry, start, start + 2);
          const fix: Fix = { title: 'Remove it', applicability: 'suggested', edits: [{ at, text: '' }] };
          report({ at, say: 'doubled', severity: 'hint', fixes: [fix] });
        }
      }
    }
  },
});
