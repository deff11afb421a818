import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationAround } from '../../nginx/effective/files.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/variable-drops-path',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    dropped:
      'Every request below {prefix} asks the program for "{uri}" and nothing more, without its own path and query: with a variable in the address nginx replaces no prefix. Leave the URI out, or end with $request_uri.',
  },
  docs: {
    summary: 'proxy_pass with a variable and a fixed URI, which all requests get.',
    why: 'Without variables the URI of proxy_pass takes the place of the prefix of the location. With one, nginx asks for the URI as it stands and leaves out the rest of the path, and the query.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /api/ {
        set $backend 127.0.0.1:8000;
        proxy_pass http://$backend/v1/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /api/ {
        set $backend 127.0.0.1:8000;
        rewrite ^/api/(.*)$ /v1/$1 break;
        proxy_pass http://$backend;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'ngx_http_proxy_eval() and ngx_http_proxy_create_request() in src/http/modules/ngx_http_proxy_module.c',
    ],
  },

  check({ server }, report) {
    for (const pass of passesIn(server)) {
      const written = pass.args[0] ?? '';
      if (pass.name !== 'proxy_pass' || !written.includes('$') || isTemplated(written)) continue;
      const location = locationAround(pass.within);
      const match = location && locationMatch(location.args);
      if (!match || (match.kind !== 'prefix' && match.kind !== 'noRegex')) continue;
      const set = setFor(written, pass);
      const uri = uriOf(set?.args[1] ?? written);
      // What has no slash at either end may well be one page.
      if (uri === undefined || !(match.text.endsWith('/') || uri.endsWith('/'))) continue;
      const related = set ? [{ at: placeOfHead(set.item), text: 'the address with its URI' }] : [];
      report({ at: placeOfArg(pass.item, 1), say: 'dropped', with: { prefix: match.text, uri }, related });
    }
  },
});

/** The `set` of a variable that is the whole address, where one line alone gives it a value. */
function setFor(written: string, pass: Directive): Directive | undefined {
  const name = /^\$\{?(\w+)\}?$/.exec(written)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  let server: Block = pass.within;
  while (server.parent && server.context !== 'server') server = server.parent;
  const all = setsIn(server).filter((it) => it.args[0]?.toLowerCase() === `$${name}`);
  return all.length === 1 ? all[0] : undefined;
}

function setsIn(block: Block): Directive[] {
  return block.directives.flatMap((it) => (it.name === 'set' ? [it] : it.body ? setsIn(it.body) : []));
}

/** The path of an address, where it is the same for all requests. */
function uriOf(address: string): string | undefined {
  return /^(?:https?:\/\/|\$\{?scheme\}?:\/\/)(?:unix:[^:/]*(?:\/[^:]*)*:|[^/]+)(\/[^$]*)$/i.exec(address)?.[1];
}
