/** Regular expressions that a seeded hand has damaged, asked of nginx's PCRE2 and of us. `REGEX_COUNT`, `REGEX_SEED`, `LIST=1`. */
import { describe, expect, it } from 'vitest';
import { patternFault } from '../../server/src/nginx/pcre.js';
import { randomNumbers } from '../fuzz/edits.js';
import { askNginx, nginxOracles } from './nginxProbe.js';

const SEEDS = [
  '^/old/(.*)$',
  '\\.(?:css|js|png)$',
  '^/(?<lang>[a-z]{2})/(?P<page>[-\\w]+)/?$',
  '(?i)^/api/v[0-9]+/.*$',
  '^(.+?\\.php)(/.+)?$',
  '[^/]++/(?>a|b)*+x',
  '^/u/([[:alnum:]_-]{3,16})/\\d{1,}$',
  '(?=foo)(?!bar)(?<=a)(?<!b)c',
  '\\bword\\b|\\x41|\\x{1F600}|\\p{L}',
  '^/(a|b(c|d(e)))\\1\\2$',
  '^[]a-z]$|[^]]|[a\\]b]',
  'a{,3}b{2}c{2,}d{2,3}',
  '[\\t \\x21\\x23-\\x5B\\x5D-\\x7E\\x80-\\xFF]*',
  '[\\0-\\37\\x{7f}-\\377\\cA-\\cZ]|[!-\\o{176}]|[a-\\172]',
  '[\\p{L}\\pN_.-]+|[^\\d\\s-]+|[+--]',
  '^(?:(?!index|core\\/ajax|ocs\\/v[12]|.+\\/doc(_arm64)?\\/x)).*',
  '\\x4|\\xg|\\07|\\cA|\\o{101}|\\N|\\R|\\h+\\K',
];
const DAMAGE = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '*',
  '+',
  '?',
  '\\',
  '|',
  '^',
  '$',
  '(?',
  '(?<',
  '{3,1}',
  '{2}',
  '-',
  '\\i',
  '\\9',
  'z-a',
  '[:x:]',
  '(?#',
  '\\Q',
  '(?x)',
  '(?:',
  ':',
  '<',
  '>',
  '\\x',
  '\\x4',
  '\\1',
  '\\377',
  '-\\x41',
  '\\d-',
  '\\c',
];
const COUNT = Number(process.env.REGEX_COUNT ?? (process.env.CI ? 1000 : 400));
const random = randomNumbers(Number(process.env.REGEX_SEED ?? 1));
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

function damaged(): string {
  let text = pick(SEEDS);
  for (let n = 1 + Math.floor(random() * 2); n > 0; n--) {
    const at = Math.floor(random() * (text.length + 1));
    text = random() < 0.5 ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + pick(DAMAGE) + text.slice(at);
  }
  return text;
}

const quoted = (regex: string) => `"${regex.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

describe.skipIf(nginxOracles().length === 0)('regular expressions', { timeout: 300_000 }, () => {
  it('are refused where PCRE2 refuses them', async () => {
    const regexes = [...new Set([...SEEDS, ...Array.from({ length: COUNT }, damaged)])].filter(
      (it) => it !== '' && !it.includes('$ '),
    );
    const verdicts = await askNginx(
      regexes.map((it) => `events {}\nhttp { server { location ~ ${quoted(it)} { } } }\n`),
    );
    const wrong = regexes.flatMap((regex, i) => {
      const theirs = verdicts[i]!.refuses;
      const ours = patternFault(regex);
      return theirs === (ours !== undefined)
        ? []
        : [`${regex}   nginx: ${verdicts[i]!.words}   ours: ${ours ? `${ours.at} ${ours.why}` : 'fine'}`];
    });
    console.log(`${regexes.length} patterns, ${wrong.length} disagree`);
    if (process.env.LIST) console.log(wrong.join('\n'));
    expect(wrong.length / regexes.length, wrong.slice(0, 10).join('\n')).toBeLessThanOrEqual(0.005);
  });
});
