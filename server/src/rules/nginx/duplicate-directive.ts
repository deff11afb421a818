import { directiveIn, type NginxDirective } from '../../catalog/nginx.js';
import { listenAddress } from '../../nginx/listenAddress.js';
import { type Item, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/duplicate-directive',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    duplicate: '"{name}" stands here a second time, and nginx takes it once in a block. nginx will not start.',
    rootAndAlias: '"{name}" cannot stand beside "{other}" in one location. nginx will not start.',
    off: '"{name} off" stands alone in its block: nginx takes neither "off" beside another {name} nor another one beside "off", and will not start.',
    afterMap:
      '"{name}" stands below a map, for which nginx has used the default already. nginx will not start: it must stand above the first map.',
    sameListen: 'This server listens on {value} twice. nginx will not start.',
  },
  docs: {
    summary: 'A directive for the second time in a block that takes it once.',
    why: 'nginx -t fails with `directive is duplicate`, and a reload keeps the old configuration. nginx does not let the last one win.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    root /srv/other;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location /other/ {
        root /srv;
    }
}
`,
    sources: ['ngx_conf_set_str_slot() and its like in src/core/ngx_conf_file.c'],
  },

  check({ items, context }, report) {
    if (context === 'data' || context === 'unknown') return;
    const first = new Map<string, Item>();
    for (const item of items) {
      if (!item.isDirective || item.words.length === 0) continue;
      const { name } = item;
      const entry = directiveIn(name, context);
      if (!entry || entry.block !== (item.kind !== 'simple')) continue;
      const listens = name === 'listen' && item.words.length > 1;
      const zone = zoneOf(item);
      const beside = besideOff(first, item);
      if (beside) {
        const related = [{ at: placeOfHead(beside), text: 'the first one' }];
        report({ at: placeOfHead(item), related, say: beside.name === name ? 'off' : 'afterMap', with: { name } });
        continue;
      }
      // A phase has one piece of Lua, whichever way it is written.
      const base =
        name === 'alias' ? 'root' : name.includes('_by_lua') ? name.replace(/(_by_lua)(?:_block|_file)$/, '$1') : name;
      const key = listens ? `listen ${listenAddress(item.args)}` : zone === undefined ? base : `${name} ${zone}`;
      if (!listens && zone === undefined && !takesOnce(entry)) continue;
      const before = first.get(key);
      if (!before) first.set(key, item);
      else {
        const at = placeOfHead(item);
        const related = [{ at: placeOfHead(before), text: 'the first one' }];
        if (before.name !== name && base === 'root')
          report({ at, related, say: 'rootAndAlias', with: { name, other: before.name } });
        else if (listens) report({ at, related, say: 'sameListen', with: { value: item.args[0]! } });
        else report({ at, related, say: 'duplicate', with: { name } });
      }
    }
  },
});

/**
 * What nginx has seen before that forbids this one: `off` and its like of the directives that may stand several times
 * otherwise, as in ngx_http_proxy_redirect(), and maps, as in ngx_http_map_block().
 */
function besideOff(first: Map<string, Item>, item: Item): Item | undefined {
  const { name, args } = item;
  if (name === 'map') {
    if (!first.has('map')) first.set('map', item);
    return undefined;
  }
  if (name === 'map_hash_bucket_size' || name === 'map_hash_max_size') return first.get('map');
  if (!/^proxy_(?:redirect|cookie_(?:domain|path|flags))$/.test(name)) return undefined;
  const before = first.get(name);
  if (!before) first.set(name, item);
  const isOff = (args.length === 1 && args[0] === 'off') || (before?.args.length === 1 && before.args[0] === 'off');
  return before && isOff ? before : undefined;
}

/** Directives that modules of others take once, asked of the binaries that Debian ships; the catalog does not tell. */
const ONCE =
  /^(?:(?!set_)\w+_by_lua(?:_block|_file)?|lua_(?:code_cache|regex_match_limit|regex_cache_max_entries|package_c?path)|memc_pass|auth_pam|auth_pam_service_name|dav_ext_lock|fancyindex_header|modsecurity|srcache_(?:fetch|store)(?:_skip)?|brotli_window|js_content|nchan_(?:channel_group|max_reserved_memory|shared_memory_size))$/;

function takesOnce({ name, duplicate, thirdParty, type }: NginxDirective): boolean {
  return thirdParty
    ? ONCE.test(name) || (duplicate === 'error' && type !== undefined)
    : duplicate === 'error' || ONCE.test(name);
}

/** Limits may stand several times in a block, once for each zone. */
function zoneOf({ name, args }: Item): string | undefined {
  if (name === 'limit_conn') return args[0];
  return name === 'limit_req' ? args.find((it) => it.startsWith('zone=')) : undefined;
}
