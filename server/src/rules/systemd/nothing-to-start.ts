import type { Place } from '../../base/place.js';
import { keyEntry, sectionsOf } from '../../catalog/systemd.js';
import { placeOfHeader } from '../../syntax/unitSyntax.js';
import { serviceType } from '../../systemd/serviceType.js';
import { filesOf, listOf, settingOf, sharedListOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const LISTEN = ['Stream', 'Datagram', 'SequentialPacket', 'FIFO', 'Netlink', 'Special', 'MessageQueue', 'USBFunction'];
const ELAPSES = ['Active', 'Boot', 'Startup', 'UnitActive', 'UnitInactive'].map((it) => `On${it}Sec`);
const WATCHES = ['PathExists', 'PathExistsGlob', 'PathChanged', 'PathModified', 'DirectoryNotEmpty'];

export default defineRule({
  id: 'systemd/nothing-to-start',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages: {
    service: 'systemd refuses {unit}: it has no ExecStart=, no ExecStop= and no SuccessAction=. Add ExecStart=.',
    notOneshot: 'systemd refuses {unit}: it has no ExecStart=, and only Type=oneshot may go without.',
    notRemaining:
      'systemd refuses {unit}: without ExecStart= it needs RemainAfterExit=yes or SuccessAction=, else it would be over at once.',
    socket:
      'systemd refuses {unit}: it has no ListenStream= nor any other Listen key, so there is nothing to listen on.',
    timer: 'systemd refuses {unit}: it has no OnCalendar= nor any other On key, so it would never elapse.',
    path: 'systemd refuses {unit}: it has no PathExists=, PathChanged= or other path to watch.',
  },
  docs: {
    summary: 'A unit without the one thing that it is for.',
    why: 'systemd refuses to load it: `Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.`',
    bad: `-- etc/systemd/system/app.service --
[Service]
User=app
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=app
ExecStart=/usr/bin/sleep 60
`,
    sources: [
      'service_verify() in src/core/service.c',
      'socket_verify() in src/core/socket.c',
      'timer_verify() in src/core/timer.c',
      'path_verify() in src/core/path.c',
    ],
  },

  check({ unit }, report) {
    const at = headOf(unit);
    if (!at || isPartlyIgnored(unit)) return;
    const fault = faultOf(unit);
    if (fault) report({ at, say: fault, with: { unit: unit.name.full } });
  },
});

function faultOf(unit: Unit): 'service' | 'notOneshot' | 'notRemaining' | 'socket' | 'timer' | 'path' | undefined {
  switch (unit.name.type) {
    case 'service':
      return serviceFault(unit);
    case 'socket':
      return sharedListOf(
        unit,
        'Socket',
        LISTEN.map((it) => `Listen${it}`),
      ).length === 0
        ? 'socket'
        : undefined;
    case 'timer': {
      const clock = ['OnClockChange', 'OnTimezoneChange'].some((it) => isYes(unit, 'Timer', it));
      return sharedListOf(unit, 'Timer', [...ELAPSES, 'OnCalendar']).length === 0 && !clock ? 'timer' : undefined;
    }
    case 'path':
      return sharedListOf(unit, 'Path', WATCHES).length === 0 ? 'path' : undefined;
    default:
      return undefined;
  }
}

function serviceFault(unit: Unit) {
  if (listOf(unit, 'Service', 'ExecStart').length > 0) return undefined;
  const succeeds = (settingOf(unit, 'Unit', 'SuccessAction')?.entry.value ?? 'none') !== 'none';
  if (listOf(unit, 'Service', 'ExecStop').length === 0 && !succeeds) return 'service';
  if (serviceType(unit) !== 'oneshot') return 'notOneshot';
  return succeeds || isYes(unit, 'Service', 'RemainAfterExit') ? undefined : 'notRemaining';
}

function isYes(unit: Unit, section: string, key: string): boolean {
  return /^(?:1|yes|y|true|t|on)$/i.test(settingOf(unit, section, key)?.entry.value ?? '');
}

/** A line that systemd ignores may be the very one that is missed, and is reported itself. */
function isPartlyIgnored(unit: Unit): boolean {
  const known = sectionsOf(unit.name.type);
  return filesOf(unit).some(
    (file) =>
      [...file.preamble, ...file.sections.flatMap((it) => it.entries)].some(
        (it) => it.kind === 'junk' || it.kind === 'no-key',
      ) ||
      file.preamble.some((it) => it.kind === 'assignment') ||
      file.sections.some(
        (it) =>
          !it.closed ||
          (!known.includes(it.name) && !/^X-/.test(it.name)) ||
          (known.includes(it.name) &&
            it.entries.some(
              (entry) =>
                entry.kind === 'assignment' && !/^X-/.test(entry.key) && !keyEntry(it.name, entry.key, unit.name.type),
            )),
      ),
  );
}

function headOf(unit: Unit): Place | undefined {
  const sections = unit.fragment?.sections ?? [];
  const own = sections.find((it) => it.name.toLowerCase() === unit.name.type) ?? sections[0];
  return own && placeOfHeader(own);
}
