import type { Fix } from '../../base/fix.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { indentOf, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/params-missing',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['uwsgi_pass', 'scgi_pass'],
  messages: {
    none: 'The program is told neither path nor method of the request: no {param} is in force here. Add "include {file};".',
    replaced:
      'The program is told neither path nor method of the request: the {param} lines here replace all those further out. Add "include {file};" beside them.',
  },
  docs: {
    summary: 'A program is asked by the uwsgi or SCGI protocol and told nothing of the request.',
    why: 'HTTP carries method and path by itself; uwsgi and SCGI carry what the parameters name. Without them a WSGI app finds no PATH_INFO and no REQUEST_METHOD, and answers 500 or its front page to everything.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        uwsgi_pass unix:/run/app.sock;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        uwsgi_param REQUEST_METHOD $request_method;
        uwsgi_param PATH_INFO $document_uri;
        uwsgi_pass unix:/run/app.sock;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html#uwsgi_param',
      'ngx_http_uwsgi_create_request() in src/http/modules/ngx_http_uwsgi_module.c',
    ],
  },

  check({ server }, report) {
    for (const pass of passesIn(server)) {
      const protocol = /^(uwsgi|scgi)_pass$/.exec(pass.name)?.[1];
      if (protocol === undefined) continue;
      const param = `${protocol}_param`;
      const { directives, certain, replaced } = inForce(pass.within, param);
      // A file that cannot be read may tell it.
      if (!certain || !pass.within.complete || directives.some((it) => TELLS.test(it.args[0] ?? ''))) continue;
      const known = { param, file: `${param}s` };
      const place = { at: placeOfArg(pass.item, 0), fixes: [fixFor(pass, known.file)] };
      const further = replaced.find((it) => TELLS.test(it.args[0] ?? ''));
      if (directives.length > 0 && further)
        report({
          ...place,
          say: 'replaced',
          with: known,
          related: [{ at: placeOfHead(further.item), text: 'replaced' }],
        });
      else if (directives.length === 0) report({ ...place, say: 'none', with: known });
    }
  },
});

/** What an app cannot do without. */
const TELLS = /^(?:REQUEST_METHOD|PATH_INFO|REQUEST_URI|DOCUMENT_URI|SCRIPT_NAME)$/;

function fixFor({ item }: Directive, file: string): Fix {
  const head = placeOfHead(item);
  const edits = [{ at: { ...head, end: head.start }, text: `include ${file};\n${indentOf(item)}` }];
  return { title: `Include ${file}`, applicability: 'suggested', edits };
}
