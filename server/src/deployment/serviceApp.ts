/** The app server that a service runs: its command line, environment and config files taken together. */
import type { AppCommand, AppServer, PoolSettings, Protocol, SocketSettings } from '../apps/appCommand.js';
import type { ArgWord } from '../apps/argWord.js';
import type { Environment } from '../apps/environment.js';
import { readGunicorn, variableArguments } from '../apps/gunicorn.js';
import type { GunicornConfig } from '../apps/gunicornSettings.js';
import { readNode } from '../apps/node.js';
import { lastValue, readOptions } from '../apps/options.js';
import { readPhpFpm } from '../apps/phpFpm.js';
import { readPuma } from '../apps/puma.js';
import { UNKNOWN } from '../apps/pythonValues.js';
import { readServer } from '../apps/servers.js';
import { readUwsgi } from '../apps/uwsgi.js';
import { type ReadScript, type UnwrappedCommand, unwrap } from '../apps/wrappers.js';
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { gunicornOptions } from '../catalog/gunicorn.js';
import { accountOf } from '../host/accounts.js';
import { type HostView, isText } from '../host/host.js';
import { type Entry, placeInValue, placeOfValue } from '../syntax/unitSyntax.js';
import { parseCommandLine } from '../systemd/commandLine.js';
import { environmentOf } from '../systemd/effective/environment.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import { expanded, listOf, settingOf, type Unit } from '../systemd/unit.js';
import { configFileFault } from './configFileFault.js';
import { configFiles } from './configFiles.js';
import { namesOf, placeInPython, pythonFile } from './pythonFiles.js';
import { serviceEnvironment } from './serviceEnvironment.js';

export interface AppListen {
  readonly address: Address;
  readonly at: Place;
  /** Undefined where it cannot be known. */
  readonly protocol: Protocol | undefined;
  readonly socket: SocketSettings | undefined;
  readonly pool?: PoolSettings | undefined;
}

export interface ServiceApp {
  readonly server: AppServer;
  readonly unit: Unit;
  /** What its own configuration makes it listen on; a socket unit that activates it goes before. */
  readonly listens: readonly AppListen[];
  /** Something that could not be read may change where it listens. */
  readonly open: boolean;
  readonly command: AppCommand;
  readonly unwrapped: UnwrappedCommand;
  /** The `ExecStart=` that counts. */
  readonly entry: Entry;
  readonly environment: Environment;
  /** Where the process starts; undefined if not known. */
  readonly workingDirectory: HostPath | undefined;
}

/** The place of a word of the command line. */
export function placeOfArgWord(app: ServiceApp, word: ArgWord): Place {
  const place = placeInValue(app.entry, word.start, word.end);
  return app.unwrapped.script ? { ...place, standsIn: true } : place;
}

/** The place of the program behind its wrappers: `uvicorn` in `env A=b uvicorn app:app`. */
export function placeOfCommand(app: ServiceApp): Place {
  return placeOfArgWord(app, app.unwrapped.program);
}

/** Variables that say how an app server starts and where the app is: they stand in units, and seldom in files beside them. */
const STARTING = /^(?:GUNICORN_CMD_ARGS|WEB_CONCURRENCY|PORT|DJANGO_SETTINGS_MODULE|PYTHONPATH|SCRIPT_NAME)$/;

/** What the environment most probably is: an environment file that nobody can read holds secrets, and says not how to start. */
function probableEnvironment(environment: Environment, unit: Unit, host: HostView): Environment {
  return (name) => {
    const value = environment(name);
    if (value !== 'unknown' || !STARTING.test(name)) return value;
    const { variables, unsure } = environmentOf(unit, host);
    return unsure.has(name) ? 'unknown' : variables.get(name)?.value;
  };
}

/**
 * Reads the last `ExecStart=` that counts; undefined where it runs no app server that we know.
 * @param probable what an environment file that cannot be read may set is taken to be what most of them set. Good for a
 * prediction, and not enough to accuse anybody.
 */
export function serviceApp(service: Unit, host: HostView, probable = false): ServiceApp | undefined {
  const start = listOf(service, 'Service', 'ExecStart').at(-1);
  const line = start && parseCommandLine(start.entry.value).commands[0];
  if (!start || !line) return undefined;
  const { entry } = start;
  const words = [line.program, ...line.args].map(
    (it): ArgWord => ({ ...it, text: expandSpecifiers(it.text, service.name) ?? it.text }),
  );
  // `@` makes the second word argv[0].
  const args = line.prefixes.includes('@') ? words.slice(2) : words.slice(1);
  const stated = serviceEnvironment(service, host);
  const own = probable ? probableEnvironment(stated, service, host) : stated;
  const started = workingDirectory(service, host);
  const script: ReadScript = (word) => {
    if (PACKAGED.test(word.text) || (!word.text.startsWith('/') && !started)) return undefined;
    const path = joinPath(started ?? hostPath('/'), word.text);
    const facts = host.stat(path);
    if (!facts.known || facts.value?.kind !== 'file' || facts.value.size > LONGEST_SCRIPT) return undefined;
    const answer = host.read(path);
    return answer.known && isText(answer.value) ? answer.value.text : undefined;
  };
  // Only where the line itself names no server that is known is a script looked into.
  const found =
    appOf(unwrap(words[0]!, args), own, started, host) ??
    appOf(unwrap(words[0]!, args, own, script), own, started, host);
  if (!found) return undefined;
  const { unwrapped, environment, workingIn, plain, command } = found;
  const open = command.open || plain.some((it) => /^\$\w/.test(it.text));
  const listens = command.binds.flatMap((it): AppListen[] => {
    // Of several sources the unread one may replace what others say, but not what the command line says.
    if (!it.address || (open && !it.word)) return [];
    const word = it.word && placeInValue(entry, it.word.start, it.word.end);
    const at = word
      ? { ...word, ...(unwrapped.script && { standsIn: true as const }) }
      : (it.at ?? { ...placeOfValue(entry), standsIn: true as const });
    return [{ address: it.address, at, protocol: it.protocol, socket: it.socket, pool: it.pool }];
  });
  return {
    server: command.server,
    unit: service,
    listens,
    open,
    command,
    unwrapped,
    entry,
    environment: withRawEnv(withFile(withUwsgiEnv(environment, command), command), command),
    workingDirectory: workingIn,
  };
}

/** uvicorn's and Flask's `--env-file` brings what nobody sees here. */
function withFile(environment: Environment, { given }: AppCommand): Environment {
  return lastValue(given, 'env-file') ? (name) => environment(name) ?? 'unknown' : environment;
}

/** Programs of packages start no app of somebody's own: thousands of units need not look into them. */
const PACKAGED = /^\/(?:usr\/)?(?:s?bin|lib(?:exec|64|32)?)\//;
/** Bytes. Nobody writes longer start scripts by hand; what is longer is a program. */
const LONGEST_SCRIPT = 32 * 1024;

interface FoundApp {
  readonly unwrapped: UnwrappedCommand;
  readonly environment: Environment;
  readonly workingIn: HostPath | undefined;
  readonly plain: readonly ArgWord[];
  readonly command: AppCommand;
}

function appOf(
  unwrapped: UnwrappedCommand | undefined,
  own: Environment,
  started: HostPath | undefined,
  host: HostView,
): FoundApp | undefined {
  if (!unwrapped) return undefined;
  const { script } = unwrapped;
  const environment: Environment = (name) =>
    unwrapped.environment.get(name) ?? own(name) ?? (unwrapped.sourced ? 'unknown' : undefined);
  const workingIn =
    unwrapped.directory === undefined
      ? started
      : unwrapped.directory.startsWith('/')
        ? hostPath(unwrapped.directory)
        : started && joinPath(started, unwrapped.directory);
  // A script's variables are put in already; what is left of them nobody knows.
  const plain = script ? unwrapped.args : unwrapped.args.flatMap((it) => withVariables(it, environment));
  const command = commandOf(unwrapped.name, plain, environment, workingIn, host);
  return command && { unwrapped, environment, workingIn, plain, command };
}

/** `env = NAME=value` of uWSGI is set before the app is loaded: uwsgi_opt_add_env(). */
function withUwsgiEnv(environment: Environment, { uwsgi }: AppCommand): Environment {
  return uwsgi?.environment.size ? (name) => uwsgi.environment.get(name) ?? environment(name) : environment;
}

/** gunicorn's `-e NAME=value` replaces what systemd gave: Arbiter.setup() in gunicorn/arbiter.py. */
function withRawEnv(environment: Environment, { settings }: AppCommand): Environment {
  const raw = settings?.of('raw_env').value;
  if (!settings || (Array.isArray(raw) && raw.length === 0)) return environment;
  const list = Array.isArray(raw) ? raw : undefined;
  return (name) => {
    const set = list?.findLast((it) => typeof it === 'string' && it.startsWith(`${name}=`));
    if (typeof set === 'string') return set.slice(name.length + 1);
    return list?.every((it) => typeof it === 'string') ? environment(name) : 'unknown';
  };
}

function commandOf(
  name: string,
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
  host: HostView,
): AppCommand | undefined {
  if (name === 'gunicorn' || name === 'gunicorn3' || name === 'gunicorn.app.wsgiapp')
    return readGunicorn(args, environment, directory, gunicornConfig(args, directory, environment, host));
  if (name === 'uwsgi') {
    return readUwsgi(args, directory, configFiles(host));
  }
  if (name === 'node' || name === 'nodejs') return readNode(args, environment, directory, configFiles(host));
  if (name === 'puma') return readPuma(args, environment, directory, configFiles(host));
  return readServer(name, args, environment, directory) ?? readPhpFpm(name, args, configFiles(host));
}

/**
 * The config file that is named on the line, else in GUNICORN_CMD_ARGS, else gunicorn.conf.py in the folder that gunicorn
 * starts in: only a host that knows there is none rules that out.
 */
function gunicornConfig(
  args: readonly ArgWord[],
  directory: HostPath | undefined,
  environment: Environment,
  host: HostView,
): GunicornConfig | 'unknown' | undefined {
  const variable = variableArguments(environment);
  const onLine = lastValue(readOptions(args, gunicornOptions, true), 'config')?.text;
  if (onLine === undefined && variable === 'unknown') return 'unknown';
  const named = (
    onLine ?? (variable && variable !== 'unknown' ? lastValue(variable, 'config')?.text : undefined)
  )?.replace(/^file:/, '');
  if (named?.startsWith('python:') || named?.includes('$') || (!directory && !named?.startsWith('/'))) return 'unknown';
  const path = named?.startsWith('/') ? hostPath(named) : joinPath(directory!, named ?? 'gunicorn.conf.py');
  const facts = host.stat(path);
  if (named === undefined && !(facts.known && facts.value)) return undefined;
  const file = pythonFile(host, path);
  if (!file) return 'unknown';
  const { values, open } = namesOf(host, file, environment, directory ? [directory] : []);
  const text = host.read(path);
  return {
    fault: configFileFault(file, text.known && isText(text.value) ? text.value.text : '', open),
    assigned: () => {
      const all = file.module.statements.flatMap((it) => (it.kind === 'assign' ? [it.name] : []));
      const written = text.known && isText(text.value) ? text.value.text : '';
      return all.filter((it) => written.match(new RegExp(`\\b${it}\\b`, 'g'))?.length === 1);
    },
    value: (name: string) => values.get(name) ?? (open ? UNKNOWN : undefined),
    at: (name: string) => {
      const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === name);
      return set?.kind === 'assign' ? placeInPython(file, set.start, set.end) : undefined;
    },
  };
}

function workingDirectory(service: Unit, host: HostView): HostPath | undefined {
  // Paths inside another root are not paths of the host.
  if (settingOf(service, 'Service', 'RootDirectory') || settingOf(service, 'Service', 'RootImage')) return undefined;
  const setting = settingOf(service, 'Service', 'WorkingDirectory');
  if (!setting) return hostPath('/');
  const value = expanded(service, setting)?.replace(/^-/, '');
  if (value === '~') return homeOf(service, host);
  return value?.startsWith('/') ? hostPath(value) : undefined;
}

/** The home of User=, where the host lists it. */
function homeOf(service: Unit, host: HostView): HostPath | undefined {
  const user = settingOf(service, 'Service', 'User');
  const name = user && expanded(service, user);
  const account = name ? accountOf(host, name) : undefined;
  return account?.known && account.value?.home.startsWith('/') ? hostPath(account.value.home) : undefined;
}

/** `${NAME}` inside a word, `$NAME` as a word that is split at blanks: systemd.service(5), "Command lines". */
function withVariables(word: ArgWord, environment: Environment): readonly ArgWord[] {
  if (!word.text.includes('$')) return [word];
  const whole = /^\$([A-Za-z_]\w*)$/.exec(word.text);
  if (whole) {
    const value = environment(whole[1]!);
    if (value === 'unknown') return [word];
    return (value ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map((text) => ({ ...word, text }));
  }
  const text = word.text.replace(/\$\{([A-Za-z_]\w*)\}|\$\$/g, (as, name?: string) => {
    if (name === undefined) return '$';
    const value = environment(name);
    return value === 'unknown' ? as : (value ?? '');
  });
  return [{ ...word, text }];
}
