/** What gunicorn does with a command line: "Configuration Overview" in its documentation, gunicorn/config.py. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { gunicornFlag } from '../catalog/gunicorn.js';

/** A word of the command line with its place in the value, as whoever cut it gives it. */
export interface ArgWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface GunicornBind {
  readonly text: string;
  readonly address: Address | undefined;
  readonly word: ArgWord;
}

export interface GunicornCommand {
  readonly binds: readonly GunicornBind[];
  /** `module:callable`, if the command line has it. */
  readonly app: ArgWord | undefined;
  /** A config file is named, so settings may come from there. */
  readonly config: ArgWord | undefined;
}

/** Whether a command line runs gunicorn: by its name in any folder, or `python -m gunicorn`. Returns gunicorn's own arguments. */
export function gunicornArgs(program: string, args: readonly ArgWord[]): readonly ArgWord[] | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (/^gunicorn(?:3|\d+(?:\.\d+)*)?$/.test(name)) return args;
  if (/^python(?:\d+(?:\.\d+)*)?$/.test(name)) {
    const module = args.findIndex((it) => it.text === '-m');
    if (module >= 0 && /^gunicorn(?:\.app\.wsgiapp)?$/.test(args[module + 1]?.text ?? ''))
      return args.slice(module + 2);
    const script = args.findIndex((it) => !it.text.startsWith('-'));
    if (script >= 0 && /\/gunicorn$/.test(args[script]!.text)) return args.slice(script + 1);
  }
  return undefined;
}

/**
 * Reads gunicorn's arguments as argparse does: `--bind X`, `--bind=X`, `-b X`, `-bX`.
 * @param directory the working directory, which relative socket paths start from; undefined if not known.
 */
export function readGunicornArgs(args: readonly ArgWord[], directory: HostPath | undefined): GunicornCommand {
  const binds: GunicornBind[] = [];
  let app: ArgWord | undefined;
  let config: ArgWord | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    const option = splitOption(word);
    if (!option) {
      app ??= word;
      continue;
    }
    const flag = gunicornFlag(option.name);
    const takesValue = flag?.takesValue ?? false;
    const value = option.value ?? (takesValue ? args[++i] : undefined);
    if (!value) continue;
    if (flag?.setting === 'bind')
      binds.push({ text: value.text, address: parseBind(value.text, directory), word: value });
    if (flag?.setting === 'config') config = value;
  }
  return { binds, app, config };
}

function splitOption(word: ArgWord): { name: string; value: ArgWord | undefined } | undefined {
  const { text } = word;
  const long = /^(--[\w-]+)(?:=(.*))?$/s.exec(text);
  const short = long ? null : /^(-[A-Za-z])(.*)$/s.exec(text);
  const match = long ?? short;
  if (!match) return undefined;
  const rest = match[2];
  if (rest === undefined || (short && rest === '')) return { name: match[1]!, value: undefined };
  return { name: match[1]!, value: { text: rest, start: word.end - rest.length, end: word.end } };
}

/** gunicorn.util.parse_address; undefined for inherited descriptors, and for what depends on an unknown directory. */
export function parseBind(text: string, directory: HostPath | undefined): Address | undefined {
  const unix = /^unix:(?:\/\/)?(.*)$/s.exec(text);
  if (unix) {
    const path = unix[1]!;
    if (path.startsWith('/')) return { kind: 'unix', path: hostPath(path) };
    return directory && { kind: 'unix', path: joinPath(directory, path) };
  }
  if (/^fd:\/\//.test(text)) return undefined;
  const tcp = /^(?:tcp:\/\/)?(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text);
  if (!tcp) return undefined;
  const host = (tcp[1] ?? tcp[2] ?? '').toLowerCase() || '0.0.0.0';
  const port = tcp[3] === undefined ? 8000 : Number(tcp[3]);
  return port <= 65535 ? { kind: 'tcp', host, port } : undefined;
}
