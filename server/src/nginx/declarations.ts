/**
 * What nginx takes once in the whole configuration, wherever it stands: upstreams, log formats, zones of shared memory,
 * cache folders, variables, default servers. Gathered piece by piece, judged as a whole.
 */
import type { Place } from '../base/place.js';
import { directiveIn } from '../catalog/nginx.js';
import { type Item, placeOfArg, placeOfHead } from '../syntax/nginxSyntax.js';
import type { Family } from './family.js';
import { isDefaultServer, listenAddress, setsSocketOptions } from './listenAddress.js';
import { isTemplated } from './values.js';

export type DeclarationKind =
  | 'upstream'
  | 'logFormat'
  | 'zone'
  | 'pool'
  | 'folder'
  | 'defaultServer'
  | 'listenOptions'
  | 'address'
  | 'once';

/** One thing that is declared. Two with the same `key` are at odds; of what kind they are, `kind` says. */
export interface Declaration {
  readonly kind: DeclarationKind;
  readonly key: string;
  /** As a reader knows it. */
  readonly name: string;
  readonly at: Place;
  readonly directive: string;
}

/** The addresses of a server of mail, which no other one may have: ngx_mail_core_listen(). */
export function declarationsOfMail(server: Item): Declaration[] {
  if (server.name !== 'server' || !server.children) return [];
  return server.children
    .filter((it) => it.kind === 'simple' && it.name === 'listen' && it.words.length > 1 && !it.args.some(isTemplated))
    .map((it) => ({
      kind: 'address',
      key: `address mail ${listenAddress(it.args)}`,
      name: it.args[0]!,
      at: placeOfHead(it),
      directive: 'listen',
    }));
}

/** Folders in which applications of rtmp keep their pieces: each has its own cleaner, and ngx_add_path() takes a folder once. */
export function declarationsOfRtmp(item: Item): Declaration[] {
  const [path] = item.args;
  if (!path || !/^(?:hls|dash)_path$/.test(item.name) || isTemplated(path)) return [];
  const key = `folder http ${withoutSlash(path)}`;
  return [{ kind: 'folder', key, name: path, at: placeOfArg(item, 1), directive: item.name }];
}

/** What a directive of http or stream declares. */
export function declarationsOf(item: Item, family: Family): Declaration[] {
  const { name, args } = item;
  const found: Declaration[] = [];
  const declare = (kind: DeclarationKind, what: string | undefined, arg: number, key = what): void => {
    if (what === undefined || what === '' || isTemplated(what)) return;
    found.push({ kind, key: `${kind} ${family} ${key}`, name: what, at: placeOfArg(item, arg), directive: name });
  };
  const zoneAt = args.findIndex((it) => it.startsWith('zone='));
  switch (name) {
    case 'server':
      if (item.children) return declarationsOfServer(item, family);
      break;
    case 'upstream':
      // ngx_http_upstream() compares without case.
      if (item.children) declare('upstream', args[0], 1, args[0]?.toLowerCase());
      break;
    case 'log_format':
      declare('logFormat', args[0], 1);
      break;
    case 'thread_pool':
      declare('pool', args[0], 1);
      break;
    case 'lua_shared_dict':
    case 'upload_progress':
      declare('zone', args[0], 1);
      break;
    case 'limit_req_zone':
    case 'limit_conn_zone':
      if (zoneAt >= 0) declare('zone', args[zoneAt]!.slice('zone='.length).split(':')[0], zoneAt + 1);
      break;
    default:
      if (isOnce(item, family))
        found.push({ kind: 'once', key: `once ${family} ${name}`, name, at: placeOfHead(item), directive: name });
      if (/^(?:proxy|fastcgi|uwsgi|scgi)_cache_path$/.test(name)) {
        declare('folder', withoutSlash(args[0]), 1);
        const at = args.findIndex((it) => it.startsWith('keys_zone='));
        const zone = at < 0 ? undefined : args[at]!.slice('keys_zone='.length).split(':')[0];
        if (zone) declare('zone', zone, at + 1);
      }
  }
  return found;
}

/** nginx refuses a second one in http or stream, in whichever file: `directive is duplicate`. */
function isOnce({ name, kind }: Item, family: Family): boolean {
  if (kind !== 'simple' || name === 'limit_conn' || name === 'limit_req') return false;
  const entry = directiveIn(name, family);
  return entry?.duplicate === 'error' && !entry.block && !entry.thirdParty;
}

const withoutSlash = (path: string | undefined) => path?.replace(/\/$/, '');

/** What a server declares for its addresses: that it is their default, their socket's options. */
function declarationsOfServer(server: Item, family: Family): Declaration[] {
  const found: Declaration[] = [];
  const listens = (server.children ?? []).filter(
    (it) => it.kind === 'simple' && it.name === 'listen' && it.words.length > 1 && !it.args.some(isTemplated),
  );
  for (const listen of listens) {
    const { args } = listen;
    const address = listenAddress(args);
    const at = placeOfHead(listen);
    const common = { name: args[0]!, at, directive: 'listen' };
    if (isDefaultServer(args)) found.push({ kind: 'defaultServer', key: `default ${family} ${address}`, ...common });
    if (setsSocketOptions(args)) found.push({ kind: 'listenOptions', key: `options ${family} ${address}`, ...common });
  }
  return found;
}
