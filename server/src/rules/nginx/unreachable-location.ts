import type { Block } from '../../nginx/effective/blocks.js';
import { type Location, locationsOf } from '../../nginx/effective/locations.js';
import { matcher } from '../../nginx/effective/regex.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/unreachable-location',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    same: 'This location is never reached: nginx tries expressions in their order, and the one before it matches the same.',
    prefix:
      'This location is never reached: every URI that it matches begins with {prefix}, and "location ^~ {prefix}" keeps nginx from trying expressions.',
    expression:
      'This location is never reached: the expression "{pattern}" matches every URI that begins with {prefix}. "location ^~ {prefix}" keeps nginx from trying expressions.',
    everything: 'This location is never reached: the expression "{pattern}" before it matches every URI.',
  },
  docs: {
    summary: 'A location that another one always gets ahead of.',
    why: 'nginx takes the first expression that matches, in the order of the file, and none at all where the longest prefix has ^~. nginx -t does not compare them.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location ^~ /static/ {
        root /srv;
    }
    location ~ ^/static/img/ {
        root /srv/img;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        root /srv;
    }
    location ~ ^/static/img/ {
        root /srv/img;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#location', 'ngx_http_core_find_location()'],
  },

  check({ server }, report) {
    for (const block of [server, ...nested(server)]) {
      if (!block.hidesNoBlocks) continue;
      const locations = locationsOf(block);
      const expressions: Location[] = [];
      for (const it of locations) {
        const by = overtaking(it, locations);
        const item = it.block.directive?.item;
        if (!by || !item) continue;
        const related = [{ at: placeOfHead(by.block.directive!.item), text: 'always gets ahead of it' }];
        const at = placeOfArg(item, item.words.length - 1);
        report({ at, say: 'expression', with: { pattern: by.match.text, prefix: it.match.text }, related });
      }
      for (const it of locations) {
        if (!isRegex(it) || isTemplated(it.match.text)) continue;
        const by = shadow(it, expressions, locations);
        expressions.push(it);
        const item = it.block.directive?.item;
        const other = by?.block.directive?.item;
        if (!by || !item || !other) continue;
        const at = placeOfArg(item, item.words.length - 1);
        const related = [{ at: placeOfHead(other), text: 'always gets ahead of it' }];
        if (by.match.kind === 'noRegex') report({ at, say: 'prefix', with: { prefix: by.match.text }, related });
        else if (EVERYTHING.test(by.match.text))
          report({ at, say: 'everything', with: { pattern: by.match.text }, related });
        else report({ at, say: 'same', related });
      }
    }
  },
});

/** Things that a location does by itself. */
const SERVES = /^(?:root|alias|try_files|allow|\w+_pass)$/;
/** Where the end of the text, or what follows, decides, a longer URI may not match. */
const LOOKS_AHEAD = /\$|\\[zZbBGK]|\(\?|[*+?}]\+/;

/** The expression that matches whatever begins as a prefix does, so that nginx never stays with the prefix. */
function overtaking({ match, block }: Location, all: readonly Location[]): Location | undefined {
  if (match.kind !== 'prefix' || match.text === '/' || isTemplated(match.text)) return undefined;
  // Expressions inside of it are tried before those beside it.
  if (!block.hidesNoBlocks || locationsOf(block).length > 0 || !block.directives.some((it) => SERVES.test(it.name)))
    return undefined;
  return all.find(
    (it) =>
      isRegex(it) &&
      !isTemplated(it.match.text) &&
      !LOOKS_AHEAD.test(it.match.text) &&
      matcher(it.match.text, it.match.kind === 'regexAnyCase')?.match(match.text) !== undefined,
  );
}

/** What each URI matches, since it begins with a slash. */
const EVERYTHING = /^(?:\^?\/?|\^?\/?\.\*\$?|\^?\/?\(\.\*\)\$?)$/;

const isRegex = ({ match: { kind } }: Location) => kind === 'regex' || kind === 'regexAnyCase';

/** The location that always answers first; undefined unless that can be proved. */
function shadow(it: Location, before: readonly Location[], all: readonly Location[]): Location | undefined {
  const caseless = it.match.kind === 'regexAnyCase';
  const first = before.find(
    (other) =>
      EVERYTHING.test(other.match.text) ||
      (other.match.text === it.match.text && (other.match.kind === 'regexAnyCase' || !caseless)),
  );
  if (first) return first;
  const start = caseless ? undefined : literalStart(it.match.text);
  if (start === undefined) return undefined;
  const guard = all.find((other) => other.match.kind === 'noRegex' && start.startsWith(other.match.text));
  // A longer prefix without ^~ lets nginx try expressions after all.
  const open = all.some(
    (other) => guard && other.match.kind === 'prefix' && other.match.text.startsWith(guard.match.text),
  );
  return open ? undefined : guard;
}

/** The literal text that every match begins with: `/static/` of `^/static/.*\.png$`. */
function literalStart(pattern: string): string | undefined {
  if (!pattern.startsWith('^/') || /\||\(\?/.test(pattern)) return undefined;
  const found = /^\^((?:[A-Za-z0-9_/-]|\\[./-])+)(.?)/s.exec(pattern);
  if (!found) return undefined;
  const text = found[1]!.replaceAll('\\', '');
  // A quantifier takes back the last letter.
  return /[*?{]/.test(found[2]!) ? text.slice(0, -1) : text;
}

function* nested(block: Block): Generator<Block> {
  for (const { block: inside } of locationsOf(block)) {
    yield inside;
    yield* nested(inside);
  }
}
