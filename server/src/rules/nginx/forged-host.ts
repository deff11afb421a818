import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/forged-host',
  severity: 'hint',
  confidence: 'likely',
  audience: 'pedantic',
  sees: 'directive',
  messages: {
    header:
      'The app gets the Host header as the client wrote it, even where the request line names another host. $host is the name by which nginx chose the server.',
  },
  docs: {
    summary: 'The Host header of the client is passed on unchecked.',
    why: 'For "GET http://app.example/ HTTP/1.1" with "Host: evil.example" nginx chooses the server of app.example and $http_host is evil.example: links in mails and caches may carry it. $http_host is needed where the app must see a port.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_set_header Host $http_host;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host',
      'ngx_http_process_host() in src/http/ngx_http_request.c',
    ],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || !/^(?:proxy|grpc)_set_header$/.test(directive.name)) return;
    const { args } = directive;
    if (args.length !== 2 || !/^(?:host|x-forwarded-host)$/i.test(args[0]!) || !/^\$\{?http_host\}?$/.test(args[1]!))
      return;
    const at = placeOfArg(directive, 2);
    report({
      at,
      say: 'header',
      fixes: [{ title: 'Change to $host', applicability: 'suggested', edits: [{ at, text: '$host' }] }],
    });
  },
});
