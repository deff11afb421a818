import type { Fix } from '../../base/fix.js';
import { openFilesOf } from '../../deployment/openFiles.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/nginx-connections-exceed-limit',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    own: 'A worker of nginx gets to {files} open files and not to {connections} connections: each takes one, and two where nginx asks an app. Beyond that clients wait and the log says "Too many open files".',
    unit: 'A worker of nginx gets to {files} open files ({why}) and not to {connections} connections: each takes one, and two where nginx asks an app. Set worker_rlimit_nofile, or LimitNOFILE= in nginx.service.',
  },
  docs: {
    summary: 'nginx is promised more connections than it may have files open.',
    why: 'A connection is an open file, and so is the connection to the app behind it. nginx warns at its start ("worker_connections exceed open file resource limit"), and under load accept() and socket() fail with "Too many open files": clients wait or get 500 and 502.',
    bad: `-- etc/nginx/nginx.conf --
worker_rlimit_nofile 1024;
events {
    worker_connections 4096;
}
`,
    good: `-- etc/nginx/nginx.conf --
worker_rlimit_nofile 8192;
events {
    worker_connections 4096;
}
`,
    sources: [
      'ngx_event_module_init() in src/event/ngx_event.c',
      'https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile',
      'systemd.exec(5), LimitNOFILE=',
    ],
  },

  check({ limits, services }, report) {
    const connections = limits.find((it) => it.directive === 'worker_connections');
    const files = limits.find((it) => it.directive === 'worker_rlimit_nofile');
    const wanted = numberOf(connections?.value);
    if (!connections || wanted === undefined) return;
    const enough = String(wanted * 2);
    if (files) {
      const most = numberOf(files.value);
      if (most === undefined || most >= wanted) return;
      const fixes: Fix[] = [
        { title: `Allow ${enough} open files`, applicability: 'suggested', edits: [{ at: files.at, text: enough }] },
        {
          title: `Promise ${Math.floor(most / 2)} connections`,
          applicability: 'suggested',
          edits: [{ at: connections.at, text: String(Math.floor(most / 2)) }],
        },
      ];
      const related = [{ at: files.at, text: 'the limit' }];
      report({ at: connections.at, say: 'own', with: { files: most, connections: wanted }, related, fixes });
      return;
    }
    const unit = services.get('nginx.service');
    const given = unit && openFilesOf(unit);
    if (!given || given.most >= wanted) return;
    const why = given.at ? 'LimitNOFILE= of nginx.service' : "systemd's default for a service";
    report({
      at: connections.at,
      say: 'unit',
      with: { files: given.most, connections: wanted, why },
      related: given.at ? [{ at: given.at, text: 'the limit' }] : [],
      fixes: given.at
        ? [{ title: `Set LimitNOFILE=${enough}`, applicability: 'suggested', edits: [{ at: given.at, text: enough }] }]
        : [],
    });
  },
});

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
