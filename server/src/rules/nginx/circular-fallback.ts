import type { Fix } from '../../base/fix.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationsOf } from '../../nginx/effective/locations.js';
import { routeInServer } from '../../nginx/effective/request.js';
import type { Looks } from '../../nginx/effective/route.js';
import { sampleOf } from '../../nginx/effective/samples.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/circular-fallback',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['try_files'],
  messages: {
    round:
      'nginx will answer 500 for what it does not find, such as {uri}: the last word of try_files is not tried but gone on with, and "{last}" leads back here until nginx gives up. End it with =404.',
    folder:
      'nginx will answer 500 for what it does not find, such as {uri}: it goes on with {last}, a folder, which these words do not try, and is here again until it gives up. Try $uri/ before it, or name the page of the folder.',
  },
  docs: {
    summary: 'The last word of try_files leads back to the same try_files.',
    why: 'nginx looks for all words of try_files but the last, which is a URI to go on with, whether or not anything is there. Where that URI falls into the same location and is no file either, nginx goes round ten times and answers 500 (`rewrite or internal redirection cycle`). A URI for which it happens stands in the message.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri $uri/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri $uri/ =404;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'ngx_http_try_files_handler() in src/http/modules/ngx_http_try_files_module.c',
    ],
  },

  check({ server }, report) {
    if (!server.hidesNoBlocks) return;
    for (const { by, uri } of triesIn(server, '/')) {
      const number = by.args.length;
      const last = by.args[number - 1]!;
      if (!goesOn(last) || by.args.some(isTemplated)) continue;
      if (!turnsAt(server, by, uri)) continue;
      const at = placeOfArg(by.item, number);
      if (last.includes('$')) report({ at, say: 'round', with: { uri, last }, fixes: endWith404(by) });
      else report({ at, say: 'folder', with: { uri, last }, fixes: tryFolder(by) });
    }
  },
});

/** A name that is in no folder. */
const ABSENT = 'no-such-file';

/** What may lead back without a file that could be there: the URI itself, and folders. A word that ends with a status is another rule's. */
const goesOn = (last: string): boolean =>
  !/=\d{3}$/.test(last) &&
  (/^\$(?:uri|document_uri|request_uri)\b/.test(last) || /^\/(?:[^$?]*\/)?(?:\?.*)?$/.test(last));

/** Each try_files, with a URI that falls into its location and is no file. */
function* triesIn(block: Block, uri: string | undefined): Generator<{ readonly by: Directive; readonly uri: string }> {
  const by = block.first('try_files');
  if (by && by.args.length > 1 && uri !== undefined) {
    const [, folder, name] = /^(.*\/)([^/]*)$/.exec(uri) ?? [];
    if (folder !== undefined) yield { by, uri: name === '' ? folder + ABSENT : uri };
  }
  for (const { match, block: inside } of locationsOf(block)) {
    const { kind, text } = match;
    if (kind === 'prefix' || kind === 'noRegex') yield* triesIn(inside, text.endsWith('/') ? text : `${text}/`);
    else if (kind === 'exact') yield* triesIn(inside, undefined);
    else if (kind !== 'named') yield* triesIn(inside, sampleOf(text, kind === 'regexAnyCase'));
  }
}

/** Whether nginx gives up on a URI that no file has, all that is written out being there. */
function turnsAt(server: Block, by: Directive, target: string): boolean {
  if (!/^\/[\w./-]*$/.test(target)) return false;
  const name = target.slice(target.lastIndexOf('/'));
  const looks: Looks = (path) => (path.includes(name) ? undefined : path.endsWith('/') ? 'directory' : 'unknown');
  const request = { method: 'GET', scheme: 'http', address: '192.0.2.1:80', host: 'name.invalid', target } as const;
  const { cycles, steps } = routeInServer(server, { ...request, headers: undefined }, looks);
  return cycles && steps.filter((it) => it.what === 'try' && it.by === by).length > 5;
}

function endWith404(by: Directive): Fix[] {
  const number = by.args.length;
  const last = by.args[number - 1]!;
  // A word that is a copy of one before it is given up.
  const text = by.args.slice(0, -1).includes(last) ? '=404' : `${last} =404`;
  return [
    { title: `Change to ${text}`, applicability: 'suggested', edits: [{ at: placeOfArg(by.item, number), text }] },
  ];
}

function tryFolder(by: Directive): Fix[] {
  const number = by.args.length;
  const last = by.args[number - 1]!;
  if (by.args.includes('$uri/')) return [];
  const text = `$uri/ ${last}`;
  return [
    { title: `Change to ${text}`, applicability: 'suggested', edits: [{ at: placeOfArg(by.item, number), text }] },
  ];
}
