import { placeOfKey } from '../../syntax/unitSyntax.js';
import { expanded, isMasked, listOf, settingOf, sharedListOf } from '../../systemd/unit.js';
import { parseUnitName } from '../../systemd/unitName.js';
import { defineRule } from '../rule.js';

const KEYS = ['OnCalendar', 'OnActiveSec', 'OnBootSec', 'OnStartupSec', 'OnUnitActiveSec', 'OnUnitInactiveSec'];

export default defineRule({
  id: 'systemd/timer-never-elapses',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    never:
      '{unit} never starts {service}: {key}= counts from the last time that {service} was {state}, and nothing else starts it a first time. OnBootSec= or OnActiveSec= beside it does.',
    both: '{service} is started at boot by its own [Install], and by {unit} at its times. A job that only the timer is to start needs no [Install].',
  },
  docs: {
    summary: 'A timer that waits for what only it would start, or a job that also runs at each boot.',
    why: 'OnUnitActiveSec= and OnUnitInactiveSec= alone have nothing to count from until the service has run once; `systemctl list-timers` shows no next time.',
    bad: `-- etc/systemd/system/job.timer --
[Timer]
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
-- etc/systemd/system/job.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/true
`,
    good: `-- etc/systemd/system/job.timer --
[Timer]
OnBootSec=1min
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
-- etc/systemd/system/job.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/true
`,
    sources: ['systemd.timer(5)', 'timer_enter_waiting() in src/core/timer.c'],
  },

  check(view, report) {
    if (view.part !== 'unit' || view.unit.name.type !== 'timer' || isMasked(view.unit)) return;
    const { unit, around } = view;
    if (!unit.fragment || /^\/(?:usr\/)?lib\/systemd\//.test(unit.fragment.path)) return;
    if (unit.name.instance !== undefined) return;
    const times = sharedListOf(unit, 'Timer', KEYS);
    const named = settingOf(unit, 'Timer', 'Unit');
    const text = named ? expanded(unit, named) : `${unit.name.prefix}.service`;
    const name = text === undefined ? undefined : parseUnitName(text);
    const service = name && around.service(name.full);
    const first = times[0];
    if (!service || !first || isMasked(service)) return;
    const installs = ['WantedBy', 'RequiredBy', 'UpheldBy']
      .map((key) => listOf(service, 'Install', key)[0])
      .find(Boolean);
    const words = { unit: unit.name.full, service: service.name.full };
    if (times.every((it) => /^OnUnit/.test(it.entry.key))) {
      // Whoever starts it once, by hand or by another unit, winds the clock.
      if (installs || around.isStarted(service.name.full, unit.name.full)) return;
      const key = first.entry.key;
      const state = key === 'OnUnitActiveSec' ? 'started' : 'stopped';
      report({ at: placeOfKey(first.entry), say: 'never', with: { ...words, key, state } });
    } else if (installs && listOf(service, 'Service', 'Type').at(-1)?.entry.value === 'oneshot') {
      if (service.fragment && /^\/(?:usr\/)?lib\/systemd\//.test(service.fragment.path)) return;
      report({
        at: placeOfKey(installs.entry),
        say: 'both',
        with: words,
        severity: 'hint',
        related: [{ at: placeOfKey(first.entry), text: 'the timer starts it here' }],
      });
    }
  },
});
