import { editDistance } from '../../base/nearest.js';
import { fileOf, type Place } from '../../base/place.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/mistyped-server-name',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'servers',
  comparison: {
    looksAt: ['names', 'tls', 'roots'],
    concerns: (it) => slipsOf(it).length > 0,
  },
  messages: {
    slip: 'Requests for {meant} are answered by another server: no server has this name, and {name} differs from it by a letter. {evidence} says {meant}.',
    pair: 'One of {name} and {other} has a slip: they differ by a letter, and neither is there with and without www. Requests for the right one are answered by another server.',
  },
  docs: {
    summary: 'A server_name that differs by a letter from what else the server is called.',
    why: 'nginx compares names letter by letter. Where no server has the name, the default server of the address answers: the welcome page of the distribution, or another site. Other names of the server, its certificate, its root and its file are what it is compared with; a root or a file alone is information, since it may be what has the slip. Silent where some server has that name, too.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name musuem.example.org www.museum.example.org;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name museum.example.org www.museum.example.org;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/server_names.html',
      'ngx_http_find_virtual_server() in src/http/ngx_http_request.c',
    ],
  },

  check({ servers, complete }, report) {
    if (!complete) return;
    const found = servers.flatMap((it) => slipsOf(it));
    if (found.length === 0) return;
    const names = servers.flatMap((it) => namesOf(it)).map(({ text }) => text);
    const exact = new Set(names);
    const open = names.filter((it) => !PLAIN.test(it));
    for (const { at, name, meant, evidence, isSure } of found) {
      if (exact.has(meant) || open.some((it) => mayBe(it, meant))) continue;
      const fixes = [
        { title: `Change to ${meant}`, applicability: 'suggested' as const, edits: [{ at, text: meant }] },
      ];
      if (evidence.startsWith('www.')) report({ at, say: 'pair', with: { name, other: evidence }, fixes });
      else if (isSure) report({ at, say: 'slip', with: { name, meant, evidence }, fixes });
      else report({ at, say: 'slip', severity: 'information', with: { name, meant, evidence }, fixes });
    }
  },
});

interface Slip {
  readonly at: Place;
  readonly name: string;
  readonly meant: string;
  /** What speaks of the other name; of a pair the other one itself. */
  readonly evidence: string;
  /** A folder or a file alone may be what has the slip: nobody asks for its name. */
  readonly isSure: boolean;
}

interface Named {
  readonly text: string;
  readonly at: Place;
}

const PLAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

const remembered = new WeakMap<ServerNames, readonly Slip[]>();

/** What the server alone says. */
function slipsOf(server: ServerNames): readonly Slip[] {
  let found = remembered.get(server);
  if (!found) remembered.set(server, (found = [...findSlips(server)]));
  return found;
}

const namesOf = ({ names }: ServerNames): Named[] =>
  names.flatMap((it) => it.args.map((text, i) => ({ text: text.toLowerCase(), at: placeOfArg(it, i + 1) })));

function* findSlips(server: ServerNames): Generator<Slip> {
  const names = namesOf(server).filter(({ text }) => PLAIN.test(text));
  if (names.length === 0) return;
  const own = new Set(names.map(({ text }) => text));
  const words = wordsOf(server);
  for (const { text: name, at } of names) {
    const [, prefix = '', bare = ''] = /^(www\.)?(.*)$/.exec(name) ?? [];
    const labels = bare.split('.');
    // What is written so in two places is meant so.
    if (words.some(({ word }) => word === bare || word === labels[0] || word === labels[labels.length - 2])) continue;
    const [first = '', ...rest] = name.split('.');
    if (/^(?:ww|w{4,6}|wwe|wew|eww|vww|wvw|wwv)$/.test(first) && own.has(rest.join('.'))) {
      yield { at, name, meant: `www.${rest.join('.')}`, evidence: 'Its first label', isSure: true };
      continue;
    }
    const other = prefix === '' ? [...own].find((it) => isPair(own, name, it)) : undefined;
    const all = words
      .flatMap((it) => ({ ...it, meant: meantBy(labels, it.word) }))
      .filter((it) => it.meant !== undefined);
    const backed = all.find((it) => it.where === CERTIFICATE) ?? all[0];
    if (backed && backed.meant !== other?.slice(4)) {
      const isSure = backed.where === CERTIFICATE || new Set(all.map((it) => it.where)).size > 1;
      yield { at, name, meant: prefix + backed.meant!, evidence: backed.where, isSure };
    } else if (other !== undefined) yield { at, name, meant: other.slice(4), evidence: other, isSure: true };
  }
}

/** `musuem.example.org www.museum.example.org`: each without the other half. */
function isPair(own: ReadonlySet<string>, name: string, other: string): boolean {
  if (!other.startsWith('www.') || own.has(`www.${name}`) || own.has(other.slice(4))) return false;
  return isSlipOfLabels(name.split('.'), other.slice(4).split('.'));
}

/** The name that somebody meant who wrote this word elsewhere: a whole name, or one label of it. */
function meantBy(labels: readonly string[], word: string): string | undefined {
  if (word.includes('.'))
    return isSlipOfLabels(labels, word.replace(/^www\./, '').split('.')) ? word.replace(/^www\./, '') : undefined;
  const at = [0, labels.length - 2].find((i) => labels[i] !== undefined && isSwap(labels[i]!, word));
  return at === undefined ? undefined : labels.map((it, i) => (i === at ? word : it)).join('.');
}

/** All labels but one are the same, and that one has a letter more, less, changed or swapped. */
function isSlipOfLabels(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const different = a.flatMap((it, i) => (it === b[i] ? [] : [[it, b[i]!] as const]));
  const [one, ...more] = different;
  if (!one || more.length > 0 || a[a.length - 1] !== b[b.length - 1]) return false;
  const [x, y] = one;
  if (Math.min(x.length, y.length) < 4 || x.replace(/\d/g, '') === y.replace(/\d/g, '') || /\d/.test(x + y))
    return false;
  // One and several are two words.
  if (x === `${y}s` || y === `${x}s`) return false;
  return editDistance(x, y, 1) <= 1;
}

/** Of a folder's name less is certain: only letters that have changed places, or one that is there twice or is missing within. */
function isSwap(label: string, word: string): boolean {
  if (label === word || Math.min(label.length, word.length) < 5 || /\d/.test(label + word)) return false;
  if (editDistance(label, word, 1) > 1) return false;
  return label.length === word.length
    ? [...label].sort().join('') === [...word].sort().join('')
    : label[0] === word[0] && label[label.length - 1] === word[word.length - 1] && !/s$/.test(label + word);
}

const CERTIFICATE = 'The path of the certificate';

interface Word {
  readonly word: string;
  readonly where: string;
}

/** Names of folders and files that are called as the site is. */
function wordsOf(server: ServerNames): Word[] {
  const certificates = server.tls.filter((it) => it.name === 'ssl_certificate');
  const of = (items: readonly Item[]) =>
    items.flatMap(({ name, args: [path = ''] }) =>
      path.startsWith('/') && !path.includes('$') && !isTemplated(path)
        ? path.split('/').map((it) => ({ word: plain(it), where: name === 'root' ? 'The root' : CERTIFICATE }))
        : [],
    );
  const file = server.names[0] && fileOf(placeOfArg(server.names[0], 1));
  const own =
    file === undefined ? [] : [{ word: plain(file.slice(file.lastIndexOf('/') + 1)), where: 'The name of the file' }];
  return [...of(certificates), ...of(server.roots), ...own].filter(({ word }) => word.length > 3);
}

/** Without what certbot and people append to a name. */
const plain = (it: string): string =>
  it
    .toLowerCase()
    .replace(/\.(?:conf|crt|cer|pem|cert|key|nginx|vhost)$/, '')
    .replace(/-\d{4}$/, '')
    .replace(/[-_.](?:fullchain|chain|bundle|ssl)$/, '');

/** Whether a name with a star, or an expression, may be this name. */
function mayBe(open: string, name: string): boolean {
  if (open.startsWith('~') || open.includes('$') || isTemplated(open)) return true;
  if (open.endsWith('.*')) return name.startsWith(open.slice(0, -1));
  return open.startsWith('.') ? `.${name}`.endsWith(open) : open.startsWith('*.') && name.endsWith(open.slice(1));
}
