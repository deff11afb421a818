import { addressText, isThisMachine } from '../../base/address.js';
import { type ComposePort, composePorts, isPublished } from '../../deployment/composePorts.js';
import type { Deployment } from '../../deployment/deployment.js';
import { probableListener } from '../../deployment/probableListeners.js';
import { Surroundings } from '../../deployment/surroundings.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/port-not-published',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    elsewhere:
      'nginx will answer 502: {target} is the port of {service} inside its container. {file} publishes it as {published}, and nothing else listens on {address}.',
    exposed:
      'nginx will answer 502: nothing listens on {address}. {file} only exposes {target} of {service} to other containers; ports: "{address}:{target}" would publish it.',
  },
  docs: {
    summary: "nginx asks for a container's port that is not published, or published by another number.",
    why: 'A container has a network of its own. nginx on the host reaches what `ports` publishes, by the number before the colon; `expose` and the number behind the colon count between containers only. Looks at the compose files in / and in the folders of /opt, /srv, /root, /home and /var/www, where no unit of the tree listens on the port.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:3000;
    }
}
-- opt/app/compose.yml --
services:
  web:
    image: example/web
    ports:
      - "127.0.0.1:8085:3000"
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8085;
    }
}
-- opt/app/compose.yml --
services:
  web:
    image: example/web
    ports:
      - "127.0.0.1:8085:3000"
`,
    sources: ['https://docs.docker.com/reference/compose-file/services/#ports'],
  },

  check(deployment, report) {
    const asked = unanswered(deployment);
    const ports = asked.length > 0 ? composePorts(deployment.host) : [];
    if (ports.length === 0) return;
    for (const { address, at } of asked) {
      if (address.kind !== 'tcp' || isPublished(ports, address)) continue;
      const inside = ports.filter((it) => it.target === address.port);
      const [only, ...more] = inside;
      // Of several containers with the same port nobody knows which is meant.
      if (!only || new Set(more.map((it) => it.service)).size > 1 || openElsewhere(only, inside)) continue;
      if (probableListener(deployment.others, address, deployment.host)) continue;
      const published = inside.find((it) => it.published !== undefined)?.published;
      const known = { address: addressText(address), target: only.target, service: only.service, file: only.file };
      if (published === undefined) report({ at, say: 'exposed', with: known });
      else report({ at, say: 'elsewhere', with: { ...known, published } });
    }
  },
});

const openElsewhere = (first: ComposePort, all: readonly ComposePort[]) =>
  all.some((it) => it.service !== first.service);

/** Connections to this machine that no unit of the tree answers. */
function unanswered(deployment: Deployment) {
  const around = new Surroundings(deployment);
  return deployment.connections.filter(
    ({ address }) => address.kind === 'tcp' && isThisMachine(address.host) && around.listenersFor(address).length === 0,
  );
}
