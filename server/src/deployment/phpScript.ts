/**
 * What php-fpm answers by itself before a script runs: init_request_info() and php_execute_script() in
 * sapi/fpm/fpm/fpm_main.c.
 */
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Listener } from './deployment.js';
import { type Identity, identity, serviceIdentity } from './identity.js';
import { may, obstacleAbove, ownershipInFiles, ownershipText, READ } from './rights.js';

export interface ScriptRefusal {
  readonly kind: 'unnamed' | 'missing' | 'outside' | 'extension' | 'unreadable' | 'fenced';
  readonly status: 403 | 404;
  readonly why: string;
}

/**
 * Undefined where nothing speaks against it.
 * @param script SCRIPT_FILENAME; `none` where nginx sends none, undefined where that is not known.
 */
export function scriptRefusal(
  { app, pool, unit }: Listener,
  script: string | 'none' | undefined,
  host: HostView,
): ScriptRefusal | undefined {
  if (app?.server !== 'php-fpm' || script === undefined) return undefined;
  const unknown = 'php-fpm answers "File not found.": ';
  if (script === 'none') return { kind: 'unnamed', status: 404, why: `${unknown}SCRIPT_FILENAME names no script` };
  if (!script.startsWith('/')) return undefined;
  const jail = pool?.chroot?.startsWith('/') ? pool.chroot.replace(/\/$/, '') : '';
  const found = scriptAt(hostPath(jail + script), host, jail);
  if (found === undefined) return undefined;
  if (found === 'missing') {
    const why = jail === '' ? `${script} does not exist` : `below ${jail}, its /, there is no ${script}`;
    return { kind: jail === '' ? 'missing' : 'outside', status: 404, why: unknown + why };
  }
  const extensions = pool?.extensions ?? ['.php', '.phar'];
  if (extensions.length > 0 && !extensions.some((it) => found.endsWith(it)))
    return {
      kind: 'extension',
      status: 403,
      why: `php-fpm runs no ${found}, but files that end with ${extensions.join(', ')}`,
    };
  const fence = jail === '' ? basedirAround(found, pool?.values, host) : undefined;
  if (fence !== undefined)
    return { kind: 'fenced', status: 404, why: `${unknown}open_basedir is ${fence}, and the script is ${found}` };
  const who = runsAs(unit, pool, host);
  if (!who) return undefined;
  const obstacle = obstacleAbove(who, found, host);
  if (obstacle)
    return {
      kind: 'unreadable',
      status: 404,
      why: `${unknown}${who.name} may not enter ${obstacle.path} (${ownershipText(obstacle.ownership, host)})`,
    };
  const owner = ownershipInFiles(host, found);
  const verdict = owner && may(who, owner, READ);
  if (verdict !== 'no' && verdict !== 'likely-no') return undefined;
  return {
    kind: 'unreadable',
    status: 403,
    why: `php-fpm answers "Access denied.": ${who.name} may not read ${found} (${ownershipText(owner!, host)})`,
  };
}

/**
 * `open_basedir` of the pool where the script lies in none of its folders; undefined where it may. Folders, whether or not
 * a slash ends them, and links followed on both sides: php_check_specific_open_basedir() in main/fopen_wrappers.c.
 */
function basedirAround(
  script: HostPath,
  values: ReadonlyMap<string, string> | undefined,
  host: HostView,
): string | undefined {
  const written = values?.get('php_admin_value[open_basedir]') ?? values?.get('php_value[open_basedir]');
  if (!written || written === 'none') return undefined;
  const there = host.stat(script);
  if (!there.known || !there.value) return undefined;
  const { real } = there.value;
  for (const folder of written.split(':')) {
    // What is relative starts from the folder of the script, and variables of php.ini are the environment's.
    if (!folder.startsWith('/') || folder.includes('$')) return undefined;
    const at = host.stat(hostPath(folder));
    // Folders that every machine has are no links to sites.
    if (!at.known && !/^\/(?:tmp|var\/tmp|usr|var\/lib|proc|dev)(?:\/|$)/.test(folder)) return undefined;
    const fence = ((at.known && at.value?.real) || hostPath(folder)).replace(/\/$/, '');
    if (real === fence || real.startsWith(`${fence}/`)) return undefined;
  }
  return written;
}

/** The pages of a pool that no script makes: fpm_status_handle_request() in sapi/fpm/fpm/fpm_status.c. */
export function poolPage(
  { pool }: Listener,
  script: string | 'none' | undefined,
  name: string | undefined,
): { readonly status: 200; readonly why: string } | undefined {
  if (name === undefined || script === 'none') return undefined;
  const by = ['ping.path', 'pm.status_path'].find((it) => pool?.values.get(it) === name);
  return by === undefined ? undefined : { status: 200, why: `php-fpm itself answers at ${name} (${by})` };
}

/** What follows the script in its path is path info, so the nearest file above counts. */
function scriptAt(script: HostPath, host: HostView, jail: string): HostPath | 'missing' | undefined {
  for (let path = script; path !== '/' && path !== jail; path = directoryOf(path)) {
    const there = host.stat(path);
    // nginx's sample has /scripts, which no machine has, and packages keep no script in nginx's own html; a copy of a
    // machine does not say so.
    if (!there.known) return /^\/(?:scripts|usr\/share\/nginx\/html)\//.test(script) ? 'missing' : undefined;
    if (!there.value) continue;
    return there.value.kind === 'file' ? path : 'missing';
  }
  return 'missing';
}

/** A pool's own user, which only root can become. */
function runsAs(unit: Listener['unit'], pool: Listener['pool'], host: HostView): Identity | undefined {
  const master = serviceIdentity(unit, host);
  if (master?.user !== 0) return master;
  return pool?.user === undefined ? undefined : identity(host, pool.user, pool.group, [], true);
}
