/** What gunicorn does with a command line: "Configuration Overview" in its documentation, gunicorn/config.py. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { gunicornOptions } from '../catalog/gunicorn.js';
import type { AppBind, AppCommand, Environment, Protocol, Source } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import { type GivenArgs, hasFlag, lastValue, readOptions } from './options.js';

/** What a config file says of the settings that matter here; `open` where some of it cannot be known from the text. */
export interface GunicornConfig {
  readonly bind: readonly string[] | 'unknown' | undefined;
  /** Where `bind` is set. */
  readonly at: Place | undefined;
  readonly certfile: boolean | 'unknown';
  readonly chdir: string | 'unknown' | undefined;
}

/**
 * Reads gunicorn's arguments, GUNICORN_CMD_ARGS and PORT. A stronger source replaces all binds of a weaker one:
 * Application.load_config() in gunicorn/app/base.py.
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
  const variable = environment('GUNICORN_CMD_ARGS');
  const fromVariable =
    variable && variable !== 'unknown' ? readOptions(shellSplit(variable), gunicornOptions, true) : undefined;
  const tls = hasFlag(given, 'certfile') || (fromVariable && hasFlag(fromVariable, 'certfile'));
  const mayTls = variable === 'unknown' || config === 'unknown' || (config && config.certfile !== false);
  const protocol = protocolOf(given, tls ? true : mayTls ? undefined : false);
  const bindOf = (text: string, word: ArgWord | undefined, source: Source): AppBind => ({
    text,
    address: parseBind(text, directory),
    word,
    source,
    protocol,
  });
  const chdir = lastValue(given, 'chdir')?.text ?? (fromVariable && lastValue(fromVariable, 'chdir')?.text);
  const moved = chdir ?? (config === 'unknown' ? 'unknown' : config?.chdir);
  const common = {
    server: 'gunicorn' as const,
    app: given.operands[0],
    given,
    directory: !moved
      ? directory
      : moved === 'unknown'
        ? undefined
        : moved.startsWith('/')
          ? hostPath(moved)
          : directory && joinPath(directory, moved),
  };
  const done = (binds: readonly AppBind[], open: boolean): AppCommand => ({
    ...common,
    binds,
    open: open || binds.some((it) => it.text.includes('$')),
    inherits: binds.some((it) => it.text.startsWith('fd://')),
  });
  const onLine = given.options.flatMap((it) =>
    it.spec.setting === 'bind' && it.value ? [bindOf(it.value.text, it.value, 'command line')] : [],
  );
  if (onLine.length > 0) return done(onLine, false);
  if (variable === 'unknown') return done([], true);
  const inVariable = (fromVariable?.options ?? []).flatMap((it) =>
    it.spec.setting === 'bind' && it.value ? [bindOf(it.value.text, undefined, 'GUNICORN_CMD_ARGS')] : [],
  );
  if (inVariable.length > 0) return done(inVariable, false);
  if (config === 'unknown' || config?.bind === 'unknown') return done([], true);
  if (config?.bind)
    return done(
      config.bind.map((it) => ({ ...bindOf(it, undefined, 'config'), at: config.at })),
      false,
    );
  const port = environment('PORT');
  if (port === 'unknown') return done([], true);
  if (port !== undefined) return done([bindOf(`0.0.0.0:${port}`, undefined, 'environment')], false);
  return done([bindOf('127.0.0.1:8000', undefined, 'default')], false);
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
