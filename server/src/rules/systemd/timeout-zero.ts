import { placeOfValue } from '../../syntax/unitSyntax.js';
import { parseTimeSpan } from '../../systemd/timeSpan.js';
import { expanded, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/timeout-zero',
  severity: 'hint',
  confidence: 'certain',
  audience: 'pedantic',
  sees: 'unit',
  messages: {
    zero: '{key}=0 means no limit, not "at once": a process of {unit} that does not end keeps systemctl stop, restart and the shutdown waiting for ever. "infinity" says the same in plain words.',
  },
  docs: {
    summary: 'A timeout of 0 for the stop, which is no limit.',
    why: 'systemd takes 0 for infinity in TimeoutStopSec= and TimeoutSec=. Who wants processes killed at once needs a short time, or KillSignal=SIGKILL.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
TimeoutStopSec=0
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
TimeoutStopSec=1
`,
    sources: ['config_parse_service_timeout() in src/core/load-fragment.c'],
  },

  check({ unit }, report) {
    if (unit.name.type !== 'service') return;
    for (const key of ['TimeoutStopSec', 'TimeoutSec']) {
      const setting = settingOf(unit, 'Service', key);
      const text = setting && expanded(unit, setting);
      if (!setting || text === undefined || parseTimeSpan(text) !== 0n) continue;
      const at = placeOfValue(setting.entry);
      const fixes = [
        { title: 'Write infinity', applicability: 'suggested', edits: [{ at, text: 'infinity' }] },
      ] as const;
      report({ at, say: 'zero', with: { key, unit: unit.name.full }, fixes });
    }
  },
});
