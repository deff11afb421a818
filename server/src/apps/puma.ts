/** puma by its options and its config file; where Ruby would have to be run, it is open where it listens. */
import { type HostPath, joinPath } from '../base/hostPath.js';
import type { AppBind, AppCommand, ConfigFiles } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import { parseBind } from './gunicorn.js';
import { lastValue, type OptionSpec, readOptions } from './options.js';

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
