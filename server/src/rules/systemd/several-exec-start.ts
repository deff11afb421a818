import { placeOfEntry, placeOfKey } from '../../syntax/unitSyntax.js';
import { commandSettings, serviceType } from '../../systemd/serviceType.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/several-exec-start',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages: {
    several:
      'systemd refuses {unit}: this is a second ExecStart= beside the first, which only Type=oneshot may have. To replace the first, reset it with an empty "ExecStart=" before.',
  },
  docs: {
    summary: 'More than one command to start in a service that may have one.',
    why: 'systemd refuses the unit: `Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services.` Drop-ins add to the list; they do not replace it.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/app.service.d/override.conf --
[Service]
ExecStart=/usr/bin/sleep 90
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/app.service.d/override.conf --
[Service]
ExecStart=
ExecStart=/usr/bin/sleep 90
`,
    sources: ['service_verify() in src/core/service.c', 'systemd.service(5), ExecStart='],
  },

  check({ unit }, report) {
    if (unit.name.type !== 'service' || serviceType(unit) === 'oneshot') return;
    const [first, second] = commandSettings(unit, 'ExecStart');
    if (!first || !second) return;
    const { entry } = second;
    report({
      at: placeOfKey(entry),
      say: 'several',
      with: { unit: unit.name.full },
      related: entry === first.entry ? [] : [{ at: placeOfEntry(first.entry), text: 'the first' }],
      fixes:
        entry === first.entry
          ? []
          : [
              {
                title: 'Replace the commands before: insert an empty "ExecStart="',
                applicability: 'suggested',
                edits: [{ at: { node: entry, start: 0, end: 0 }, text: 'ExecStart=\n' }],
              },
            ],
    });
  },
});
