import { directoryOf, type HostPath, hostPath } from '../../base/hostPath.js';
import { groupId, type Identity, serviceIdentity, userId } from '../../deployment/identity.js';
import { ENTER, may, ownershipInFiles, ownershipText, WRITE } from '../../deployment/rights.js';
import { isStarted } from '../../deployment/startOf.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { type Command, parseCommandLine } from '../../systemd/commandLine.js';
import { expandSpecifiers } from '../../systemd/specifiers.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/preparation-not-permitted',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    mkdir:
      '{unit} fails to start: this command runs as {user}, who may not make {path} in {directory} ({ownership}). {cure}',
    chown:
      '{unit} fails to start: this command runs as {user}, and only root may give files to {owner}. Write + before the command.',
  },
  docs: {
    summary: 'A command before the start needs rights that the user of the service does not have.',
    why: 'ExecStartPre= runs as User=, as the program itself does. When it fails the service is not started. A + before the command runs it as root; for folders below /run, /var/lib, /var/cache and /var/log systemd has settings of its own.',
    bad: `-- etc/passwd --
ann:x:1001:1001::/home/ann:/bin/sh
-- etc/systemd/system/app.service --
[Service]
User=ann
ExecStartPre=/bin/mkdir -p /run/app
ExecStart=/usr/bin/env true
`,
    good: `-- etc/passwd --
ann:x:1001:1001::/home/ann:/bin/sh
-- etc/systemd/system/app.service --
[Service]
User=ann
RuntimeDirectory=app
ExecStart=/usr/bin/env true
`,
    sources: ['systemd.service(5), ExecStartPre= and the table of prefixes', 'mkdir(2)', 'chown(2)'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    const commands = listOf(service, 'Service', 'ExecStartPre');
    if (commands.length === 0 || mayMore(service)) return;
    const who = serviceIdentity(service, around.host);
    if (!who || who.user === 0 || !who.stated) return;
    const made = new Set<HostPath>();
    for (const { entry } of commands) {
      for (const command of parseCommandLine(entry.value).commands) {
        const { prefixes, program } = command;
        const name = program.text.slice(program.text.lastIndexOf('/') + 1);
        const words = operandsOf(command, service);
        // What root prepares others find.
        if (/[+!]/.test(prefixes)) for (const it of words) if (it.startsWith('/')) made.add(hostPath(it));
        if (/[-+!]/.test(prefixes)) continue;
        const at = placeInValue(entry, program.start, command.args.at(-1)?.end ?? program.end);
        const known = { unit: service.name.full, user: who.name };
        if (name === 'mkdir') {
          for (const path of words.filter((it) => it.startsWith('/')).map(hostPath)) {
            const refused = refusal(path, who, made, around);
            if (!refused) continue;
            report({ at, say: 'mkdir', with: { ...known, path, ...refused, cure: cureFor(path) } });
            return;
          }
        }
        const owner = name === 'chown' ? words[0]?.split(/[:.]/) : undefined;
        if (owner && isForeign(owner, who, around)) {
          report({ at, say: 'chown', with: { ...known, owner: words[0]! } });
          return;
        }
      }
    }
  },
});

/** Capabilities, or commands that run as root all the same. */
function mayMore(service: Unit): boolean {
  if (isOn(settingOf(service, 'Service', 'PermissionsStartOnly')?.entry.value)) return true;
  return ['AmbientCapabilities', 'PAMName', 'RootDirectory', 'RootImage'].some(
    (key) => listOf(service, 'Service', key).length > 0,
  );
}

/** Words that are no options; those with variables or unknown specifiers are left out. */
function operandsOf({ args }: Command, service: Unit): string[] {
  return args.flatMap(({ text }, i) => {
    if (text.startsWith('-') || /^(?:-m|--mode)$/.test(args[i - 1]?.text ?? '')) return [];
    const value = expandSpecifiers(text, service.name);
    return value === undefined || value.includes('$') ? [] : [value];
  });
}

/** Folders of every system that belong to root alone. */
const OF_ROOT = /^\/(?:run|var\/run|var|var\/(?:lib|log|cache|opt|spool)|etc|usr|usr\/local|opt|srv)$/;

/** The nearest folder above that is there, if the user may not write in it. */
function refusal(
  path: HostPath,
  who: Identity,
  made: ReadonlySet<HostPath>,
  around: Surroundings,
): { directory: string; ownership: string } | undefined {
  const { host } = around;
  for (let at = path; at !== '/'; at = directoryOf(at)) {
    const there = host.stat(at);
    if (made.has(at) || around.madeDirectory(at)) return undefined;
    // /run is empty after each boot; of other folders a copy may leave some out.
    if (!there.known && !OF_ROOT.test(at) && !at.startsWith('/run/')) return undefined;
    if (OF_ROOT.test(at)) return at === path ? undefined : refusedIn(at, who, around);
    // A folder of somebody's own may be a checkout's.
    if (there.known && there.value) return undefined;
  }
  return undefined;
}

function refusedIn(at: HostPath, who: Identity, { host }: Surroundings) {
  const owner = /^\/(?:var\/)?run$/.test(at) ? undefined : ownershipInFiles(host, at);
  if (owner && may(who, owner, WRITE | ENTER) !== 'no') return undefined;
  return { directory: at, ownership: owner ? ownershipText(owner, host) : 'root:root, 0755' };
}

function cureFor(path: HostPath): string {
  const [, kind, name] = /^\/(?:var\/)?(run|lib|log|cache)\/([^/]+)/.exec(path) ?? [];
  const keys: Readonly<Record<string, string>> = { run: 'Runtime', lib: 'State', log: 'Logs', cache: 'Cache' };
  if (kind === undefined) return 'Write + before the command.';
  return `Set ${keys[kind]}Directory=${name} instead.`;
}

/** Giving a file to oneself changes nothing; to a group that one is in everybody may. */
function isForeign([user, group]: readonly string[], who: Identity, { host }: Surroundings): boolean {
  if (user) {
    const id = userId(host, user);
    return typeof id === typeof who.user && id !== who.user;
  }
  const id = group ? groupId(host, group) : undefined;
  return id !== undefined && who.allGroups && typeof id === 'number' && !who.groups.includes(id);
}
