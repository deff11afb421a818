import type { Sent } from '../../nginx/effective/sends.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/circular-redirect',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['sends', 'names', 'listens'], concerns: (it) => it.sends.length > 0 },
  messages: {
    circle:
      'Browsers give up with too many redirects: a request for {from} is sent to {to} here, and from there it comes back.',
  },
  docs: {
    summary: 'Two servers that send clients to each other.',
    why: 'One server sends www.example.com to example.com, another one the other way round; or one sends to https and the other one back to http. Each line alone is right, so decide for one of them.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    listen 80;
    server_name www.example.com;
    return 301 http://example.com$request_uri;
}
server {
    listen 80;
    server_name example.com;
    return 301 http://www.example.com$request_uri;
}
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    listen 80;
    server_name www.example.com;
    return 301 http://example.com$request_uri;
}
server {
    listen 80;
    server_name example.com;
    root /srv/site;
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#return'],
  },

  check({ servers }, report) {
    const wanted = new Set(servers.flatMap((it) => it.sends.map(({ from }) => from)));
    if (wanted.size === 0) return;
    const sends = new Map<string, Sent>();
    const owners = ownersOf(servers, wanted);
    // Of two servers with one name the first answers.
    for (const it of servers)
      for (const sent of it.sends)
        if (owners.get(sent.from) === it && !sends.has(sent.from)) sends.set(sent.from, sent);
    const told = new Set<string>();
    for (const first of sends.values()) {
      const circle = [first];
      for (let next = sends.get(first.to); next && circle.length < LONGEST; next = sends.get(next.to)) {
        if (next === first) break;
        circle.push(next);
      }
      const last = circle[circle.length - 1]!;
      if (last.to !== first.from || circle.length < 2 || circle.some((it) => told.has(it.from))) continue;
      for (const it of circle) told.add(it.from);
      const related = circle.slice(1).map((it) => ({ at: placeOfHead(it.by), text: `sends ${it.from} to ${it.to}` }));
      report({ at: placeOfHead(first.by), say: 'circle', with: { from: first.from, to: first.to }, related });
    }
  },
});

/** Names that send each other round are few. */
const LONGEST = 6;

/** Who answers for the wanted names on the usual ports. */
function ownersOf(servers: readonly ServerNames[], wanted: ReadonlySet<string>): ReadonlyMap<string, ServerNames> {
  const owners = new Map<string, ServerNames>();
  for (const it of servers) {
    const addresses = addressesOf(it.listens);
    for (const name of it.names.flatMap((one) => one.args))
      for (const [scheme, port] of [
        ['http', '80'],
        ['https', '443'],
      ]) {
        const from = `${scheme}://${name.toLowerCase()}`;
        if (wanted.has(from) && !owners.has(from) && addresses.some((one) => one.endsWith(`:${port}`)))
          owners.set(from, it);
      }
  }
  return owners;
}
