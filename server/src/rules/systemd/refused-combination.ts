import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { placeOfHeader, placeOfValue } from '../../syntax/unitSyntax.js';
import { escapedPath } from '../../systemd/mountName.js';
import { serviceType } from '../../systemd/serviceType.js';
import { accepts } from '../../systemd/socketActivation.js';
import { expanded, listOf, type Setting, sectionOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule, type Report } from '../rule.js';

const messages = {
  restart: 'systemd refuses {unit}: Type=oneshot does not go with Restart={value}. Use on-failure, or another Type=.',
  exitType: 'systemd refuses {unit}: Type=oneshot does not go with ExitType=cgroup.',
  busName: 'systemd refuses {unit}: Type=dbus waits for a name on the bus, and there is no BusName=.',
  killMode: 'systemd refuses {unit}: with PAMName= the KillMode= must be control-group or mixed, not {value}.',
  acceptService:
    'systemd refuses {unit}: with Accept=yes each connection gets an instance of {template}; Service= cannot name another.',
  acceptListen:
    'systemd refuses {unit}: with Accept=yes it can listen on streams and sequential packets only, not by {key}=.',
  acceptNone: 'systemd refuses {unit}: MaxConnections=0 leaves no connection to accept.',
  what: 'systemd refuses {unit}: it has no What=, so there is nothing to mount.',
  name: 'systemd refuses {unit}: {key}={value} belongs to a unit of the name {wanted}. Rename the file, or change the path.',
} as const;

export default defineRule({
  id: 'systemd/refused-combination',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages,
  docs: {
    summary: 'Settings that are right one by one, and that systemd refuses together.',
    why: 'The unit is not loaded: `Unit app.service has a bad unit file setting.`',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
Restart=always
ExecStart=/usr/bin/true
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
Restart=on-failure
ExecStart=/usr/bin/true
`,
    sources: [
      'service_verify() in src/core/service.c',
      'socket_verify() in src/core/socket.c',
      'mount_verify() in src/core/mount.c',
      'automount_verify() in src/core/automount.c',
      'swap_verify() in src/core/swap.c',
    ],
  },

  check({ unit }, report) {
    if (unit.name.type === 'service') checkService(unit, report);
    else if (unit.name.type === 'socket') checkSocket(unit, report);
    else if (unit.name.type === 'mount' || unit.name.type === 'automount') checkPath(unit, 'Where', report);
    else if (unit.name.type === 'swap') checkPath(unit, 'What', report);
  },
});

type Say = Report<typeof messages>;

function checkService(unit: Unit, report: Say): void {
  const name = unit.name.full;
  const type = serviceType(unit);
  const typeAt = settingOf(unit, 'Service', 'Type');
  const restart = settingOf(unit, 'Service', 'Restart');
  const exitType = settingOf(unit, 'Service', 'ExitType');
  const killMode = settingOf(unit, 'Service', 'KillMode');
  if (type === 'oneshot' && restart && /^(?:always|on-success)$/.test(restart.entry.value)) {
    const at = placeOfValue(restart.entry);
    const fixes: Fix[] = [
      { title: 'Restart on failure only', applicability: 'suggested', edits: [{ at, text: 'on-failure' }] },
    ];
    report({ at, say: 'restart', with: { unit: name, value: restart.entry.value }, fixes });
  }
  if (type === 'oneshot' && exitType?.entry.value === 'cgroup')
    report({ at: placeOfValue(exitType.entry), say: 'exitType', with: { unit: name } });
  if (type === 'dbus' && typeAt && !settingOf(unit, 'Service', 'BusName'))
    report({ at: placeOfValue(typeAt.entry), say: 'busName', with: { unit: name } });
  if (killMode && settingOf(unit, 'Service', 'PAMName') && /^(?:process|none)$/.test(killMode.entry.value)) {
    const { value } = killMode.entry;
    report({ at: placeOfValue(killMode.entry), say: 'killMode', with: { unit: name, value } });
  }
}

const NO_STREAM = ['Datagram', 'FIFO', 'Netlink', 'Special', 'MessageQueue', 'USBFunction'].map((it) => `Listen${it}`);

function checkSocket(unit: Unit, report: Say): void {
  if (!accepts(unit)) return;
  const name = unit.name.full;
  const service = settingOf(unit, 'Socket', 'Service');
  const most = settingOf(unit, 'Socket', 'MaxConnections');
  if (service) {
    const template = `${unit.name.prefix}@.service`;
    report({ at: placeOfValue(service.entry), say: 'acceptService', with: { unit: name, template } });
  }
  for (const key of NO_STREAM) {
    const [listen] = listOf(unit, 'Socket', key);
    if (listen) report({ at: placeOfValue(listen.entry), say: 'acceptListen', with: { unit: name, key } });
  }
  if (most && /^0+$/.test(most.entry.value))
    report({ at: placeOfValue(most.entry), say: 'acceptNone', with: { unit: name } });
}

function checkPath(unit: Unit, key: 'Where' | 'What', report: Say): void {
  const section = sectionOf(unit);
  const setting = settingOf(unit, section, key);
  const head = headOf(unit, section);
  if (unit.name.type === 'mount' && head && !settingOf(unit, section, 'What'))
    report({ at: head, say: 'what', with: { unit: unit.name.full } });
  const value = setting && pathOf(unit, setting);
  const escaped = value === undefined ? undefined : escapedPath(value);
  const wanted = `${escaped}.${unit.name.type}`;
  // UUID= and LABEL= of swaps are looked up on the machine.
  if (!setting || escaped === undefined || wanted === unit.name.full) return;
  report({
    at: placeOfValue(setting.entry),
    say: 'name',
    with: { unit: unit.name.full, key, value: setting.entry.value, wanted },
  });
}

function pathOf(unit: Unit, setting: Setting): string | undefined {
  const text = expanded(unit, setting);
  return text?.startsWith('/') ? text : undefined;
}

function headOf(unit: Unit, section: string): Place | undefined {
  const sections = unit.fragment?.sections ?? [];
  const own = sections.find((it) => it.name === section) ?? sections[0];
  return own && placeOfHeader(own);
}
