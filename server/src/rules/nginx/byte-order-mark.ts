import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/byte-order-mark',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'nginxFile',
  messages: {
    mark: 'The file begins with a byte order mark, which nginx takes for part of the first word. nginx will not start.',
  },
  docs: {
    summary: 'A file that begins with a UTF-8 byte order mark.',
    why: 'nginx -t fails with `unknown directive`, and shows a name that looks right. Some Windows editors write the mark.',
    bad: `-- etc/nginx/conf.d/app.conf --
\uFEFFserver {
    listen 80;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
}
`,
    sources: ['ngx_conf_read_token() in src/core/ngx_conf_file.c'],
  },

  check({ faults }, report) {
    const first = faults.find((it) => it.kind === 'bom');
    if (!first) return;
    const at = { node: first, start: 0, end: 1 };
    report({
      at,
      say: 'mark',
      fixes: [{ title: 'Remove the byte order mark', applicability: 'safe', edits: [{ at, text: '' }] }],
    });
  },
});
