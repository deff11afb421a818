import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/impossible-server-name',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['server_name'],
  messages: {
    slash: 'No request has this name: a Host is a name without a scheme and a path.',
    port: 'No request has this name: nginx compares the Host without its port. The port belongs to listen.',
    comma: 'No request has this name: names stand apart by spaces, and the comma has become part of it.',
  },
  docs: {
    summary: 'A server_name that no Host can be.',
    why: 'nginx takes the text as it is (of a slash it warns `suspicious symbols`), compares it with the Host of requests in lower case and without its port, and another server answers.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    server_name https://example.com;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    server_name example.com;
}
`,
    sources: [
      'ngx_http_core_server_name() in src/http/ngx_http_core_module.c',
      'ngx_http_validate_host() in src/http/ngx_http_request.c',
    ],
  },

  check({ directive, context }, report) {
    if (directive.name !== 'server_name' || context !== 'server') return;
    directive.args.forEach((text, i) => {
      if (text.startsWith('~') || text.includes('$') || isTemplated(text)) return;
      const at = placeOfArg(directive, i + 1);
      const name = /^(?:https?:\/\/)?([^/:,]+)[/:,]?/.exec(text)?.[1];
      const edits = name && !directive.words[i + 1]!.quote ? [{ at, text: name }] : [];
      const fixes =
        edits.length > 0 ? [{ title: `Change to ${name}`, applicability: 'suggested' as const, edits }] : [];
      if (text.includes('/')) report({ at, say: 'slash', fixes });
      else if (/^[^:[\]]+:\d+$/.test(text)) report({ at, say: 'port', fixes });
      else if (/,$/.test(text)) report({ at, say: 'comma', fixes });
    });
  },
});
