import type { Place } from '../../base/place.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { NameTable } from '../../nginx/nameTable.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

interface Named {
  readonly text: string;
  readonly at: Place;
  readonly server: ServerNames;
}

interface Own {
  readonly names: readonly Named[];
  /** Its last name is an expression that keeps what it catches. */
  readonly captures: boolean;
  readonly addresses: readonly string[];
  /** What its names cover, without asterisks and dots at the ends: names that are at odds have it in common. */
  readonly keys: readonly string[];
}

/** Of each server, while it says the same: a change of one name compares them all. */
const owns = new WeakMap<ServerNames, Own>();

function ownOf(server: ServerNames): Own {
  let own = owns.get(server);
  if (!own) {
    const names: Named[] = server.names.flatMap((it) =>
      it.args.map((text, i) => ({ text, at: placeOfArg(it, i + 1), server })),
    );
    if (names.length === 0) names.push({ text: '', at: placeOfArg(server.server, 0), server });
    const last = names.findLast(({ text }) => text.startsWith('~'));
    own = {
      names,
      captures: last !== undefined && captures(last.text),
      addresses: addressesOf(server.listens),
      keys: names.flatMap(({ text }) => (isOpen(text) ? [] : text.toLowerCase().replace(/^(?:\*?\.)|(?:\.\*)$/g, ''))),
    };
    owns.set(server, own);
  }
  return own;
}

export default defineRule({
  id: 'nginx/conflicting-server-name',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['names', 'listens'], meetsBy: (it) => ownOf(it).keys },
  messages: {
    conflict: 'nginx ignores this name on {address}: a server before it answers there for "{name}".',
    twice: 'nginx ignores this: the server has the name "{name}" already.',
    refused:
      'nginx will not start: "{name}" is no name that it can compare. An asterisk stands for the first or the last label, and no label is empty.',
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

  check({ servers, addresses: count }, report) {
    const tables = new Map<string, NameTable<Named>>();
    for (const server of servers) {
      const own = ownOf(server);
      const told = new Set<Named>();
      const isCompared = (address: string) => count.get(address) !== 1 || own.captures;
      // Of a server that is alone on its address nginx does not compare the names: those addresses come last.
      const compared = own.addresses.filter(isCompared);
      const addresses =
        compared.length === own.addresses.length
          ? compared
          : [...compared, ...own.addresses.filter((it) => !isCompared(it))];
      for (const address of addresses) {
        let table = tables.get(address);
        if (!table) tables.set(address, (table = new NameTable()));
        for (const name of own.names) {
          const { text, at } = name;
          if (isOpen(text)) continue;
          const added = table.add(text, name);
          if (added.is === 'new' || told.has(name)) continue;
          const alone = !isCompared(address);
          if (added.is === 'refused') {
            if (!alone) report({ at, say: 'refused', severity: 'error', with: { name: text } });
            if (!alone) told.add(name);
            continue;
          }
          told.add(name);
          const { before } = added;
          const related = [{ at: before.at, text: 'the one that counts' }];
          const severity = alone ? ('hint' as const) : ('warning' as const);
          if (before.server === server) report({ at, say: 'twice', severity, with: { name: before.text }, related });
          else if (server.names.length === 0) report({ at, say: 'nameless', with: { address }, related });
          else report({ at, say: 'conflict', with: { address, name: before.text }, related });
        }
      }
    }
  },
});

/** Whether an expression has a group that keeps what it catches. */
function captures(pattern: string): boolean {
  return /(?<!\\)\((?!\?(?!P?<\w|'))/.test(pattern);
}

/** Expressions are tried one by one, $hostname is the machine's, and templates are filled in later. */
function isOpen(name: string): boolean {
  return name.startsWith('~') || name.includes('$') || isTemplated(name);
}
