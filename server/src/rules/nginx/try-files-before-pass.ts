import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/try-files-before-pass',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    refused:
      'nginx will answer {code} for every URI that is no file, before {pass} is asked, and passes on only those that are one. Let try_files end with a named location that has the {pass}.',
  },
  docs: {
    summary: 'try_files ends with an error in the location that passes requests to an app.',
    why: 'try_files is carried out before the request is passed on. The URIs of an app are no files, so that each of them is answered with 404; and files are not served but passed to the app.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        try_files $uri $uri/ =404;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        try_files $uri @app;
    }
    location @app {
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'ngx_http_try_files_handler() in src/http/modules/ngx_http_try_files_module.c',
    ],
  },

  check({ items, context }, report) {
    if (context !== 'location') return;
    const tries = items.find((it) => it.kind === 'simple' && it.name === 'try_files');
    // fastcgi_pass is left out: scripts are files.
    const pass = items.find((it): it is Item => it.kind === 'simple' && /^(?:proxy|uwsgi|grpc)_pass$/.test(it.name));
    if (!tries || !pass) return;
    const { args } = tries;
    const last = args[args.length - 1]!;
    if (!/^=[45]\d\d$/.test(last) || !args.slice(0, -1).every((it) => /^\$uri(?:\/|\/?index\.html|\.html)?$/.test(it)))
      return;
    report({
      at: placeOfArg(tries, args.length),
      say: 'refused',
      with: { code: last.slice(1), pass: pass.name },
      related: [{ at: placeOfHead(pass), text: 'asked only for what is a file' }],
    });
  },
});
