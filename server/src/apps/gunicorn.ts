/** What gunicorn does with a command line: "Configuration Overview" in its documentation, gunicorn/config.py. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { gunicornOptions } from '../catalog/gunicorn.js';
import type { AppBind, AppCommand, Protocol } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import { type GunicornConfig, type GunicornSettings, gunicornSettings } from './gunicornSettings.js';
import { type GivenArgs, readOptions } from './options.js';
import { UNKNOWN } from './pythonValues.js';

/**
 * Reads gunicorn's arguments, GUNICORN_CMD_ARGS, config file and PORT. A stronger source replaces all binds of a weaker one.
 * @param directory the working directory, which relative socket paths start from; undefined if not known.
 * @param config what the config file says; 'unknown' where there may be one that cannot be read; undefined for none.
 */
export function readGunicorn(
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
  config: GunicornConfig | 'unknown' | undefined,
): AppCommand {
  const given = readOptions(args, gunicornOptions, true);
  const settings = gunicornSettings(given, variableArguments(environment), environment, config);
  const binds = bindsOf(given, settings, directory);
  const texts = (name: string): string | undefined | 'unknown' => {
    const { value } = settings.of(name);
    return value === UNKNOWN ? 'unknown' : typeof value === 'string' && value !== '' ? value : undefined;
  };
  const moved = texts('chdir');
  return {
    server: 'gunicorn',
    app: given.operands[0],
    given,
    settings,
    directory:
      moved === undefined
        ? directory
        : moved === 'unknown'
          ? undefined
          : moved.startsWith('/')
            ? hostPath(moved)
            : directory && joinPath(directory, moved),
    binds,
    open: binds.length === 0 || binds.some((it) => it.text.includes('$')),
    inherits: binds.some((it) => it.text.startsWith('fd://')),
  };
}

/** The arguments in GUNICORN_CMD_ARGS; 'unknown' where the variable may be set to something that the files do not show. */
export function variableArguments(environment: Environment): GivenArgs | 'unknown' | undefined {
  const variable = environment('GUNICORN_CMD_ARGS');
  if (variable === 'unknown') return 'unknown';
  return variable ? readOptions(shellSplit(variable), gunicornOptions, true) : undefined;
}

function bindsOf(given: GivenArgs, settings: GunicornSettings, directory: HostPath | undefined): readonly AppBind[] {
  const certificate = settings.of('certfile').value;
  const tls = certificate === UNKNOWN ? undefined : typeof certificate === 'string' && certificate !== '';
  const protocol = protocolOf(given, tls);
  const { value, source, at } = settings.of('bind');
  const bindOf = (text: string, word: ArgWord | undefined): AppBind => ({
    text,
    address: parseBind(text, directory),
    word,
    at,
    source,
    protocol,
  });
  if (source === 'command line')
    return given.options.flatMap((it) =>
      it.spec.setting === 'bind' && it.value ? [bindOf(it.value.text, it.value)] : [],
    );
  if (!Array.isArray(value) || value.some((it) => typeof it !== 'string')) return [];
  return value.map((it) => bindOf(it as string, undefined));
}

/** `protocol` exists since gunicorn 25 (uwsgi and fastcgi beside http); TLS where a certificate is set. */
function protocolOf(given: GivenArgs, tls: boolean | undefined): Protocol | undefined {
  const word = given.options.find((it) => it.word.text.startsWith('--protocol'));
  if (word) return undefined;
  return tls === undefined ? undefined : tls ? 'https' : 'http';
}

/** shlex.split() as far as options need it: blanks, both quotes, backslashes. */
function shellSplit(text: string): ArgWord[] {
  const words: ArgWord[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs)) {
    const plain = match[0].replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, a, b, c) => a ?? b ?? c);
    words.push({ text: plain, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

/** gunicorn.util.parse_address; undefined for inherited descriptors, and for what depends on an unknown directory. */
export function parseBind(text: string, directory: HostPath | undefined): Address | undefined {
  if (text.includes('$')) return undefined;
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
