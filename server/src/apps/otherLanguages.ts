/**
 * Servers of other languages than Python: node by the `listen()` of the file that it starts, puma by its options and its
 * config file. Read by eye, as it were: what is not written plainly makes it undefined, and then the unit is one of the
 * programs that nobody knows.
 */
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { AppBind, AppCommand, ConfigFiles, Protocol } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import { parseBind } from './gunicorn.js';
import { lastValue, type OptionSpec, readOptions } from './options.js';

const NO_ARGS = { options: [], operands: [], unknown: [] };

/** `node server.js`. */
export function readNode(
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
  files: ConfigFiles,
): AppCommand | undefined {
  const [script] = args;
  if (!script || /^-|\$/.test(script.text) || !directory) return undefined;
  const path = joinPath(directory, script.text);
  const text = [path, `${path}.js`, joinPath(path, 'index.js')].map((it) => files.read(it as HostPath)).find(Boolean);
  // What comments say is not run, and what a cluster or a bundle does is not followed.
  const code = text?.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');
  const calls = code === undefined ? [] : [...code.matchAll(/\.listen\(([^()]*(?:\([^()]*\)[^()]*)*)/g)];
  if (code === undefined || code.length > 100_000 || calls.length !== 1) return undefined;
  const lookUp = withDotenv(code, environment, directory, files);
  const [first = '', second = ''] = calls[0]![1]!.split(/,(?![^(]*\))/).map((it) => it.trim());
  const port = jsValue(first, code, lookUp);
  const host = /^(?:\(|function|async|$|err\b)|=>/.test(second) ? '*' : jsValue(second, code, lookUp);
  if (port === undefined || host === undefined) return undefined;
  const text2 = /^\d+$/.test(port) ? `${host}:${port}` : `unix:${port}`;
  const address = /^\d+$/.test(port)
    ? ({ kind: 'tcp', host: host.toLowerCase(), port: Number(port) } as const)
    : port.startsWith('/')
      ? ({ kind: 'unix', path: hostPath(port) } as const)
      : undefined;
  if (!address || (address.kind === 'tcp' && address.port > 65535)) return undefined;
  const plain = /\bhttp\.createServer|require\(['"](?:node:)?http['"]\)\.createServer|\bexpress\(\)|\bnew Koa\(/;
  const protocol: Protocol | undefined = /https|http2/.test(code) ? undefined : plain.test(code) ? 'http' : undefined;
  // libuv binds and leaves the mode to the umask, unless the program itself does something about it.
  const own = /\b(?:chmod|fchmod|chown|umask|writableAll|readableAll|exec|spawn)/.test(code);
  const socket = own
    ? undefined
    : { mode: undefined, umask: undefined, user: undefined, group: undefined, word: undefined };
  const bind: AppBind = { text: text2, address, word: undefined, source: 'config', protocol, socket };
  return { server: 'node', binds: [bind], open: false, app: undefined, inherits: false, given: NO_ARGS, directory };
}

/** require('dotenv').config() adds what the environment lacks. */
function withDotenv(code: string, environment: Environment, directory: HostPath, files: ConfigFiles): Environment {
  if (!code.includes('dotenv')) return environment;
  const text = files.read(joinPath(directory, '.env'));
  const own = new Map(
    [...(text ?? '').matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*["']?(.*?)["']?\s*$/gm)].map((it) => [it[1]!, it[2]!]),
  );
  return (name) => environment(name) ?? (text === undefined ? 'unknown' : own.get(name));
}

/** A literal, a variable of the environment with its fallback, or a constant that holds one of them. */
function jsValue(expression: string, code: string, environment: Environment, depth = 0): string | undefined {
  const it = expression.replace(/^(?:Number|parseInt|String)\((.*?)(?:,\s*10)?\)$/s, '$1').trim();
  const literal = /^(?:(\d+)|'([^'\\]*)'|"([^"\\]*)")$/.exec(it);
  if (literal) return literal[1] ?? literal[2] ?? literal[3];
  const named = /^process\.env(?:\.(\w+)|\[['"](\w+)['"]\])\s*(?:(?:\|\||\?\?)\s*(.+))?$/s.exec(it);
  if (named) {
    const value = environment((named[1] ?? named[2])!);
    if (value === 'unknown') return undefined;
    return value || (named[3] && jsValue(named[3], code, environment, depth + 1));
  }
  if (!/^[A-Za-z_$][\w$]*$/.test(it) || depth > 3) return undefined;
  const name = it.replaceAll('$', '\\$');
  const taken = /\bconst\s*\{([^{}]*)\}\s*=\s*process\.env\b(?!\s*[.[])/.exec(code)?.[1];
  const part = taken?.split(',').map((one) => /^\s*(\w+)\s*(?::\s*(\w+)\s*)?(?:=\s*(.+?)\s*)?$/s.exec(one));
  const own = part?.find((one) => (one?.[2] ?? one?.[1]) === it);
  if (own) {
    const value = environment(own[1]!);
    if (value === 'unknown') return undefined;
    // A default is for what is not set; an empty value is one.
    return value ?? (own[3] && jsValue(own[3], code, environment, depth + 1));
  }
  const set = [...code.matchAll(new RegExp(`(?<![\\w$.])(const|let|var)?\\s*${name}\\s*=(?!=|>)\\s*([^;\\n]+)`, 'g'))];
  const [only] = set;
  return set.length === 1 && only![1] ? jsValue(only![2]!.trim(), code, environment, depth + 1) : undefined;
}

const PUMA: OptionSpec[] = [
  { setting: 'bind', options: ['-b', '--bind'], takesValue: true },
  { setting: 'port', options: ['-p', '--port'], takesValue: true },
  { setting: 'config', options: ['-C', '--config'], takesValue: true },
  { setting: 'environment', options: ['-e', '--environment'], takesValue: true },
  { setting: 'threads', options: ['-t', '--threads'], takesValue: true },
  { setting: 'workers', options: ['-w', '--workers'], takesValue: true },
  { setting: 'dir', options: ['--dir'], takesValue: true },
  {
    setting: 'control',
    options: ['--control-url', '-S', '--state', '--tag', '--pidfile', '--redirect-stdout'],
    takesValue: true,
  },
];

/** Puma::CLI and Puma::DSL: what the line says goes before the file; tcp://0.0.0.0:9292 without anything. */
export function readPuma(
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
  files: ConfigFiles,
): AppCommand {
  const given = readOptions(args, PUMA, true);
  const base = { server: 'puma' as const, app: undefined, inherits: false, given, directory };
  const written = given.options.filter((it) => /^(?:bind|port)$/.test(it.spec.setting) && it.value);
  if (written.length > 0) {
    const binds = written.map(({ spec, value }) =>
      pumaBind(spec.setting === 'port' ? `tcp://0.0.0.0:${value!.text}` : value!.text, value, directory),
    );
    return { ...base, binds, open: binds.some((it) => !it.address) };
  }
  const named = lastValue(given, 'config')?.text;
  const text = named === '-' || !directory ? undefined : files.read(joinPath(directory, named ?? 'config/puma.rb'));
  if (text === undefined) return { ...base, binds: [], open: true };
  const found = rubyBinds(text, environment);
  const binds = (found ?? []).map((it) => pumaBind(it, undefined, directory));
  if (found?.length === 0) binds.push(pumaBind('tcp://0.0.0.0:9292', undefined, directory));
  return { ...base, binds, open: !found || binds.some((it) => !it.address) };
}

function pumaBind(text: string, word: ArgWord | undefined, directory: HostPath | undefined): AppBind {
  const [, scheme = '', rest = ''] = /^(unix|tcp|ssl):\/\/([^?]*)/.exec(text) ?? [];
  const address = scheme === '' ? undefined : parseBind(scheme === 'unix' ? `unix:${rest}` : rest, directory);
  const protocol = scheme === 'ssl' ? 'https' : 'http';
  return { text, address, word, source: word ? 'command line' : 'config', protocol };
}

/** `bind` and `port` of a config file; undefined where Ruby would have to be run. */
function rubyBinds(text: string, environment: Environment): string[] | undefined {
  const binds: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(bind|port)[\s(]+(.*?)\)?\s*(?:#.*)?$/.exec(line);
    if (!match) {
      // Under a condition, or with a value that is made.
      if (/^\s*[^#]*\b(?:bind|port|activate_control_app|stdout)\b.*\bif\b/.test(line)) return undefined;
      continue;
    }
    const value = rubyValue(match[2]!, environment);
    if (value === undefined) return undefined;
    binds.push(match[1] === 'port' ? `tcp://0.0.0.0:${value}` : value);
  }
  return binds;
}

function rubyValue(expression: string, environment: Environment): string | undefined {
  const literal = /^(?:(\d+)|'([^']*)'|"([^"#]*)")$/.exec(expression);
  if (literal) return literal[1] ?? literal[2] ?? literal[3];
  const fetch =
    /^ENV(?:\.fetch\(\s*|\[)['"](\w+)['"]\s*(?:,\s*(.+?))?[)\]]\s*(?:(?:\|\|\s*(.+))|\{\s*(.+?)\s*\})?$/.exec(
      expression,
    );
  if (!fetch) return undefined;
  const value = environment(fetch[1]!);
  if (value === 'unknown') return undefined;
  const fallback = fetch[2] ?? fetch[3] ?? fetch[4];
  return value ?? (fallback === undefined ? undefined : rubyValue(fallback.trim(), environment));
}
