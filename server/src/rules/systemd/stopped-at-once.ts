import { placeOfEntry, placeOfKey } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { serviceType } from '../../systemd/serviceType.js';
import { listOf, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/stopped-at-once',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages: {
    stops:
      'systemd runs ExecStop= of {unit} as soon as ExecStart= has ended: a oneshot service without RemainAfterExit=yes is stopped when its work is done. With RemainAfterExit=yes it counts as active until somebody stops it.',
  },
  docs: {
    summary: 'Type=oneshot with an ExecStop=, and without RemainAfterExit=.',
    why: 'The service goes from starting to stopping: `docker compose up -d` is followed by `docker compose down` in the same second.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/docker compose up -d
ExecStop=/usr/bin/docker compose down
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/docker compose up -d
ExecStop=/usr/bin/docker compose down
`,
    sources: [
      'systemd.service(5), RemainAfterExit=',
      'service_enter_running() in src/core/service.c, seen with systemd 257',
    ],
  },

  check({ unit }, report) {
    if (unit.name.type !== 'service' || serviceType(unit) !== 'oneshot') return;
    if (isOn(settingOf(unit, 'Service', 'RemainAfterExit')?.entry.value)) return;
    const starts = listOf(unit, 'Service', 'ExecStart');
    const stop = listOf(unit, 'Service', 'ExecStop')[0];
    const type = settingOf(unit, 'Service', 'Type');
    // A service that only stops something has nothing that would remain.
    if (starts.length === 0 || !stop || !type) return;
    const at = { ...placeOfEntry(type.entry), start: placeOfEntry(type.entry).end };
    report({
      at: placeOfKey(stop.entry),
      say: 'stops',
      with: { unit: unit.name.full },
      related: [{ at: placeOfEntry(type.entry), text: 'it is done when its commands are' }],
      fixes: [
        {
          title: 'Let it count as active: RemainAfterExit=yes',
          applicability: 'suggested',
          edits: [{ at, text: '\nRemainAfterExit=yes' }],
        },
      ],
    });
  },
});
