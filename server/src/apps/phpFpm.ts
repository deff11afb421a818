/** php-fpm: pools with a listen address each, in a main file and what it includes. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { AppBind, AppCommand, ConfigFiles, PoolSettings, RequestLimits } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import { parseBind } from './gunicorn.js';
import { lastValue, readOptions } from './options.js';

const OPTIONS = [
  { setting: 'config', options: ['-y', '--fpm-config'], takesValue: true },
  { setting: 'prefix', options: ['-p', '--prefix'], takesValue: true },
  { setting: 'ini', options: ['-c', '--php-ini'], takesValue: true },
  { setting: 'pid', options: ['-g', '--pid'], takesValue: true },
  { setting: 'define', options: ['-d', '--define'], takesValue: true },
];

interface Pool {
  readonly file: HostPath;
  readonly name: string;
  readonly values: Map<string, string>;
}

/** @param name the program's: `php-fpm8.2` reads /etc/php/8.2/fpm/php-fpm.conf on Debian. */
export function readPhpFpm(name: string, args: readonly ArgWord[], files: ConfigFiles): AppCommand | undefined {
  const version = /^php-fpm([\d.]*)$/.exec(name)?.[1];
  if (version === undefined) return undefined;
  const given = readOptions(args, OPTIONS, false);
  const named = lastValue(given, 'config')?.text;
  const main = named ?? (version === '' ? '/etc/php-fpm.conf' : `/etc/php/${version}/fpm/php-fpm.conf`);
  const pools: Pool[] = [];
  const open = !main.startsWith('/') || !readInto(pools, hostPath(main), files, 0);
  const binds = pools.flatMap((it) => bindOf(it) ?? []);
  return {
    server: 'php-fpm',
    binds,
    open: open || binds.some((it) => !it.address),
    app: undefined,
    inherits: false,
    given,
    directory: undefined,
  };
}

/** A pool and where it listens. */
export interface PhpPool {
  readonly file: HostPath;
  readonly name: string;
  readonly listen: string;
  readonly address: Address;
}

/** The pools of some files, such as a folder `pool.d`; undefined where some of them cannot be known. */
export function phpPools(paths: readonly HostPath[], files: ConfigFiles): readonly PhpPool[] | undefined {
  const pools: Pool[] = [];
  if (!paths.every((it) => readInto(pools, it, files, 0))) return undefined;
  return pools.flatMap((it) => {
    const bind = bindOf(it);
    return bind?.address ? [{ file: it.file, name: it.name, listen: bind.text, address: bind.address }] : [];
  });
}

/** False where something could not be read. */
function readInto(pools: Pool[], path: HostPath, files: ConfigFiles, depth: number): boolean {
  const text = files.read(path);
  if (text === undefined || depth > 5) return false;
  let whole = true;
  let pool: Pool | undefined;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    if (section !== undefined) {
      pool = section === 'global' ? undefined : { file: path, name: section, values: new Map() };
      if (pool) pools.push(pool);
      continue;
    }
    const [, key, raw] = /^\s*([\w.[\]-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || line.trimStart().startsWith(';')) continue;
    const value = raw!.replace(/\s;.*$/, '').replace(/^(["'])(.*)\1$/, '$2');
    if (key !== 'include') pool?.values.set(key, value.replaceAll('$pool', pool.name));
    else {
      const found = files.match(value.startsWith('/') ? hostPath(value) : joinPath(hostPath('/etc'), value));
      if (!found) whole = false;
      for (const it of found ?? []) if (!readInto(pools, it, files, depth + 1)) whole = false;
    }
  }
  return whole;
}

function bindOf(pool: Pool): AppBind | undefined {
  const { values } = pool;
  const text = values.get('listen');
  if (text === undefined) return undefined;
  const address = text.startsWith('/')
    ? ({ kind: 'unix', path: hostPath(text) } as const)
    : /^\d+$/.test(text)
      ? ({ kind: 'tcp', host: '*', port: Number(text) } as const)
      : parseBind(text, undefined);
  return {
    text,
    address,
    word: undefined,
    source: 'config',
    protocol: 'fastcgi',
    socket: settingsOf(pool),
    pool: scriptsOf(pool),
    limits: limitsOf(pool),
  };
}

/** `security.limit_extensions` is .php and .phar where nothing is said: fpm_conf_process_all_pools(). */
function scriptsOf({ file, name, values }: Pool): PoolSettings {
  const extensions = values.get('security.limit_extensions') ?? '.php .phar';
  return {
    name,
    user: values.get('user') || undefined,
    group: values.get('group') || undefined,
    chroot: values.get('chroot') || undefined,
    extensions: extensions.split(/[\s,]+/).filter(Boolean),
    file,
    values,
  };
}

/** Seconds, or with a unit: fpm_conf_set_time(). Sizes as php.ini has them; php.ini itself may say less. */
function limitsOf({ values }: Pool): RequestLimits {
  const [, count, unit] = /^(\d+)([smhd]?)$/.exec(values.get('request_terminate_timeout') ?? '') ?? [];
  const seconds = Number(count ?? 0) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit || 's']!;
  const size = values.get('php_admin_value[post_max_size]') ?? values.get('php_value[post_max_size]');
  const [, number, factor] = /^(\d+)([KMG]?)$/i.exec(size ?? '') ?? [];
  const bytes = Number(number ?? 0) * 1024 ** ['', 'k', 'm', 'g'].indexOf((factor ?? '').toLowerCase());
  const limit = (value: number, name: string) => (value > 0 ? { value, name, word: undefined } : undefined);
  return { time: limit(seconds, 'request_terminate_timeout'), body: limit(bytes, 'post_max_size') };
}

/** 0660 unless said otherwise, and of the user who starts it: fpm_unix_resolve_socket_permissions(). */
function settingsOf({ values }: Pool) {
  if (values.has('listen.acl_users') || values.has('listen.acl_groups')) return undefined;
  const mode = Number.parseInt(values.get('listen.mode') ?? '0660', 8);
  const id = (key: string) => values.get(key) || undefined;
  return Number.isNaN(mode)
    ? undefined
    : { user: id('listen.owner'), group: id('listen.group'), mode, umask: undefined, word: undefined };
}
