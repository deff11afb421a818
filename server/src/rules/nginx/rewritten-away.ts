import type { Fix } from '../../base/fix.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationsOf } from '../../nginx/effective/locations.js';
import { matcher } from '../../nginx/effective/regex.js';
import { routeInServer } from '../../nginx/effective/request.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/rewritten-away',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['rewrite'],
  messages: {
    pass: '{pass} is never asked here: without "break" nginx looks for the location of what rewrite makes, so that {uri} becomes {made} and falls into {location}.',
    slashless:
      'The program is asked for "{made}" when {uri} comes, which has no slash at its start: most programs answer 400. Write a slash before it.',
    slashes:
      'The program is asked for {made} instead of {meant} when {uri} comes: what $1 catches begins with a slash, and there is one before it. To most programs that is another path, and they answer 404.',
  },
  docs: {
    summary: 'A rewrite that takes requests away from the proxy_pass beside it, or that doubles their slash.',
    why: 'rewrite without a flag, and with last, begins the search for a location anew; only break stays in this one. To take a prefix off before proxy_pass it has to be break. And a group that begins with a slash needs none before it: nginx merges slashes of what comes in, not of what a rewrite makes.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location /api/ {
        rewrite ^/api/(.*)$ /$1;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location /api/ {
        rewrite ^/api/(.*)$ /$1 break;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#rewrite',
      'ngx_http_core_post_rewrite_phase() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server }, report) {
    if (!server.hidesNoBlocks) return;
    for (const { block, uris } of passingIn(server)) {
      const pass = block.directives.find((it) => PASSES.test(it.name))!;
      const first = block.directives.find((it) => DECIDES.test(it.name));
      if (first?.name !== 'rewrite' || first.args.some(isTemplated)) continue;
      const [, to = '', flag] = first.args;
      if (flag === 'redirect' || flag === 'permanent' || /^(?:https?:|\$scheme)/.test(to)) continue;
      const made = uris.map((it) => rewritten(first, it));
      const at = placeOfArg(first.item, 2);
      if (flag === 'break') {
        if (made[0] !== undefined && /^\w/.test(made[0]) && /^\$\d/.test(to)) {
          const fixes = [
            { title: `Change to /${to}`, applicability: 'suggested' as const, edits: [{ at, text: `/${to}` }] },
          ];
          report({ at, say: 'slashless', with: { uri: uris[0]!, made: made[0] }, fixes });
          continue;
        }
        const i = made.findIndex((it) => it?.startsWith('//'));
        const uri = made[i];
        if (uri === undefined || pass.name === 'fastcgi_pass' || !/^\/\$\w+/.test(to)) continue;
        const text = to.slice(1);
        const fixes = [{ title: `Change to ${text}`, applicability: 'suggested' as const, edits: [{ at, text }] }];
        report({ at, say: 'slashes', with: { uri: uris[i]!, made: uri, meant: uri.slice(1) }, fixes });
        continue;
      }
      // Some requests may be meant to go elsewhere; of a directive that none reaches nobody can want that.
      if (made.some((it) => it === undefined)) continue;
      const gone = uris.map((it) => landing(server, it));
      if (gone.some((it) => !it || it.block === block || it.passes(pass))) continue;
      const { name } = gone[0]!;
      const related = [{ at: placeOfHead(pass.item), text: 'never carried out' }];
      const with_ = { pass: pass.name, uri: uris[0]!, made: made[0]!, location: name };
      report({ at: placeOfHead(first.item), say: 'pass', with: with_, related, fixes: breakOff(first) });
    }
  },
});

const PASSES = /^(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass$/;
/** What decides where a request goes before anything else of a location does. */
const DECIDES = /^(?:rewrite|return|if|break|set|include|limit_except)$|_by_lua/;

interface Passing {
  readonly block: Block;
  /** Requests that fall into it. */
  readonly uris: readonly string[];
}

/** Locations with a plain prefix that pass requests on. */
function* passingIn(block: Block): Generator<Passing> {
  for (const { match, block: inside } of locationsOf(block)) {
    const isPrefix = match.kind === 'prefix' || match.kind === 'noRegex';
    if (isPrefix && /^\/[\w./-]+$/.test(match.text) && inside.directives.some((it) => PASSES.test(it.name))) {
      const folder = match.text.endsWith('/') ? match.text : `${match.text}/`;
      yield { block: inside, uris: [`${folder}some/page`, `${folder}page`] };
    }
    yield* passingIn(inside);
  }
}

/** What a rewrite makes of a URI; undefined where it leaves it alone. */
function rewritten({ args: [pattern = '', to = ''] }: Directive, uri: string): string | undefined {
  const found = matcher(pattern, false)?.match(uri);
  const made =
    found && to.replace(/\?.*$/s, '').replace(/\$([1-9])/g, (_, n: string) => found.captures[Number(n)] ?? '');
  return made?.includes('$') ? undefined : made;
}

/** The location that a request ends in, and what it is called. */
function landing(server: Block, target: string) {
  const request = { method: 'GET', scheme: 'http', address: '192.0.2.1:80', host: 'name.invalid', target } as const;
  const { block, cycles, steps } = routeInServer(server, { ...request, headers: undefined });
  if (!block || cycles) return undefined;
  // try_files and error pages may lead on: what counts is where the rewritten URI arrives.
  const last = steps.findLastIndex((it) => it.what === 'rewrite');
  const location = steps.slice(last + 1).find((it) => it.what === 'location')?.by;
  if (last < 0) return undefined;
  const arrived = location?.body ?? server;
  return {
    block: arrived,
    name: location ? `location ${location.args.join(' ')}` : 'no location',
    passes: (pass: Directive) => arrived.directives.some((it) => PASSES.test(it.name) && it.args[0] === pass.args[0]),
  };
}

function breakOff(by: Directive): Fix[] {
  const last = by.args.length;
  const at = placeOfArg(by.item, last);
  if (by.args[2] === 'last')
    return [{ title: 'Change to break', applicability: 'suggested', edits: [{ at, text: 'break' }] }];
  return [
    { title: 'Add break', applicability: 'suggested', edits: [{ at: { ...at, start: at.end }, text: ' break' }] },
  ];
}
