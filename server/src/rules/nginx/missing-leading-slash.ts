import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule, type Report } from '../rule.js';

const messages = {
  location: 'Requests never come here: each URI begins with a slash, and "{text}" does not.',
  target:
    'nginx will answer 404: it goes on with the URI "{text}", which has no slash at its start and so no location.',
  status:
    'nginx will answer 404 whatever stands here: {text} is a URI without a slash to it, and a status only as ={text}, in one word.',
  tried: 'nginx looks for {path}, since the root and this word are put together as they are. Begin it with a slash.',
  redirect:
    'Clients are sent to "{text}" below the page that they asked for: without a slash or a scheme in front it is relative.',
  root: 'nginx takes this for a directory below its own prefix, such as /usr/share/nginx/{text}. Begin it with a slash.',
} as const;

export default defineRule({
  id: 'nginx/missing-leading-slash',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages,
  docs: {
    summary: 'A URI or path that should begin with a slash.',
    why: 'nginx puts texts together as they are. A location without the slash is never chosen, a fallback without it leads to no location, and a root without it starts from where nginx was built to be.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri index.html;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri /index.html;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#error_page',
      'ngx_http_core_find_location(), ngx_http_internal_redirect() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server }, report) {
    judge(server, report);
  },
});

type Tell = Report<typeof messages>;

function judge(block: Block, report: Tell): void {
  for (const it of block.directives) {
    if (!it.args.some(isTemplated)) JUDGES[it.name]?.(it, report);
    if (it.body && it.body.context !== 'data') judge(it.body, report);
  }
}

const JUDGES: Readonly<Record<string, (it: Directive, report: Tell) => void>> = {
  location(it, report) {
    const match = locationMatch(it.args);
    if (!match || match.kind === 'named') return;
    const { text, kind } = match;
    const at = placeOfArg(it.item, it.args.length);
    const isRegex = kind === 'regex' || kind === 'regexAnyCase';
    if (isRegex) {
      if (/^\^[A-Za-z0-9_-](?![?*{|])[^|]*$/.test(text)) report({ at, say: 'location', with: { text } });
    } else if (/^(?:[\w-]|\.\w)/.test(text) && !text.endsWith('$'))
      report({ at, say: 'location', with: { text }, fixes: slash(it, it.args.length, text) });
  },
  try_files(it, report) {
    const last = it.args.length;
    const [root] = inForce(it.within, 'root').directives;
    it.args.forEach((text, i) => {
      if (!isBare(text)) return;
      const at = placeOfArg(it.item, i + 1);
      if (i + 1 === last && leadsNowhere(it, text))
        if (/^[45]\d\d$/.test(text)) report({ at, say: 'status', with: { text }, fixes: status(it, last, text) });
        else report({ at, say: 'target', with: { text }, fixes: slash(it, last, text) });
      // A name that nothing has is also a known way to skip the files: hence no warning.
      else if (i + 1 < last && root?.name === 'root' && !root.args[0]!.includes('$')) {
        const path = `${root.args[0]!.replace(/\/$/, '')}${text}`;
        report({ at, say: 'tried', severity: 'information', with: { path }, fixes: slash(it, i + 1, text) });
      }
    });
  },
  error_page(it, report) {
    const number = it.args.length;
    const text = it.args[number - 1]!;
    if (number > 1 && isBare(text))
      report({ at: placeOfArg(it.item, number), say: 'redirect', with: { text }, fixes: slash(it, number, text) });
  },
  rewrite(it, report) {
    const [, text, flag] = it.args;
    if (text === undefined || !isBare(text)) return;
    const say = flag === 'redirect' || flag === 'permanent' ? 'redirect' : 'target';
    if (say === 'target' && !leadsNowhere(it, text)) return;
    report({ at: placeOfArg(it.item, 2), say, with: { text }, fixes: isName(text) ? [] : slash(it, 2, text) });
  },
  return(it, report) {
    const [code, text] = it.args;
    if (text === undefined || !/^30[12378]$/.test(code!) || !isBare(text)) return;
    report({
      at: placeOfArg(it.item, 2),
      say: 'redirect',
      with: { text },
      fixes: isName(text) ? [] : slash(it, 2, text),
    });
  },
  root: path,
  alias: path,
};

function path(it: Directive, report: Tell): void {
  const text = it.args[0] ?? '';
  if (/^(?:var|srv|home|usr|opt|mnt|etc)\//.test(text))
    report({ at: placeOfArg(it.item, 1), say: 'root', with: { text }, fixes: slash(it, 1, text) });
}

/** A word that begins with a letter or digit and names no scheme. */
function isBare(text: string): boolean {
  return /^[A-Za-z0-9]/.test(text) && !/^[A-Za-z][\w+.-]*:/.test(text);
}

/** Only an expression without an anchor can take a URI without a slash. */
function leadsNowhere({ within }: Directive, text: string): boolean {
  let server: Block = within;
  while (server.parent && server.context !== 'server') server = server.parent;
  const found = findLocation(server, text.replace(/\?.*$/, '').replaceAll(/\$\w+/g, 'x'));
  return found !== undefined && found.location === undefined;
}

/** `404` for `=404`; an equals sign that stands alone before it belongs to it. */
function status({ item, args }: Directive, number: number, text: string): Fix[] {
  const word = placeOfArg(item, number);
  const at = args[number - 2] === '=' ? { ...word, start: placeOfArg(item, number - 1).start } : word;
  return [{ title: `Change to =${text}`, applicability: 'suggested', edits: [{ at, text: `=${text}` }] }];
}

/** The name of a machine, which wants a scheme and not a slash. */
const isName = (text: string) => /^(?:www\.|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|de|example)\b)/.test(text);

function slash(it: Directive, number: number, text: string): Fix[] {
  const word = it.item.words[number];
  if (!word) return [];
  const start = valueStart(word) + (it.args[number - 1] === text ? 0 : it.args[number - 1]!.length - text.length);
  const at: Place = { node: it.item, start, end: start };
  return [{ title: `Change to /${text}`, applicability: 'suggested', edits: [{ at, text: '/' }] }];
}
