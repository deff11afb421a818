import type { Fix } from '../../base/fix.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/kill-mode-none',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    none: 'With KillMode=none systemd leaves processes running when it stops the unit, and a restart meets them again; systemd warns of it and will drop it. mixed or control-group end all of them.',
  },
  docs: {
    summary: 'KillMode=none, which leaves the processes of a stopped service running.',
    why: 'Processes escape the life cycle and the limits of the service. systemd logs a warning since 246.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
KillMode=none
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
KillMode=mixed
`,
    sources: ['systemd.kill(5)', 'config_parse_kill_mode() in src/core/load-fragment.c'],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || entry.key !== 'KillMode' || entry.value !== 'none') continue;
        const at = placeOfValue(entry);
        const fix: Fix = { title: 'Change to "mixed"', applicability: 'suggested', edits: [{ at, text: 'mixed' }] };
        report({ at, say: 'none', fixes: [fix] });
      }
    }
  },
});
