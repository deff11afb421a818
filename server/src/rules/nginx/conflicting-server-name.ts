import type { Place } from '../../base/place.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { listenAddress } from '../../nginx/listenAddress.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

interface Named {
  readonly at: Place;
  readonly server: number;
}

export default defineRule({
  id: 'nginx/conflicting-server-name',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  messages: {
    conflict: 'nginx ignores this name on {address}: a server before it answers for "{name}" there.',
    twice: 'nginx ignores this: the server has the name "{name}" already.',
    nameless:
      'On {address} another server before this one has no name either. nginx ignores this one for requests without a Host that it knows.',
  },
  docs: {
    summary: 'Two servers on one address have the same name.',
    why: 'nginx starts, warns `conflicting server name ... ignored`, and the first server in its order answers. Whatever the second one says is never used for this name.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
}
server {
    listen 80;
    server_name example.com www.example.com;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
}
server {
    listen 443;
    server_name example.com;
}
`,
    sources: ['ngx_http_server_names() in src/http/ngx_http.c', 'ngx_hash_add_key() in src/core/ngx_hash.c'],
  },

  check({ servers }, report) {
    const taken = new Map<string, Named>();
    const told = new Set<Place['node']>();
    servers.forEach(({ listens, names, server }, index) => {
      const own: { text: string; at: Place }[] = names.flatMap((it) =>
        it.args.map((text, i) => ({ text, at: placeOfArg(it.item, i + 1) })),
      );
      if (own.length === 0) own.push({ text: '', at: placeOfArg(server.item, 0) });
      const addresses = addressesOf(listens);
      for (const { text, at } of own) {
        const key = hashKey(text);
        if (key === undefined) continue;
        let first: { before: Named; address: string } | undefined;
        for (const address of addresses) {
          const before = taken.get(`${address} ${key}`);
          if (before) first ??= { before, address };
          else taken.set(`${address} ${key}`, { at, server: index });
        }
        if (!first) continue;
        const { before, address } = first;
        const related = [{ at: before.at, text: 'the one that counts' }];
        if (text === '' && names.length === 0) {
          if (!told.has(server.item)) report({ at, say: 'nameless', with: { address }, related });
          told.add(server.item);
        } else if (before.server === index) report({ at, say: 'twice', with: { name: text }, related });
        else report({ at, say: 'conflict', with: { address, name: text }, related });
      }
    });
  },
});

/** As root nginx listens on port 80 when nothing is said. */
function addressesOf(listens: readonly Directive[]): readonly string[] {
  if (listens.length === 0) return ['*:80'];
  return [
    ...new Set(listens.flatMap((it) => (it.args[0] && !isTemplated(it.args[0]) ? [listenAddress(it.args[0])] : []))),
  ];
}

/** Names with the same key are one to nginx; expressions are tried one by one, and $hostname is the machine's. */
function hashKey(name: string): string | undefined {
  if (name.startsWith('~') || name.includes('$') || isTemplated(name)) return undefined;
  // `.example.com` stands for example.com and *.example.com; only with its like it is compared here.
  return name.toLowerCase();
}
