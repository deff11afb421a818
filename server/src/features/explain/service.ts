/** Whether a service can start, as far as the host's files and the unit's own settings show. */
import { parseBind } from '../../apps/gunicorn.js';
import { directoryOf, type HostPath, hostPath, isWithin, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { type HostView, isText } from '../../host/host.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { expandSpecifiers } from '../../systemd/specifiers.js';
import { expanded, listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { importFault } from './python.js';
import { type Account, account, barredBy, ENTER, may, type Owned, ownersCount, WRITE } from './worker.js';

/** What goes wrong, in a sentence, and where it is written. */
export interface Fault {
  readonly why: string;
  readonly at: Place | undefined;
}

export interface Setting {
  readonly value: string;
  readonly at: Place;
}

/** A single-valued key of [Service] with its specifiers filled in. */
export function value(unit: Unit, key: string, section = 'Service'): Setting | undefined {
  const setting = settingOf(unit, section, key);
  const text = setting && expanded(unit, setting);
  return setting && text !== undefined ? { value: text, at: placeOfValue(setting.entry) } : undefined;
}

export function isOn(unit: Unit, key: string): boolean {
  return /^(?:1|yes|y|true|t|on|disconnected)$/i.test(value(unit, key)?.value ?? '');
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly at: Place;
}

export function commandOf(service: Unit): Command | undefined {
  const start = listOf(service, 'Service', 'ExecStart').at(-1);
  const command = start && parseCommandLine(start.entry.value).commands[0];
  if (!start || !command) return undefined;
  const text = (it: { text: string }) => expandSpecifiers(it.text, service.name) ?? it.text;
  return { program: text(command.program), args: command.args.map(text), at: placeOfValue(start.entry) };
}

/** The user that the service's programs run as; undefined if that is not known. */
export function userOf(service: Unit, host: HostView): Account | undefined {
  if (isOn(service, 'DynamicUser')) return undefined;
  const more = listOf(service, 'Service', 'SupplementaryGroups').flatMap((it) => it.entry.value.split(/\s+/));
  return account(host, value(service, 'User')?.value ?? 'root', value(service, 'Group')?.value, more);
}

/** Directories that systemd makes for the service before it starts: RuntimeDirectory= and its kin, systemd.exec(5). */
export function madeFor(service: Unit, user: Account | undefined): Map<string, Owned> {
  const made = new Map<string, Owned>();
  for (const [key, base] of [
    ['Runtime', '/run'],
    ['State', '/var/lib'],
    ['Cache', '/var/cache'],
    ['Logs', '/var/log'],
  ] as const) {
    const mode = Number.parseInt(value(service, `${key}DirectoryMode`)?.value ?? '0755', 8);
    for (const it of listOf(service, 'Service', `${key}Directory`)) {
      for (const name of (expanded(service, it) ?? '').split(/\s+/).filter(Boolean)) {
        const [gid] = user?.gids ?? [];
        made.set(joinPath(hostPath(base), name.split(':')[0]!), { uid: user?.uid ?? -1, gid: gid ?? -1, mode });
      }
    }
  }
  return made;
}

/** The first thing that keeps the service from running. */
export function startFault(service: Unit, host: HostView, activated: boolean): Fault | undefined {
  const user = userOf(service, host);
  return (
    identityFault(service, host) ??
    directoryFault(service, host, user) ??
    programFault(service, host, user) ??
    environmentFault(service, host) ??
    (activated ? undefined : bindFault(service, host, user)) ??
    moduleFault(service, host)
  );
}

function identityFault(service: Unit, host: HostView): Fault | undefined {
  if (isOn(service, 'DynamicUser')) return undefined;
  const user = value(service, 'User');
  const group = value(service, 'Group');
  const fails = `so systemd cannot start ${service.name.full}`;
  if (user && isMissing(host, user.value, '/etc/passwd'))
    return { why: `there is no user ${user.value}, ${fails} (217/USER)`, at: user.at };
  if (group && isMissing(host, group.value, '/etc/group'))
    return { why: `there is no group ${group.value}, ${fails} (216/GROUP)`, at: group.at };
  return undefined;
}

/** A prediction goes by the files alone: names from elsewhere (LDAP) are not what services run as. */
function isMissing(host: HostView, name: string, path: string): boolean {
  const file = host.read(hostPath(path));
  if (/^\d+$/.test(name) || !file.known || !isText(file.value)) return false;
  return !file.value.text.split('\n').some((it) => it.startsWith(`${name}:`));
}

function missing(host: HostView, path: HostPath): boolean {
  const there = host.stat(path);
  return there.known && there.value === undefined;
}

/** Whether ProtectHome= keeps a path from the service. */
export function homeIsHidden(service: Unit, path: string): boolean {
  const protects = value(service, 'ProtectHome')?.value ?? '';
  if (!/^(?:1|yes|y|true|t|on|tmpfs)$/i.test(protects)) return false;
  const bound = [...listOf(service, 'Service', 'BindPaths'), ...listOf(service, 'Service', 'BindReadOnlyPaths')];
  if (
    bound.some((it) => it.entry.value.split(/\s+/).some((one) => path.startsWith(one.split(':')[0]!.replace(/^-/, ''))))
  )
    return false;
  return /^\/(?:home|root|run\/user)(?:\/|$)/.test(path);
}

function directoryFault(service: Unit, host: HostView, user: Account | undefined): Fault | undefined {
  const directory = value(service, 'WorkingDirectory');
  if (!directory || directory.value.startsWith('-') || !directory.value.startsWith('/')) return undefined;
  const path = hostPath(directory.value);
  if (homeIsHidden(service, path))
    return { why: `ProtectHome= hides ${path} from ${service.name.full}`, at: directory.at };
  const made = madeFor(service, user);
  if (made.has(path)) return undefined;
  const there = host.stat(path);
  if (there.known && there.value?.kind !== 'directory')
    return {
      why: `the WorkingDirectory= ${path} is no directory, so ${service.name.full} fails (200/CHDIR)`,
      at: directory.at,
    };
  if (!user || !ownersCount(host) || !there.known || !there.value) return undefined;
  const barred = barredBy(host, user, path, made) ?? (may(user, there.value, ENTER) ? undefined : path);
  return (
    barred && {
      why: `${user.name} may not enter ${barred}, so ${service.name.full} fails (200/CHDIR)`,
      at: directory.at,
    }
  );
}

function programFault(service: Unit, host: HostView, user: Account | undefined): Fault | undefined {
  const command = commandOf(service);
  if (!command?.program.startsWith('/')) return undefined;
  const path = hostPath(command.program);
  const fails = `so ${service.name.full} fails (203/EXEC)`;
  if (homeIsHidden(service, path)) return { why: `ProtectHome= hides ${path}, ${fails}`, at: command.at };
  if (missing(host, path)) return { why: `there is no ${path}, ${fails}`, at: command.at };
  const there = host.stat(path);
  if (!there.known || !there.value || !ownersCount(host)) return undefined;
  const { mode } = there.value;
  const runs = user
    ? may(user, user.uid === 0 && (mode & 0o111) === 0 ? { uid: 0, gid: 0, mode: 0 } : there.value, ENTER)
    : true;
  if (!runs || (mode & 0o111) === 0)
    return { why: `${path} is not executable for ${user?.name ?? 'anybody'}, ${fails}`, at: command.at };
  const barred = user && barredBy(host, user, path);
  return barred && { why: `${user.name} may not enter ${barred}, ${fails}`, at: command.at };
}

function environmentFault(service: Unit, host: HostView): Fault | undefined {
  for (const it of listOf(service, 'Service', 'EnvironmentFile')) {
    const path = expanded(service, it);
    if (path?.startsWith('/') && !/[*?[]/.test(path) && missing(host, hostPath(path)))
      return { why: `there is no ${path}, so ${service.name.full} does not start`, at: placeOfValue(it.entry) };
  }
  return undefined;
}

/** A server that opens its sockets itself must be allowed to. */
function bindFault(service: Unit, host: HostView, user: Account | undefined): Fault | undefined {
  const command = commandOf(service);
  if (!command) return undefined;
  for (const text of bindsOf(command)) {
    const address = parseBind(text, undefined);
    if (
      address?.kind === 'tcp' &&
      address.port < 1024 &&
      user &&
      user.uid !== 0 &&
      !/CAP_NET_BIND_SERVICE/.test(value(service, 'AmbientCapabilities')?.value ?? '')
    )
      return { why: `${user.name} may not listen on port ${address.port}, which is below 1024`, at: command.at };
    if (address?.kind !== 'unix') continue;
    const made = madeFor(service, user);
    const folder = directoryOf(address.path);
    const facts = host.stat(folder);
    // /run is empty after each start of the machine: what no unit makes there is not there.
    const lost = facts.known ? !facts.value : folder.startsWith('/run/');
    if (!made.has(folder) && lost && folder !== '/run' && folder !== '/tmp')
      return { why: `there is no ${folder} for the socket ${address.path}`, at: command.at };
    const owned =
      made.get(folder) ??
      (facts.known ? facts.value : undefined) ??
      (folder === '/run' ? { uid: 0, gid: 0, mode: 0o755 } : undefined);
    if (!owned || !user || folder === '/tmp' || (!ownersCount(host) && folder !== '/run' && !made.has(folder)))
      continue;
    const barred = barredBy(host, user, address.path, made);
    if (barred || !may(user, owned, WRITE | ENTER))
      return { why: `${user.name} may not make ${address.path}: ${barred ?? folder} does not let it`, at: command.at };
    if (
      /^(?:strict)$/i.test(value(service, 'ProtectSystem')?.value ?? '') &&
      !made.has(folder) &&
      !writable(service, folder)
    )
      return { why: `ProtectSystem=strict makes ${folder} read-only for ${service.name.full}`, at: command.at };
  }
  return undefined;
}

function writable(service: Unit, folder: HostPath): boolean {
  return listOf(service, 'Service', 'ReadWritePaths').some((it) =>
    it.entry.value.split(/\s+/).some((one) => one.startsWith('/') && isWithin(folder, hostPath(one))),
  );
}

/** Arguments of --bind, -b and --uds, as a command line has them. */
export function bindsOf({ program, args }: Command): string[] {
  if (!isPythonServer(program, args)) return [];
  const found: string[] = [];
  args.forEach((it, i) => {
    const value =
      /^(?:--bind=|-b(?=.))(.*)$/s.exec(it)?.[1] ?? (it === '--bind' || it === '-b' ? args[i + 1] : undefined);
    const uds = /^--uds=(.*)$/.exec(it)?.[1] ?? (it === '--uds' ? args[i + 1] : undefined);
    if (value !== undefined) found.push(value);
    if (uds !== undefined) found.push(`unix:${uds}`);
  });
  return found;
}

export function isPythonServer(program: string, args: readonly string[]): boolean {
  return [program, ...args.slice(0, 2)].some((it) => /(?:^|\/)(?:gunicorn3?|uvicorn|hypercorn|daphne)$/.test(it));
}

const VALUED =
  /^(?:--(?:bind|workers|threads|worker-class|timeout|graceful-timeout|keep-alive|config|chdir|pythonpath|user|group|umask|access-logfile|error-logfile|log-level|log-file|pid|name|env|uds|host|port|fd|max-requests|max-requests-jitter|forwarded-allow-ips|worker-tmp-dir|backlog|app-dir|certfile|keyfile)|-[bwkctugmpnem])$/;

/** `module` and `callable` of the application that the command line names. */
export function appOf(command: Command): { module: string; callable: string } | undefined {
  if (!isPythonServer(command.program, command.args)) return undefined;
  const { args } = command;
  for (let i = 0; i < args.length; i++) {
    const it = args[i]!;
    if (it === '-m' && /^(?:gunicorn|uvicorn|hypercorn)/.test(args[i + 1] ?? '')) i++;
    else if (VALUED.test(it)) i++;
    else if (!it.startsWith('-') && !/\/(?:gunicorn3?|uvicorn|hypercorn|daphne)$/.test(it)) {
      const [module, callable] = it.split(':');
      return { module: module!, callable: callable ?? 'application' };
    }
  }
  return undefined;
}

/** The file of the application's module, if the project has it: below WorkingDirectory= or where --chdir leads. */
export function moduleFile(service: Unit, host: HostView): HostPath | undefined {
  const command = commandOf(service);
  const app = command && appOf(command);
  if (!command || !app || !/^[\w.]+$/.test(app.module)) return undefined;
  const started = value(service, 'WorkingDirectory')?.value.replace(/^-/, '') ?? '/';
  const chdir = optionOf(command, '--chdir') ?? optionOf(command, '--app-dir') ?? started;
  const base = `${chdir.startsWith('/') ? chdir : `${started}/${chdir}`}/${app.module.split('.').join('/')}`;
  return [`${base}.py`, `${base}/__init__.py`].map(hostPath).find((it) => {
    const facts = host.stat(it);
    return facts.known && facts.value?.kind === 'file';
  });
}

function moduleFault(service: Unit, host: HostView): Fault | undefined {
  const command = commandOf(service);
  const app = command && appOf(command);
  const started = value(service, 'WorkingDirectory')?.value.replace(/^-/, '') ?? '/';
  if (!command || !app) return undefined;
  if (app.module.includes('/'))
    return { why: `${app.module} is a path, where a module's name with dots belongs`, at: command.at };
  if (!/^[\w.]+$/.test(app.module)) return undefined;
  const chdir = optionOf(command, '--chdir') ?? optionOf(command, '--app-dir') ?? started;
  const further = (optionOf(command, '--pythonpath') ?? '').split(',').filter((it) => it.startsWith('/'));
  const path = /PYTHONPATH=/.test(
    listOf(service, 'Service', 'Environment')
      .map((it) => it.entry.value)
      .join(' '),
  );
  const start = chdir.startsWith('/') ? chdir : `${started}/${chdir}`;
  if (!start.startsWith('/') || path) return undefined;
  const parts = app.module.split('.').join('/');
  const tried = [start, ...further].flatMap((it) => [`${it}/${parts}.py`, `${it}/${parts}/__init__.py`]);
  const states = tried.map((it) => host.stat(hostPath(it)));
  if (states.some((it) => !it.known)) return undefined;
  const index = states.findIndex((it) => it.known && it.value);
  if (index < 0) return { why: `gunicorn cannot import ${app.module}: there is no ${tried[0]}`, at: command.at };
  const file = host.read(hostPath(tried[index]!));
  if (!file.known || !isText(file.value)) return undefined;
  const name = /^\w+/.exec(app.callable)?.[0];
  const { text } = file.value;
  const made = new RegExp(
    `^(?:\\s*)(?:(?:async\\s+)?def\\s+|class\\s+)?${name}\\b\\s*(?:[:=(,])|\\bimport\\b.*\\b${name}\\b|\\bas\\s+${name}\\b`,
    'm',
  );
  if (name && !made.test(text) && !/import\s*\*|globals\(\)|import\s*\(|__getattr__|exec\(/.test(text))
    return { why: `${tried[index]} has no ${name}`, at: command.at };
  const broken = importFault(
    text,
    (it) => isThere(host, chdir, it),
    (it) => hasVariable(service, it),
  );
  return broken === undefined ? undefined : { why: `${tried[index]} cannot be imported: ${broken}`, at: command.at };
}

/** Undefined where the module is none of the project's. */
function isThere(host: HostView, directory: string, module: string): boolean | undefined {
  const [top, ...rest] = module.split('.');
  const found = (path: string): boolean | undefined => {
    const facts = host.stat(hostPath(path));
    return facts.known ? facts.value !== undefined : undefined;
  };
  if (rest.length === 0 || top === '' || !found(`${directory}/${top}/__init__.py`)) return undefined;
  const base = `${directory}/${module.split('.').join('/')}`;
  return found(`${base}.py`) === false && found(base) === false ? false : undefined;
}

function hasVariable(service: Unit, name: string): boolean {
  if (
    listOf(service, 'Service', 'EnvironmentFile').length > 0 ||
    listOf(service, 'Service', 'PassEnvironment').length > 0
  )
    return true;
  return listOf(service, 'Service', 'Environment').some((it) => it.entry.value.includes(`${name}=`));
}

function optionOf({ args }: Command, name: string): string | undefined {
  const at = args.findIndex((it) => it === name || it.startsWith(`${name}=`));
  if (at < 0) return undefined;
  return args[at] === name ? args[at + 1] : args[at]!.slice(name.length + 1);
}
