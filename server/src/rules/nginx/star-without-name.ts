import { addressesOf, isDefaultServer } from '../../nginx/listenAddress.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/star-without-name',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: {
    looksAt: ['names', 'listens', 'sends'],
    concerns: (it) => starsOf(it).length > 0,
  },
  messages: {
    bare: 'Requests for {name} itself are answered by another server, the default one of {address}: "*.{name}" stands for what is below it only. Write .{name} for both.',
    sent: 'Clients are sent to {to}, and another server answers there, the default one of {address}: "*.{name}" stands for what is below it only. Write .{name} for both.',
  },
  docs: {
    summary: 'A name with a star, and no server that has the name without it.',
    why: '*.example.com is each name below example.com, and not example.com itself, for which the default server of the address answers. Information only, since the bare name may be served elsewhere; a warning where a redirect leads to it. Silent where the server is the default one itself.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80 default_server;
        return 444;
    }
    server {
        listen 80;
        server_name *.example.com;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80 default_server;
        return 444;
    }
    server {
        listen 80;
        server_name .example.com;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/server_names.html#wildcard_names'],
  },

  check({ servers, complete }, report) {
    if (!complete) return;
    const starred = servers.filter((it) => starsOf(it).length > 0);
    const wanted = new Set(starred.flatMap((it) => addressesOf(it.listens)[0] ?? []));
    const places = starred.length > 0 ? gathered(servers, wanted) : new Map<string, Here>();
    for (const server of starred) {
      const [address = ''] = addressesOf(server.listens);
      const here = places.get(address);
      if (!here || here.chosen === server) continue;
      for (const { name, at } of starsOf(server)) {
        if (answers(here, name)) continue;
        const to = servers.flatMap((it) => it.sends).find((it) => it.to.replace(/^https?:\/\//, '') === name)?.to;
        const fixes = [
          { title: `Change to .${name}`, applicability: 'suggested' as const, edits: [{ at, text: `.${name}` }] },
        ];
        if (to !== undefined) report({ at, say: 'sent', with: { name, address, to }, fixes });
        else report({ at, say: 'bare', severity: 'information', with: { name, address }, fixes });
      }
    }
  },
});

interface Here {
  /** The default server. */
  readonly chosen: ServerNames;
  /** Plain names, and those that begin with a dot or a star, as they are written. */
  readonly names: ReadonlySet<string>;
  /** Expressions, and names that end with a star. */
  readonly open: readonly string[];
}

/** Who answers on these addresses: all servers are walked through once, however many stars there are. */
function gathered(servers: readonly ServerNames[], wanted: ReadonlySet<string>): ReadonlyMap<string, Here> {
  const all = new Map<string, { chosen: ServerNames; names: Set<string>; open: string[] }>();
  for (const server of servers)
    for (const address of addressesOf(server.listens)) {
      if (!wanted.has(address)) continue;
      let here = all.get(address);
      if (!here) all.set(address, (here = { chosen: server, names: new Set(), open: [] }));
      if (server.listens.some((it) => isDefaultServer(it.args) && addressesOf([it]).includes(address)))
        here.chosen = server;
      for (const name of allNames(server))
        if (PLAIN.test(name)) here.names.add(name);
        else if (/^~|[$]|\.\*$/.test(name) || isTemplated(name)) here.open.push(name);
    }
  return all;
}

const PLAIN = /^(?:\*?\.)?[\w-]+(?:\.[\w-]+)*$/;

const allNames = ({ names }: ServerNames): string[] => names.flatMap((it) => it.args).map((it) => it.toLowerCase());

/** The names that stand behind a star, with their places. */
const starsOf = ({ names }: ServerNames) =>
  names.flatMap((it) =>
    it.args.flatMap((text, i) =>
      /^\*\.[\w-]+(?:\.[\w-]+)+$/.test(text) ? [{ name: text.slice(2).toLowerCase(), at: placeOfArg(it, i + 1) }] : [],
    ),
  );

function answers({ names, open }: Here, name: string): boolean {
  if (names.has(name) || names.has(`.${name}`)) return true;
  const labels = name.split('.');
  for (let i = 1; i < labels.length; i++) {
    const above = labels.slice(i).join('.');
    if (names.has(`*.${above}`) || names.has(`.${above}`)) return true;
  }
  return open.some((it) => !it.endsWith('.*') || isTemplated(it) || name.startsWith(it.slice(0, -1)));
}
