import type { Fix } from '../../base/fix.js';
import { directoryOf, joinPath } from '../../base/hostPath.js';
import { isSpecialUnit } from '../../catalog/systemd.js';
import { placeInValue, placeOfEntry, placeOfHeader } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { isForUsers } from '../../systemd/loadPath.js';
import { serviceType } from '../../systemd/serviceType.js';
import { linkedFrom, namesIn } from '../../systemd/starts.js';
import { isMasked, listOf, sectionOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const TARGETS: Readonly<Record<string, string>> = {
  service: 'multi-user.target',
  timer: 'timers.target',
  socket: 'sockets.target',
  path: 'paths.target',
};

export default defineRule({
  id: 'systemd/never-started',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    noInstall:
      'Nothing here starts {unit} at boot: no unit asks for it, and without WantedBy= in [Install] `systemctl enable` has nothing to do. Add WantedBy={target}.',
    notEnabled:
      '{unit} is not enabled here: {folder} has links to other units and none to it, so it is not started at boot. `systemctl enable {unit}` makes it.',
  },
  docs: {
    summary: 'A unit that runs until the next boot at most.',
    why: 'systemctl start works until the machine boots again. Said of timers, sockets, paths and services that stay, where no unit of the tree, no link and no [Install] section starts them.',
    bad: `-- etc/systemd/system/worker.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/worker.service --
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=multi-user.target
`,
    sources: ['systemd.unit(5), "[Install] Section Options"', 'systemctl(1), enable'],
  },

  check(view, report) {
    if (view.part !== 'unit' || isMasked(view.unit)) return;
    const { unit, around } = view;
    const target = TARGETS[unit.name.type];
    const file = unit.fragment;
    if (!target || !file || unit.name.instance !== undefined || isSpecialUnit(unit.name.full)) return;
    if (/^\/(?:usr\/)?lib\/systemd\/|^\/run\//.test(file.path) || !isMeantToStay(unit)) return;
    // Of the sockets of apps another rule speaks.
    const socket = unit.name.type === 'socket' ? around.socket(unit.name.full) : undefined;
    if (unit.name.type === 'socket' && (!socket?.starts || around.app(socket.starts.name.full))) return;
    const installs = ['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also'].flatMap((key) =>
      listOf(unit, 'Install', key),
    );
    const head = file.sections.find((it) => it.name === sectionOf(unit));
    if (!head) return;
    const folder = directoryOf(file.path);
    const name = unit.name.full;
    // The answer about all units is asked for last: it is the only one that takes long to find.
    const isCalled = () => linkedFrom(around.host, name, folder).length > 0 || around.isStarted(name);
    if (installs.length === 0) {
      if (isCalled()) return;
      const last = file.sections.at(-1)?.entries.at(-1);
      const own = isForUsers(file.path) && unit.name.type === 'service' ? 'default.target' : target;
      const fixes: Fix[] = last
        ? [
            {
              title: `Start it at boot: WantedBy=${own}`,
              applicability: 'suggested',
              edits: [
                {
                  at: { ...placeOfEntry(last), start: placeOfEntry(last).end },
                  text: `\n\n[Install]\nWantedBy=${own}`,
                },
              ],
            },
          ]
        : [];
      report({ at: placeOfHeader(head), say: 'noInstall', with: { unit: name, target: own }, fixes });
      return;
    }
    // Only /etc holds the links of systemctl enable, and a copy may have been made without them.
    if (folder !== '/etc/systemd/system') return;
    for (const { entry } of listOf(unit, 'Install', 'WantedBy')) {
      for (const { text, start, end } of splitWords(entry.value).words) {
        const wants = `${text}.wants`;
        if (namesIn(around.host, joinPath(folder, wants)).length === 0) continue;
        if (isCalled()) return;
        report({ at: placeInValue(entry, start, end), say: 'notEnabled', with: { unit: name, folder: wants } });
        return;
      }
    }
  },
});

/** Services that do something and end are started by hand as often as not; those with a name on the bus by the bus. */
function isMeantToStay(unit: Unit): boolean {
  if (unit.name.type !== 'service') return true;
  if (settingOf(unit, 'Service', 'BusName') || listOf(unit, 'Service', 'ExecStart').length === 0) return false;
  return serviceType(unit) !== 'oneshot';
}
