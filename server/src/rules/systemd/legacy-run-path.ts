import type { Fix } from '../../base/fix.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

/** Keys whose paths patch_var_run() in src/core/load-fragment.c rewrites. */
const KEYS = /^(?:PIDFile|Listen(?:Stream|Datagram|SequentialPacket|FIFO))$/;

export default defineRule({
  id: 'systemd/legacy-run-path',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: { path: 'systemd takes {path} for {now} and asks for an update: /var/run is only a link to /run.' },
  docs: {
    summary: 'A path below /var/run where systemd uses /run.',
    why: 'systemd rewrites the path and logs a notice at each load of the unit.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/var/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['patch_var_run() in src/core/load-fragment.c'],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || !KEYS.test(entry.key) || !entry.value.startsWith('/var/run/')) continue;
        const prefix = placeInValue(entry, 0, '/var/run'.length);
        const fix: Fix = { title: 'Change to /run', applicability: 'safe', edits: [{ at: prefix, text: '/run' }] };
        const now = entry.value.slice('/var'.length);
        report({
          at: placeInValue(entry, 0, entry.value.length),
          say: 'path',
          with: { path: entry.value, now },
          fixes: [fix],
        });
      }
    }
  },
});
