/** Completion in nginx's files: directives of the context, and arguments by what the directive takes. */
import { nginxAddress } from '../../base/address.js';
import { directiveEntries, directiveIn, directivesIn, type NginxDirective } from '../../catalog/nginx.js';
import { variableNames } from '../../catalog/nginxVariables.js';
import { existsIn } from '../../catalog/nginxVersion.js';
import { userNames } from '../../host/accounts.js';
import { chunksOf } from '../../nginx/contexts.js';
import { type NginxAt, nginxAt } from '../at.js';
import { type CompletionItem, type Plain, pathItems, plainFrom, replaced, type Typing } from './typing.js';

export function nginxItems(typing: Typing): CompletionItem[] {
  const { snapshot, path, offset, text, lines } = typing;
  const at = nginxAt(snapshot, path, offset);
  if (!at || at.item?.kind === 'lua') return [];
  const lineStart = lines.lineStart(lines.lineAt(offset));
  if (/(?:^|[\s;{}])#/.test(text.slice(lineStart, offset))) return [];
  const { item } = at;
  const head = item?.isDirective && offset <= at.start + (item.open ?? item.length) ? text.slice(at.start, offset) : '';
  const partial = /[^\s;{}"']*$/.exec(text.slice(Math.max(lineStart, offset - 500), offset))![0];
  const dollar = /\$\{?\w*$/.exec(partial);
  if (/\s/.test(head)) {
    if (dollar) return variableItems(typing, offset - dollar[0].length);
    if (at.context === 'data' || at.context === 'unknown') return [];
    const entry = directiveIn(item!.name, at.context) ?? directiveEntries(item!.name)[0];
    return entry ? argumentItems(typing, at, entry, partial, numberOf(head)) : [];
  }
  if (at.bodyContext === 'data') return dollar ? variableItems(typing, offset - dollar[0].length) : [];
  const contexts = at.bodyContext === 'unknown' ? (['http', 'server', 'location'] as const) : [at.bodyContext];
  const range = replaced(typing, offset - partial.length);
  const seen = new Set<string>();
  return contexts.flatMap((context) =>
    directivesIn(context).flatMap((entry) => {
      if (seen.has(entry.name) || !existsIn(entry, typing.options.nginx)) return [];
      seen.add(entry.name);
      return [directiveItem(entry, range, typing)];
    }),
  );
}

/** Which argument is being typed, counted from 1. */
function numberOf(head: string): number {
  return head.split(/\s+/).length - 1;
}

function directiveItem(entry: NginxDirective, range: CompletionItem['range'], { options }: Typing): CompletionItem {
  const origin = entry.commercial ? ' (NGINX Plus)' : entry.thirdParty ? ' (third party)' : '';
  return {
    label: entry.name,
    kind: entry.block ? 'block' : 'directive',
    detail: `${entry.module}${origin}`,
    about: { directive: entry.name, module: entry.module },
    insertText: options.snippets ? directiveSnippet(entry) : entry.name,
    range,
    // What every nginx has comes before what few have, and what is current before what is not.
    sortText: `${entry.commercial || entry.thirdParty || entry.deprecated ? '2' : '1'}${entry.name}`,
  };
}

function directiveSnippet({ name, block, args }: NginxDirective): string {
  const argument = args.min === 0 && args.max === 0 ? '' : args.flag ? ' ${1|on,off|}' : ' $1';
  return block ? `${name}${argument} {\n\t$0\n}` : `${name}${argument};$0`;
}

const MADE = /\b(?:set|auth_request_set|js_set|perl_set|map\s+\S+|split_clients\s+\S+|geo(?:\s+\S+)?)\s+\$(\w+)/g;

function variableItems(typing: Typing, start: number): CompletionItem[] {
  const range = replaced(typing, start);
  const { snapshot, path, options } = typing;
  const own = new Set<string>();
  const elsewhere = new Set<string>();
  for (const { file } of snapshot.configuration.readings) {
    const text = snapshot.space.text(file.path) ?? '';
    for (const [, name] of text.matchAll(MADE)) (file.path === path ? own : elsewhere).add(name!);
  }
  const rank = (name: string) => (own.has(name) ? 0 : elsewhere.has(name) ? 1 : 2);
  return [...new Set([...own, ...elsewhere, ...variableNames()])].map((name) => ({
    label: `$${name}`,
    kind: 'variable' as const,
    about: { variable: name },
    insertText: options.snippets ? `\\$${name}` : `$${name}`,
    range,
    sortText: `${rank(name)}${name}`,
  }));
}

const CONNECTS = /^(?:proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass$/;
const CACHES = /^(?:proxy|fastcgi|uwsgi|scgi)_cache$/;

function argumentItems(
  typing: Typing,
  at: NginxAt,
  entry: NginxDirective,
  partial: string,
  number: number,
): CompletionItem[] {
  const plain = plainFrom(typing, typing.offset - partial.length);
  if (entry.args.flag) return [plain('on', 'value'), plain('off', 'value')];
  const { name } = entry;
  if (CONNECTS.test(name)) return number === 1 ? targets(typing, name, plain) : [];
  if (name === 'server' && !entry.block) {
    if (number > 1) return parameters(entry, at, plain);
    return typing.snapshot.deployment.listeners.flatMap((it) => {
      const address = nginxAddress(it.address);
      return address === undefined ? [] : [plain(address, 'address', it.unit.name.full)];
    });
  }
  if (name === 'include') return pathItems(typing, partial, typing.snapshot.configuration.prefix, plain);
  if (name === 'try_files' || name === 'error_page')
    return [...namedLocations(typing).map((it) => plain(it, 'location')), ...parameters(entry, at, plain)];
  const special = namesFor(typing, name, number, plain);
  if (special) return [...special, ...parameters(entry, at, plain)];
  const words = (entry.values ?? []).map((it) => plain(it, 'value'));
  const isPath = entry.type === 'path' || /^(?:root|alias)$/.test(name);
  const paths = isPath && number === 1 ? fileItems(typing, partial, plain) : [];
  const first = name === 'listen' && number === 1 ? ['80', '443', '[::]:80', '[::]:443'] : [];
  return [
    ...first.map((it) => plain(it, 'value')),
    ...words,
    ...(name === 'listen' && number === 1 ? [] : parameters(entry, at, plain)),
    ...paths,
  ];
}

/** Keywords that the directive takes besides, those that are there already left out. */
function parameters(entry: NginxDirective, { item }: NginxAt, plain: Plain): CompletionItem[] {
  const given = new Set((item?.args ?? []).map((it) => it.replace(/=.*/s, '')));
  return entry.params.flatMap((it) => {
    const [, word, kind] = /^([^=]+)(?:=(.*))?$/s.exec(it) ?? [];
    if (word === undefined || given.has(word)) return [];
    return [plain(kind === undefined ? word : `${word}=`, 'value', kind)];
  });
}

/** What the configuration itself names: formats, zones, caches, users. Undefined for directives that name none. */
function namesFor(typing: Typing, directive: string, number: number, plain: Plain): CompletionItem[] | undefined {
  const named = (labels: Iterable<string>, detail?: string) =>
    [...new Set(labels)].map((it) => plain(it, 'name', detail));
  if (directive === 'access_log' && number === 2) return named([...formats(typing), 'combined'], 'log format');
  if (directive === 'limit_req') return named(zones(typing, 'limit_req_zone').map((it) => `zone=${it}`));
  if (directive === 'limit_conn' && number === 1) return named(zones(typing, 'limit_conn_zone'), 'zone');
  if (CACHES.test(directive)) return named(zones(typing, `${directive}_path`), 'cache');
  if (directive === 'user' && number === 1) return named(userNames(typing.snapshot.host), 'user');
  if (directive === 'proxy_set_header' && number === 1) return named(REQUEST_HEADERS);
  return undefined;
}

/** What applications behind a proxy read. */
const REQUEST_HEADERS = [
  'Host',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Real-IP',
  'Upgrade',
  'Connection',
  'Authorization',
  'Accept-Encoding',
];

/** The directives of http and stream with this name: where all that is shared is declared. */
function* declared({ snapshot }: Typing, directive: string) {
  for (const { file, context } of snapshot.configuration.readings) {
    for (const { item, context: around } of chunksOf(file.children, context)) {
      if (item.name === directive && item.isDirective && (around === 'http' || around === 'stream')) yield item;
    }
  }
}

function formats(typing: Typing): string[] {
  return [...declared(typing, 'log_format')].flatMap((it) => it.args[0] ?? []);
}

function zones(typing: Typing, directive: string): string[] {
  return [...declared(typing, directive)].flatMap(
    (it) => it.args.flatMap((arg) => /^(?:keys_)?zone=([^:]+)/.exec(arg)?.[1] ?? [])[0] ?? [],
  );
}

function targets({ snapshot }: Typing, directive: string, plain: Plain): CompletionItem[] {
  const scheme = directive === 'proxy_pass' ? 'http://' : directive === 'grpc_pass' ? 'grpc://' : '';
  const upstreams = snapshot.configuration.facts.flatMap((it) => it.upstreams);
  const sockets = snapshot.deployment.listeners.flatMap((it) => {
    const address = nginxAddress(it.address);
    return address === undefined ? [] : [plain(`${scheme}${address}`, 'address', it.unit.name.full)];
  });
  return [...sockets, ...upstreams.map((it) => plain(`${scheme}${it.name}`, 'upstream', 'upstream'))];
}

function fileItems(typing: Typing, partial: string, plain: Plain): CompletionItem[] {
  return pathItems(typing, partial === '' ? '/' : partial, typing.snapshot.configuration.prefix, plain);
}

function namedLocations({ text }: Typing): string[] {
  return [...new Set([...text.matchAll(/\blocation\s+(@[^\s{]+)/g)].map((it) => it[1]!))];
}
