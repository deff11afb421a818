import { EVENTS } from '../../nginx/names.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-events',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'names',
  messages: {
    missing: 'nginx will not start: the configuration has no "events" block. An empty one is enough.',
  },
  docs: {
    summary: 'A configuration without its events block.',
    why: 'nginx -t fails with `no "events" section in configuration`, and names no line. Said only when all included files are known.',
    bad: `-- etc/nginx/nginx.conf --
http {
    server {
        listen 80;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
    }
}
`,
    sources: ['ngx_event_init_conf() in src/event/ngx_event.c'],
  },

  check({ uses, defined, complete }, report) {
    if (!complete || defined.has(EVENTS)) return;
    const first = uses.find((it) => it.kind === 'section');
    if (first) report({ at: first.at, say: 'missing' });
  },
});
