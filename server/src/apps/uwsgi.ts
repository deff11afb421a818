/** uWSGI: options on the command line and in ini files, where `socket` speaks uwsgi and `http-socket` speaks HTTP. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type {
  AppBind,
  AppCommand,
  ConfigFiles,
  Protocol,
  RequestLimit,
  RequestLimits,
  SocketSettings,
  UwsgiApp,
} from './appCommand.js';
import type { ArgWord } from './argWord.js';

/** core/socket.c and core/uwsgi.c: the options that open a socket, and what is spoken there unless `protocol` says otherwise. */
const SOCKETS: Readonly<Record<string, Protocol>> = {
  socket: 'uwsgi',
  s: 'uwsgi',
  'uwsgi-socket': 'uwsgi',
  http: 'http',
  'http-socket': 'http',
  https: 'https',
  'https-socket': 'https',
  'fastcgi-socket': 'fastcgi',
  'scgi-socket': 'scgi',
};
const VALUED =
  /^(?:-[sHwlLMpTbcrRiIdK]|--(?:ini|plugins?|module|wsgi-file|chdir|virtualenv|venv|home|processes|workers|threads|uid|gid|chown-socket|umask|pidfile|daemonize|logto|socket-timeout|callable|emperor|stats|buffer-size|harakiri|limit-post|http-timeout|protocol|env|wsgi|file|pythonpath|python-path|pp|pyhome|need-plugins?))$/;

interface UwsgiOption {
  readonly name: string;
  readonly value: string;
  readonly word: ArgWord | undefined;
  /** Of an option of a config file: its line. */
  readonly at?: Place;
}

export function readUwsgi(args: readonly ArgWord[], directory: HostPath | undefined, files: ConfigFiles): AppCommand {
  const own = readOptions(commandLineOptions(args), directory, files);
  const emperors = own.options.filter((it) => it.name === 'emperor');
  const vassals = emperors.map((it) => vassalsOf(it.value, files));
  const all = [own, ...vassals.flatMap((it) => it ?? [])];
  const binds = all.flatMap((it) => it.binds);
  const open = vassals.includes(undefined) || all.some((it) => it.open || it.binds.some((bind) => !bind.address));
  return {
    server: 'uwsgi',
    binds: open ? binds.map((it) => ({ ...it, socket: undefined })) : binds,
    open,
    app: undefined,
    uwsgi: open
      ? undefined
      : onlyAppOf(
          own,
          vassals.flatMap((it) => it ?? []),
        ),
    outside: own.outside,
    inherits: false,
    given: { options: [], operands: [], unknown: [] },
    directory,
  };
}

/** An emperor loads nothing itself; of several vassals each has an app of its own. */
function onlyAppOf(own: Instance, vassals: readonly Instance[]): UwsgiApp | undefined {
  if (!own.options.some((it) => it.name === 'emperor')) return appOf(own.options);
  const [only] = vassals;
  const found = vassals.length === 1 && only ? appOf(only.options) : undefined;
  // A vassal starts in the folder of its emperor.
  return found?.chdir?.startsWith('/') ? found : undefined;
}

/** plugins/python/python_plugin.c: module, wsgi-file and callable; other ways to load an app leave it open. */
function appOf(options: readonly UwsgiOption[]): UwsgiApp | undefined {
  const others =
    /^(?:mount|manage-script-name|pyimport|python-import|shared-py?import|spooler.*|paste|ini-paste.*|pecan|eval|pyrun|wsgi-env.*|for.*|if.*|plugins?-dir|include|inherit|cd|chdir2|hook.*|exec.*|attach-.*)$/;
  const last = (...names: string[]) => options.findLast((it) => names.includes(it.name));
  const values = (...names: string[]) => options.filter((it) => names.includes(it.name)).map((it) => it.value);
  const named = values('module', 'wsgi', 'w').at(-1);
  const file = values('wsgi-file', 'file').at(-1);
  if (options.some((it) => others.test(it.name) || (NAMES_APP.test(it.name) && OPEN_VALUE.test(it.value))))
    return undefined;
  if ((named === undefined) === (file === undefined)) return undefined;
  const [module, written] = named?.split(':') ?? [];
  return {
    module,
    file,
    callable: written ?? values('callable').at(-1) ?? 'application',
    chdir: values('chdir').at(-1),
    pythonpath: values('pythonpath', 'python-path', 'pp'),
    needApp: values('need-app').length > 0,
    daemonize: values('daemonize', 'd').at(-1),
    home: values('home', 'virtualenv', 'venv', 'pyhome', 'H').at(-1),
    environment: new Map(
      values('env').flatMap((it): [string, string][] => {
        const cut = it.indexOf('=');
        return cut > 0 ? [[it.slice(0, cut), it.slice(cut + 1)]] : [];
      }),
    ),
    namesPlugin: values('plugin', 'plugins', 'need-plugin', 'need-plugins', 'P').some((it) => /python|pypy/.test(it)),
    at: {
      load: last('module', 'wsgi', 'w', 'wsgi-file', 'file')?.at,
      callable: written === undefined ? last('callable')?.at : undefined,
      chdir: last('chdir')?.at,
      home: last('home', 'virtualenv', 'venv', 'pyhome', 'H')?.at,
    },
  };
}

/** What is put in when uWSGI starts: variables of the environment, magic ones, the text of another file. */
const OPEN_VALUE = /\$\(|%|^@/;

const NAMES_APP =
  /^(?:module|wsgi|w|wsgi-file|file|callable|chdir|pythonpath|python-path|pp|home|virtualenv|venv|pyhome|H|env)$/;

interface Instance {
  readonly options: readonly UwsgiOption[];
  readonly binds: readonly AppBind[];
  readonly open: boolean;
  readonly outside: AppCommand['outside'];
}

/**
 * What the emperor starts: each configuration in a folder, or that a pattern names, by its own (plugins/emperor,
 * core/emperor.c). Undefined where one of them cannot be read.
 */
function vassalsOf(text: string, files: ConfigFiles): Instance[] | undefined {
  if (!text.startsWith('/') || /[$%]/.test(text)) return undefined;
  const found = files.match(text.includes('*') ? hostPath(text) : joinPath(hostPath(text), '*'));
  const configured = found?.filter((it) => /\.(?:ini|xml|ya?ml|js|json|conf|cfg)$/.test(it));
  if (!configured || configured.some((it) => !it.endsWith('.ini'))) return undefined;
  return configured.map((it) => readOptions([{ name: 'ini', value: it, word: undefined }], undefined, files));
}

function readOptions(options: UwsgiOption[], directory: HostPath | undefined, files: ConfigFiles): Instance {
  let open = options.some((it) => /^(?:yaml|yml|json|xml|y|J|x)$/.test(it.name));
  const ini = options.filter((it) => it.name === 'ini' || (it.name === '' && /\.ini$/.test(it.value)));
  let outside: Instance['outside'];
  for (const { value } of ini) {
    const path = value.startsWith('/') ? hostPath(value) : directory && joinPath(directory, value);
    const text = path && !value.includes('$') ? files.read(path) : undefined;
    if (path === undefined || text === undefined) open = true;
    else {
      const { options: within, outside: lines, all } = iniOptions(text, path);
      if (lines.length > 0) outside ??= { lines, all, file: path };
      if (
        within.some((it) => /[$%]|^@\(/.test(it.value) && it.name in SOCKETS) ||
        within.some((it) => it.name === 'ini')
      )
        open = true;
      options.push(...within);
    }
  }
  const last = (...names: string[]): UwsgiOption | undefined => options.findLast((it) => names.includes(it.name));
  const protocol = options.findLast((it) => it.name === 'protocol' || it.name === 'socket-protocol')?.value;
  const binds = options.flatMap(({ name, value, word }): AppBind[] => {
    const speaks = SOCKETS[name];
    if (!speaks || value === '') return [];
    const spoken = speaks === 'uwsgi' && protocol ? (protocol === 'http' ? 'http' : undefined) : speaks;
    const address = uwsgiAddress(value.split(',')[0]!, directory);
    const source = word ? 'command line' : 'config';
    return [{ text: value, address, word, source, protocol: spoken, socket: socketOf(last), limits: limitsOf(last) }];
  });
  return { options, binds, open, outside };
}

/** harakiri kills the worker, which takes a master; a larger body than limit-post closes the connection: uwsgi_parse_vars(). */
function limitsOf(last: (...names: string[]) => UwsgiOption | undefined): RequestLimits {
  const limit = (...names: string[]): RequestLimit | undefined => {
    const it = last(...names);
    const value = /^\d+$/.test(it?.value ?? '') ? Number(it!.value) : 0;
    return value > 0 ? { value, name: names[0]!, word: it!.word, at: it!.at } : undefined;
  };
  return { time: last('master', 'M') && limit('harakiri', 't'), body: limit('limit-post') };
}

/**
 * Privileges are dropped before sockets are opened, so they belong to uid and gid; then chown-socket and chmod-socket
 * count, the latter 666 without a number: core/socket.c, bind_to_unix().
 */
function socketOf(last: (...names: string[]) => UwsgiOption | undefined): SocketSettings | undefined {
  const chmod = last('chmod-socket', 'chmod', 'C');
  const masked = last('umask');
  const umask = masked?.value;
  const chown = last('chown-socket', 'chown')?.value.split(':');
  const octal = (text: string): number | undefined =>
    /^[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : undefined;
  const mode = chmod && (/^(?:true)?$/.test(chmod.value) ? 0o666 : octal(chmod.value));
  if ((chmod && mode === undefined) || (umask !== undefined && octal(umask) === undefined)) return undefined;
  return {
    mode,
    umask: umask === undefined ? undefined : octal(umask),
    user: chown?.[0] || last('uid')?.value || undefined,
    group: chown?.[1] || last('gid')?.value || undefined,
    word: chmod?.word,
    at: (chmod ?? masked ?? last('chown-socket', 'chown', 'gid', 'uid'))?.at,
  };
}

function commandLineOptions(args: readonly ArgWord[]): UwsgiOption[] {
  const options: UwsgiOption[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(word.text) ?? /^-(\w)(.*)$/s.exec(word.text);
    if (!long) {
      options.push({ name: '', value: word.text, word });
      continue;
    }
    const inline = long[2] || undefined;
    const takes = long[1]! in SOCKETS || VALUED.test(word.text);
    const next = inline === undefined && takes ? args[++i] : undefined;
    const value = inline === undefined ? next : { text: inline, start: word.end - inline.length, end: word.end };
    options.push({ name: long[1]!, value: value?.text ?? '', word: value ?? word });
  }
  return options;
}

/** The `[uwsgi]` section, with %n, %d, %p of the file itself replaced: core/ini.c, magic variables in core/config.c. */
function iniOptions(text: string, path: HostPath): { options: UwsgiOption[]; outside: Place[]; all: boolean } {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const magic: Readonly<Record<string, string>> = {
    n: name.replace(/\.[^.]*$/, ''),
    s: name,
    d: path.slice(0, path.lastIndexOf('/') + 1),
    p: path,
    '%': '%',
  };
  const own = new Map<string, string>();
  const options: UwsgiOption[] = [];
  const outside: Place[] = [];
  const sections = new Set<string>();
  let inside = false;
  const node = { path, parent: undefined, offset: 0 };
  let next = 0;
  for (const line of text.split('\n')) {
    const start = next;
    next += line.length + 1;
    const section = /^\s*\[([^\]]*)\]/.exec(line);
    if (section) {
      inside = section[1] === 'uwsgi';
      sections.add(section[1]!);
    }
    const match = inside || sections.size === 0 ? /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) : null;
    if (!match) continue;
    const at = { node, start: start + line.length - line.trimStart().length, end: start + line.trimEnd().length };
    if (!inside) {
      outside.push(at);
      continue;
    }
    const raw = match[2]!.replace(/%\(([\w-]+)\)/g, (whole, it: string) => own.get(it) ?? whole);
    const value = raw.replace(/%([nsdp%])/g, (_, letter: string) => magic[letter]!);
    own.set(match[1]!, value);
    options.push({ name: match[1]!, value, word: undefined, at });
  }
  return { options, outside, all: !sections.has('uwsgi') };
}

function uwsgiAddress(text: string, directory: HostPath | undefined): Address | undefined {
  if (/[$%]/.test(text)) return undefined;
  const tcp = /^(?:\[([^\]]+)\]|([\w.*-]*)):(\d{1,5})$/.exec(text);
  if (tcp) {
    const host = (tcp[1] ?? tcp[2] ?? '').toLowerCase();
    return { kind: 'tcp', host: host === '' || host === '*' ? '0.0.0.0' : host, port: Number(tcp[3]) };
  }
  if (text.startsWith('@')) return { kind: 'abstract', name: text.slice(1) };
  if (text.startsWith('/')) return { kind: 'unix', path: hostPath(text) };
  if (/^\w+:/.test(text)) return undefined;
  return directory && { kind: 'unix', path: joinPath(directory, text) };
}
