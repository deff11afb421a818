import type { Fix } from '../../base/fix.js';
import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { type Identity, serviceIdentity } from '../../deployment/identity.js';
import { ENTER, may, type Ownership, obstacleAbove, ownershipInFiles, ownershipText } from '../../deployment/rights.js';
import { hasOwnRoot, hiddenBy } from '../../deployment/sandbox.js';
import { isStarted, neededDirectoryOf } from '../../deployment/startOf.js';
import { assign, unitFix } from '../../deployment/unitEdits.js';
import { accountOf, groupNameOf } from '../../host/accounts.js';
import type { HostView } from '../../host/host.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/service-not-permitted',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    directory:
      'systemd cannot start {unit}: {user} may not enter {blocked} ({ownership}) on the way to its working directory (status 200/CHDIR).',
    program:
      'systemd cannot start {unit}: {user} may not enter {blocked} ({ownership}) on the way to the program (status 203/EXEC).',
    execute: 'systemd cannot start {unit}: {user} may not execute {blocked} ({ownership}) (status 203/EXEC).',
  },
  docs: {
    summary: "A working directory or a program that the service's user may not use.",
    why: 'systemd changes to WorkingDirectory= and runs the program as User=, so each directory above must let that user in and the program needs x for it. Silent where owners in the file tree are not those of a machine; a warning where an access list might let it in. EnvironmentFile= is read by systemd itself, as root.',
    bad: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
app:x:990:990::/srv/app:/usr/sbin/nologin
-- etc/group --
root:x:0:
app:x:990:
-- home/ann kind=directory mode=700 owner=1000:1000 --
-- home/ann/app kind=directory owner=1000:1000 --
-- etc/systemd/system/app.service --
[Service]
User=app
WorkingDirectory=/home/ann/app
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
app:x:990:990::/srv/app:/usr/sbin/nologin
-- etc/group --
root:x:0:
app:x:990:
-- srv/app kind=directory mode=700 owner=990:990 --
-- etc/systemd/system/app.service --
[Service]
User=app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/sleep 60
`,
    sources: [
      'systemd.exec(5), WorkingDirectory=, User= and "Process Exit Codes"',
      'path_resolution(7), "Permissions"',
    ],
  },

  check(view, report) {
    const { host } = view.around;
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    const who = serviceIdentity(service, host);
    // A capability may override the bits.
    if (!who || who.user === 0 || hasOwnRoot(service) || settingOf(service, 'Service', 'AmbientCapabilities')) return;
    const tell = (say: 'directory' | 'program', at: Place, path: HostPath): boolean => {
      if (hiddenBy(service, path)) return true;
      const found = obstacleAbove(who, path, host, (it) => around.madeDirectory(it)?.ownership);
      if (!found) return false;
      report({
        at,
        say,
        with: { ...names(service, who), blocked: found.path, ownership: ownershipText(found.ownership, host) },
        severity: found.verdict === 'no' ? 'error' : 'warning',
        fixes: fixesFor(service, who, found.ownership, host),
      });
      return true;
    };
    const directory = neededDirectoryOf(service);
    if (directory && tell('directory', directory.at, joinPath(directory.value, '*'))) return;
    const program = programOf(service);
    if (!program || tell('program', program.at, program.path)) return;
    const facts = host.stat(program.path);
    const ownership = ownershipInFiles(host, program.path);
    if (!facts.known || facts.value?.kind !== 'file' || !ownership) return;
    // A file without any x is a program that a copy has flattened, or no program at all.
    if ((ownership.mode & 0o111) === 0 || may(who, ownership, ENTER) !== 'no') return;
    const with_ = { ...names(service, who), blocked: program.path, ownership: ownershipText(ownership, host) };
    report({ at: program.at, say: 'execute', with: with_, fixes: fixesFor(service, who, ownership, host) });
  },
});

/** The service runs as whoever may enter, or joins the group that may. */
function fixesFor(service: Unit, who: Identity, owner: Ownership, host: HostView): Fix[] {
  const group = groupNameOf(host, owner.group);
  const joined = { ...who, groups: [...who.groups, owner.group] };
  const join =
    group !== undefined && owner.group !== 0 && may(joined, owner, ENTER) === 'yes'
      ? unitFix(
          `Take it into the group ${group} (SupplementaryGroups=${group})`,
          assign(service, host, ['SupplementaryGroups', '+=', group]),
        )
      : [];
  const account = owner.user === 0 ? undefined : accountOf(host, String(owner.user));
  if (!account?.known || !account.value || !settingOf(service, 'Service', 'User')) return join;
  const { name, gid } = account.value;
  const own = groupNameOf(host, gid);
  const grouped = settingOf(service, 'Service', 'Group') && own !== undefined;
  const change = assign(service, host, ['User', '=', name], ...(grouped ? [['Group', '=', own] as const] : []));
  return [...unitFix(`Run it as ${name} (User=${name})`, change), ...join];
}

const names = (service: Unit, who: Identity) => ({ unit: service.name.full, user: who.name });

/** The program of the last ExecStart=, if it has to succeed and runs as the service's user. */
function programOf(service: Unit): { path: HostPath; at: Place } | undefined {
  const start = listOf(service, 'Service', 'ExecStart').at(-1);
  const command = start && parseCommandLine(start.entry.value).commands[0];
  if (!start || !command || /[-+!]/.test(command.prefixes)) return undefined;
  const { text, start: from, end } = command.program;
  if (!text.startsWith('/') || /[%$]/.test(text)) return undefined;
  return { path: hostPath(text), at: placeInValue(start.entry, from, end) };
}
