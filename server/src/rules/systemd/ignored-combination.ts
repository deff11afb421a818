import type { Place } from '../../base/place.js';
import { placeOfEntry, placeOfKey } from '../../syntax/unitSyntax.js';
import { serviceType } from '../../systemd/serviceType.js';
import { listOf, settingOf, sharedListOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Keys of which the first does nothing unless the other is there too: service_verify(), timer_setup_persistent(). */
const WITHOUT: readonly (readonly [section: string, key: string, needs: string])[] = [
  ['Service', 'RuntimeRandomizedExtraSec', 'RuntimeMaxSec'],
  ['Service', 'RestartSteps', 'RestartMaxDelaySec'],
  ['Service', 'RestartMaxDelaySec', 'RestartSteps'],
  ['Service', 'USBFunctionDescriptors', 'USBFunctionStrings'],
  ['Service', 'USBFunctionStrings', 'USBFunctionDescriptors'],
];

export default defineRule({
  id: 'systemd/ignored-combination',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages: {
    alone: 'systemd ignores {key}= of {unit}: it does nothing without {needs}=.',
    oneshot:
      'systemd ignores RuntimeMaxSec= of {unit}: with Type=oneshot the service never counts as running. TimeoutStartSec= limits how long its commands may take.',
    restart:
      '{unit} is not restarted: {key}= only says when, and without Restart= systemd leaves a service that has ended. Restart=on-failure starts it again.',
    persistent:
      'Persistent= does nothing in {unit}: systemd catches up on what OnCalendar= has missed, and on no other timer.',
  },
  docs: {
    summary: 'A setting that does nothing beside the others of the unit.',
    why: 'Each is right by itself, and systemd ignores it because of another setting, or of one that is missing; of some it says so in the log.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/sleep 60
RuntimeMaxSec=30
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/sleep 60
TimeoutStartSec=30
`,
    sources: [
      'service_verify() in src/core/service.c',
      'systemd.timer(5), Persistent=',
      'systemd.service(5), RestartSec=',
    ],
  },

  check({ unit }, report) {
    const name = unit.name.full;
    const settle = (section: string, key: string) => settingOf(unit, section, key);
    const keyAt = (section: string, key: string): Place | undefined => {
      const setting = settle(section, key);
      return setting && placeOfKey(setting.entry);
    };
    for (const [section, key, needs] of WITHOUT) {
      const at = keyAt(section, key);
      if (at && !isSet(unit, section, needs)) report({ at, say: 'alone', with: { unit: name, key, needs } });
    }
    if (unit.name.type === 'service') {
      const max = settle('Service', 'RuntimeMaxSec');
      if (max && max.entry.value !== 'infinity' && serviceType(unit) === 'oneshot')
        report({ at: placeOfEntry(max.entry), say: 'oneshot', with: { unit: name } });
      const at = keyAt('Service', 'RestartSec');
      if (at && !isSet(unit, 'Service', 'Restart') && !isSet(unit, 'Service', 'RestartForceExitStatus'))
        report({ at, say: 'restart', with: { unit: name, key: 'RestartSec' }, severity: 'hint' });
    }
    if (unit.name.type === 'timer') {
      const at = keyAt('Timer', 'Persistent');
      const other = ['OnActiveSec', 'OnBootSec', 'OnStartupSec', 'OnUnitActiveSec', 'OnUnitInactiveSec'];
      const calendar = sharedListOf(unit, 'Timer', ['OnCalendar', ...other]).some(
        (it) => it.entry.key === 'OnCalendar',
      );
      if (at && !calendar && other.some((it) => isSet(unit, 'Timer', it)))
        report({ at, say: 'persistent', with: { unit: name }, severity: 'hint' });
    }
  },
});

function isSet(unit: Unit, section: string, key: string): boolean {
  return listOf(unit, section, key).length > 0;
}
