/**
 * node by the `listen()` of the file that it starts. Read by eye, as it were: what is not written plainly makes it
 * undefined, and then the unit is one of the programs that nobody knows.
 */
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { AppBind, AppCommand, ConfigFiles, Protocol } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';

const NO_ARGS = { options: [], operands: [], unknown: [] };

/** `node server.js`. */
export function readNode(
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
  files: ConfigFiles,
): AppCommand | undefined {
  const script = args.find((it) => !ENVIRONMENT_FLAG.test(it.text));
  if (!script || /^-|\$/.test(script.text) || !directory) return undefined;
  const flags = args.slice(0, args.indexOf(script)).map((it) => it.text);
  const path = joinPath(directory, script.text);
  const found = [path, `${path}.js`, joinPath(path, 'index.js')].find((it) => files.read(it as HostPath)) as HostPath;
  const text = found && files.read(found);
  // What comments say is not run, and what a cluster or a bundle does is not followed.
  const code = text?.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');
  const calls = code === undefined ? [] : [...code.matchAll(/\.listen\(([^()]*(?:\([^()]*\)[^()]*)*)/g)];
  if (code === undefined || code.length > 100_000 || calls.length !== 1) return undefined;
  const own = withFiles(flags, environment, directory, files);
  const lookUp: Lookup = { code, environment: withDotenv(code, own, directory, files), directory, file: found, files };
  const [first = '', second = ''] = calls[0]![1]!.split(/,(?![^(]*\))/).map((it) => it.trim());
  const lacksPort = setsVariables(code, found, files, new Set()) ? undefined : unsetVariable(first, lookUp);
  if (lacksPort !== undefined)
    return {
      server: 'node',
      binds: [],
      open: false,
      app: undefined,
      inherits: false,
      given: NO_ARGS,
      directory,
      lacksPort,
    };
  const port = jsValue(first, lookUp);
  const host = /^(?:\(|function|async|$|err\b)|=>/.test(second) ? '*' : jsValue(second, lookUp);
  if (port === undefined || host === undefined) return undefined;
  const text2 = /^\d+$/.test(port) ? `${host}:${port}` : `unix:${port}`;
  const address = /^\d+$/.test(port)
    ? ({ kind: 'tcp', host: host.toLowerCase(), port: Number(port) } as const)
    : port.startsWith('/')
      ? ({ kind: 'unix', path: hostPath(port) } as const)
      : undefined;
  if (!address || (address.kind === 'tcp' && address.port > 65535)) return undefined;
  const http = /\bhttp\.createServer|require\(['"](?:node:)?http['"]\)\.createServer|\bexpress\(\)|\bnew Koa\(/;
  const protocol: Protocol | undefined = /https|http2/.test(code) ? undefined : http.test(code) ? 'http' : undefined;
  // libuv binds and leaves the mode to the umask, unless the program itself does something about it.
  const itself = /\b(?:chmod|fchmod|chown|umask|writableAll|readableAll|exec|spawn)/.test(code);
  const socket = itself
    ? undefined
    : { mode: undefined, umask: undefined, user: undefined, group: undefined, word: undefined };
  const bind: AppBind = { text: text2, address, word: undefined, source: 'config', protocol, socket };
  return { server: 'node', binds: [bind], open: false, app: undefined, inherits: false, given: NO_ARGS, directory };
}

/** Flags that bring variables and nothing else: https://nodejs.org/api/cli.html#--env-fileconfig */
const ENVIRONMENT_FLAG = /^--env-file(?:-if-exists)?=/;

/** `--env-file=.env` adds what the environment lacks. */
function withFiles(
  flags: readonly string[],
  environment: Environment,
  directory: HostPath,
  files: ConfigFiles,
): Environment {
  const texts = flags.map((it) => files.read(joinPath(directory, it.replace(ENVIRONMENT_FLAG, ''))));
  return texts.reduce<Environment>((before, text) => (name) => before(name) ?? inFile(text, name), environment);
}

const inFile = (text: string | undefined, name: string): string | undefined | 'unknown' =>
  text === undefined ? 'unknown' : variablesIn(text).get(name);

/** What dotenv, and node itself, read of a file. */
function variablesIn(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*["']?(.*?)["']?\s*$/gm);
  return new Map([...lines].map((it) => [it[1]!, it[2]!]));
}

/** require('dotenv').config() adds what the environment lacks. */
function withDotenv(code: string, environment: Environment, directory: HostPath, files: ConfigFiles): Environment {
  if (!code.includes('dotenv')) return environment;
  const text = files.read(joinPath(directory, '.env'));
  return (name) => environment(name) ?? inFile(text, name);
}

/** What the value of an expression is looked up in. */
interface Lookup {
  readonly code: string;
  readonly environment: Environment;
  /** Where the process starts, and the file that is read. */
  readonly directory: HostPath;
  readonly file: HostPath;
  readonly files: ConfigFiles;
}

/** A literal, a variable of the environment with its fallback, a field of a JSON file, or a constant that holds one of them. */
function jsValue(expression: string, of: Lookup, depth = 0): string | undefined {
  const it = plain(expression);
  const literal = /^(?:(\d+)|'([^'\\]*)'|"([^"\\]*)")$/.exec(it);
  if (literal) return literal[1] ?? literal[2] ?? literal[3];
  const named = VARIABLE.exec(it);
  if (named) {
    const value = of.environment((named[1] ?? named[2])!);
    if (value === 'unknown') return undefined;
    return value || (named[3] && jsValue(named[3], of, depth + 1));
  }
  const [, whole, field] = /^([A-Za-z_$][\w$]*)(?:\.([A-Za-z_]\w*))?$/.exec(it) ?? [];
  const held = whole === undefined || depth > 3 ? undefined : constant(whole, of.code);
  if (held === undefined) return undefined;
  return field === undefined ? jsValue(held, of, depth + 1) : jsonField(held, field, of);
}

/** `listen(undefined)` takes any free port: a variable that nothing sets, and nothing stands in for it. */
function unsetVariable(expression: string, of: Lookup): string | undefined {
  const it = plain(expression);
  const held = /^[A-Za-z_$][\w$]*$/.test(it) ? constant(it, of.code) : undefined;
  const named = VARIABLE.exec(held === undefined ? it : plain(held));
  const name = named?.[1] ?? named?.[2];
  return name !== undefined && named![3] === undefined && of.environment(name) === undefined ? name : undefined;
}

/** Whether a script, or what it brings in from its own project, may set variables of the environment by itself. */
function setsVariables(code: string, file: HostPath, files: ConfigFiles, seen: Set<HostPath>): boolean {
  if (
    /\bloadEnvFile\b|\benv-cmd\b|\bprocess\.env(?:\.\w+|\[[^\]]*\])?\s*(?:\|\||\?\?)?=(?!=)|\(process\.env,/.test(code)
  )
    return true;
  if (seen.size > 0 && /\bdotenv\b/.test(code)) return true;
  seen.add(file);
  const asked = code.matchAll(/(?:\brequire\(|\bimport\(|\bfrom\b|\bimport\b)\s*['"](\.{1,2}\/[^'"]+)['"]/g);
  for (const [, name] of asked) {
    const path = joinPath(directoryOf(file), name!);
    const found = ['', '.js', '.mjs', '.cjs', '.json', '/index.js'].map((it) => hostPath(path + it));
    const there = found.find((it) => files.read(it) !== undefined);
    if (!there || seen.size > MOST_FILES) return true;
    if (!seen.has(there) && !there.endsWith('.json') && setsVariables(files.read(there)!, there, files, seen))
      return true;
  }
  return false;
}

/** Files of a project that are looked into before it counts as unknown. */
const MOST_FILES = 20;

const VARIABLE = /^process\.env(?:\.(\w+)|\[['"](\w+)['"]\])\s*(?:(?:\|\||\?\?)\s*(.+))?$/s;

/** Without what makes a number of it: `Number(a)`, `parseInt(a, 10) || b`, `+a`. */
const plain = (text: string): string =>
  text
    .replace(/^(?:Number|parseInt|String)\(([^()]*?)(?:,\s*10)?\)(?=\s*(?:$|\|\||\?\?))/s, '$1')
    .replace(/^\+(?=[A-Za-z])/, '')
    .trim();

/** The object that a script takes variables from. */
const ENVIRONMENT = ['process', 'env'].join('.');

/** What the one assignment to a name says, where it declares the name. */
function constant(name: string, code: string): string | undefined {
  const taken = /\bconst\s*\{([^{}]*)\}\s*=\s*process\.env\b(?!\s*[.[])/.exec(code)?.[1];
  const parts = taken?.split(',').map((one) => /^\s*(\w+)\s*(?::\s*(\w+)\s*)?(?:=\s*(.+?)\s*)?$/s.exec(one)) ?? [];
  const part = parts.find((one) => (one?.[2] ?? one?.[1]) === name);
  if (part) return `${ENVIRONMENT}.${part[1]}${part[3] === undefined ? '' : ` ?? ${part[3]}`}`;
  const escaped = name.replaceAll('$', '\\$');
  const all = [
    ...code.matchAll(new RegExp(`(?<![\\w$.])(const|let|var)?\\s*${escaped}\\s*=(?!=|>)\\s*([^;\\n]+)`, 'g')),
  ];
  return all.length === 1 && all[0]![1] ? all[0]![2]!.trim() : undefined;
}

/** A field of what `require('./config.json')` or `JSON.parse(fs.readFileSync('config.json'))` brings. */
function jsonField(expression: string, field: string, { directory, file, files }: Lookup): string | undefined {
  const [, required] = /^require\(\s*['"](\.{1,2}\/[^'"]+\.json)['"]\s*\)$/.exec(expression) ?? [];
  const [, read] = /^JSON\.parse\(\s*(?:fs\.)?readFileSync\(\s*['"]([^'"]+)['"]/.exec(expression) ?? [];
  const text =
    required !== undefined
      ? files.read(joinPath(directoryOf(file), required))
      : read !== undefined
        ? files.read(joinPath(directory, read))
        : undefined;
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text)[field];
    return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
  } catch {
    return undefined;
  }
}
