import { addressText, nginxAddress } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { needsNameServer } from '../../deployment/hostNames.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/name-without-address',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    unknown:
      'nginx will not start ("host not found in upstream") unless a name server knows {name}: /etc/hosts has no such name, and it is {unit} that listens on port {port}, on {address}.',
    noUpstream:
      'nginx will not start ("host not found in upstream") unless a name server knows {name}: no upstream is called that, and /etc/hosts has no such name.',
  },
  docs: {
    summary: 'nginx connects to a name of a container, and the app is a service of the machine.',
    why: 'In a network of containers each is known by its name. On the machine itself nobody is, and nginx, which looks names up when it loads its configuration, refuses it. Silent where no service listens on that port.',
    bad: `-- etc/hosts --
127.0.0.1 localhost
-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://web:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 app:app
`,
    good: `-- etc/hosts --
127.0.0.1 localhost
-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 app:app
`,
    sources: ['ngx_parse_inet_url() and ngx_inet_resolve_host() in src/core/ngx_inet.c', 'hosts(5)'],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { connection, around } = view;
    const { address, at, text, connector } = connection;
    // With variables the name is looked up for each request.
    if (address.kind !== 'tcp' || connector.text.includes('$') || needsNameServer(address.host, around.host) !== true)
      return;
    const { host: name, port } = address;
    const there = around.listenersFor({ kind: 'tcp', host: '127.0.0.1', port });
    const [listener] = there;
    // A name alone, without a port, is what people call an upstream; the app of this machine waits for somebody.
    const isBare = !connector.target.hasPort && connector.target.name?.toLowerCase() === name;
    if (!listener && isBare && around.waitingApps().length > 0) {
      report({ at, say: 'noUpstream', with: { name } });
      return;
    }
    if (!listener || there.some((it) => it.serves !== 'app')) return;
    const own = nginxAddress(listener.address);
    const edit = text.replace(`${name}:${port}`, own ?? '');
    const fixes: Fix[] =
      own === undefined || edit === text || at.end - at.start !== text.length
        ? []
        : [{ title: `Connect to ${own}`, applicability: 'suggested', edits: [{ at, text: edit }] }];
    const related = [{ at: listener.at, text: `${listener.unit.name.full} listens here` }];
    const known = { name, port, unit: listener.unit.name.full, address: addressText(listener.address) };
    report({ at, say: 'unknown', with: known, related, fixes });
  },
});
