import { addressText } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { joinPath } from '../../base/hostPath.js';
import { isInVain } from '../../deployment/inVain.js';
import { placeOfCommand } from '../../deployment/serviceApp.js';
import { isStarted } from '../../deployment/startOf.js';
import { Surroundings } from '../../deployment/surroundings.js';
import { textOf } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/port-not-set',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    unset:
      'nginx will answer 502: nothing listens on {address}. The script takes its port from {name}, and {unit} does not set that.',
    inFile:
      'nginx will answer 502: nothing listens on {address}. The script takes its port from {name}, and {unit} does not set that: it is in {file}, which nothing reads.',
  },
  docs: {
    summary: 'A script takes its port from a variable that its unit does not set.',
    why: 'Without a port listen() takes one that the kernel chooses, another one at each start; what is no number ends node. A shell or a tool such as dotenv may have set the variable where it was tried; systemd starts with Environment= and EnvironmentFile= only.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:5000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/node server.js
-- srv/app/server.js --
require('http').createServer((q, s) => s.end()).listen(process.env.PORT);
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:5000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=PORT=5000
ExecStart=/usr/bin/node server.js
-- srv/app/server.js --
require('http').createServer((q, s) => s.end()).listen(process.env.PORT);
`,
    sources: [
      'https://nodejs.org/api/net.html#serverlistenport-host-backlog-callback',
      'systemd.exec(5), Environment=',
    ],
  },

  check(deployment, report) {
    const { apps, connections, host } = deployment;
    const waiting = [...apps.values()].filter((it) => it.command.lacksPort !== undefined && isStarted(it.unit));
    if (waiting.length === 0) return;
    const around = new Surroundings(deployment);
    const missed = [...new Map(connections.map((it) => [addressText(it.address), it])).values()].filter((it) =>
      isInVain(it, deployment, around),
    );
    const [asked, ...more] = missed;
    if (!asked) return;
    for (const app of waiting) {
      const { unit, entry } = app;
      const name = app.command.lacksPort!;
      const file = app.workingDirectory && joinPath(app.workingDirectory, '.env');
      const text = file && textOf(file, host);
      const has = text !== undefined && new RegExp(`^\\s*${name}\\s*=`, 'm').test(text);
      const add = (line: string): Fix => ({
        title: line,
        applicability: 'suggested',
        edits: [{ at: { node: entry, start: 0, end: 0 }, text: `${line}\n` }],
      });
      const names = { unit: unit.name.full, name, address: addressText(asked.address) };
      const rest = {
        at: placeOfCommand(app),
        // Of several addresses nobody can say which one it is to be.
        severity: more.length === 0 && waiting.length === 1 ? ('error' as const) : ('warning' as const),
        related: [{ at: asked.at, text: 'nginx connects here' }],
        fixes: [
          ...(has ? [add(`EnvironmentFile=${file}`)] : []),
          ...(asked.address.kind === 'tcp' ? [add(`Environment=${name}=${asked.address.port}`)] : []),
        ],
      };
      if (has) report({ ...rest, say: 'inFile', with: { ...names, file: file! } });
      else report({ ...rest, say: 'unset', with: names });
    }
  },
});
