import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { httpBlock } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-resolver',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    none: 'nginx will answer 502: with a variable in {directive} it looks up {host} for each request, and no resolver is set. Set a resolver, or make an upstream of this name.',
  },
  docs: {
    summary: 'A name is to be looked up for each request, and no resolver says where.',
    why: 'Without variables nginx looks names up when it starts, as every program does. With one it needs a `resolver`, even for localhost, and answers 502 with `no resolver defined to resolve ...` in its log.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://app.internal.example$request_uri;
        }
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    resolver 127.0.0.53;
    server {
        location / {
            proxy_pass http://app.internal.example$request_uri;
        }
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'ngx_http_upstream_init_request() in src/http/ngx_http_upstream.c',
    ],
  },

  check({ server }, report) {
    let upstreams: ReadonlySet<string | undefined> | undefined;
    for (const pass of passesIn(server)) {
      const value = pass.args[0]!;
      const host = hostOf(value, pass.within);
      if (host === undefined) continue;
      upstreams ??= upstreamsAround(server);
      if (!upstreams) return;
      if (upstreams.has(host)) continue;
      const resolver = inForce(pass.within, 'resolver');
      if (!resolver.certain || resolver.directives.length > 0) continue;
      report({ at: placeOfArg(pass.item, 1), say: 'none', with: { directive: pass.name, host } });
    }
  },
});

function* passesIn(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    const value = it.args[0] ?? '';
    if (/^(?:proxy|grpc)_pass$/.test(it.name) && value.includes('$') && !isTemplated(value)) yield it;
    if (it.body) yield* passesIn(it.body);
  }
}

/** The name that will be looked up, in lower case; undefined for addresses and for what is not known. */
function hostOf(value: string, block: Block): string | undefined {
  const whole = /^\$\w+$/.exec(value)?.[0];
  if (whole !== undefined) {
    const target = setValue(whole, block);
    return target === undefined || target.includes('$') ? undefined : hostOf(target, block);
  }
  const name = /^[a-z]+:\/\/(\$?[A-Za-z0-9_.-]+?)(?::\d+)?(?=\/|\$|$)/.exec(value)?.[1];
  if (name === undefined) return undefined;
  const host = name.startsWith('$') ? literalOf(name, block) : name;
  if (host === undefined || /^[0-9.]+$|^unix$/.test(host)) return undefined;
  return host.toLowerCase();
}

/** What the one `set` of a variable in this very block gives it. */
function setValue(variable: string, block: Block): string | undefined {
  const sets = block.directives.filter((it) => it.name === 'set' && it.args[0] === variable);
  return sets.length === 1 ? sets[0]!.args[1] : undefined;
}

/** The one literal that a variable is set to in this very block. */
function literalOf(variable: string, block: Block): string | undefined {
  const value = setValue(variable, block);
  return value === undefined ? undefined : /^([A-Za-z0-9_.-]+)(?::\d+)?$/.exec(value)?.[1];
}

/** The names of all upstreams; undefined where one may stand in what is not known, and so may the resolver. */
function upstreamsAround(server: Block): ReadonlySet<string | undefined> | undefined {
  let top: Block = server;
  while (top.parent) top = top.parent;
  const http = httpBlock(top);
  if (!http?.complete || top.context !== 'main') return undefined;
  return new Set(http.all('upstream').map((it) => it.args[0]?.toLowerCase()));
}
