import type { Fix } from '../../base/fix.js';
import { hostPath } from '../../base/hostPath.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationAround } from '../../nginx/effective/files.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/disk-path-for-uri',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['try_files', 'index', 'error_page'],
  messages: {
    looked: 'nginx takes this for a URI, puts the root before it and looks for {path}. Write {uri}.',
    doubled: '"{text}" has the root in it, and nginx puts the root before each word: it looks for {path}.',
  },
  docs: {
    summary: 'A page that is given by its place on the disk, where nginx wants a URI or a name below the root.',
    why: 'What try_files, index and error_page name is mapped to a file as a URI is: behind the root. With the whole path written out, or with $document_root or $request_filename, which hold it, the root is there twice. Silent where the path below the root is there, or a location of its own takes such URIs.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    index /srv/app/start.html;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    index start.html;
}
`,
    sources: [
      'ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c',
      'ngx_http_index_handler() in src/http/modules/ngx_http_index_module.c',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
    ],
  },

  check({ server, around }, report) {
    if (!server.hidesNoBlocks) return;
    for (const { by, number, text } of wordsIn(server)) {
      const [root] = inForce(by.within, 'root').directives;
      const folder = root?.args[0]?.replace(/\/+$/, '') ?? '';
      if (!root || isTemplated(folder) || folder.includes('$') || !/^\/[^/]/.test(folder)) continue;
      const at = placeOfArg(by.item, number);
      const severity = severityOf(by, number);
      if (/^\$(?:document_root|realpath_root|request_filename)\b/.test(text)) {
        if (by.name === 'error_page') continue;
        const rest = text.replace(/^\$(?:document_root|realpath_root)(?=[/$])/, '');
        const path = folder + text.replace(/^\$\w+/, (it) => (it === '$request_filename' ? `${folder}/...` : folder));
        const fixes = changedTo(at, rest === text ? '$uri' : rest);
        report({ at, say: 'doubled', with: { text, path }, severity, fixes });
        continue;
      }
      if (text.includes('$') || isTemplated(text) || !text.startsWith(`${folder}/`)) continue;
      const there = around.host.stat(hostPath(folder + text));
      if ((there.known && there.value) || isTaken(server, by.within, text)) continue;
      // Below an alias the URI of the page has the location's prefix in front.
      const prefix = root.name === 'alias' ? aliasPrefix(root) : '';
      if (prefix === undefined) continue;
      const rest = text.slice(folder.length);
      const uri = by.name === 'index' ? rest.slice(1) : prefix + rest;
      if (uri === '') continue;
      const path = root.name === 'alias' ? `a page below ${folder} that has this name` : folder + text;
      report({ at, say: 'looked', with: { path, uri }, severity, fixes: changedTo(at, uri) });
    }
  },
});

interface Word {
  readonly by: Directive;
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

function* wordsIn(block: Block): Generator<Word> {
  for (const by of block.directives) {
    const { name, args } = by;
    if (name === 'try_files' || name === 'index') {
      for (const [i, text] of args.entries()) if (/^[/$]/.test(text)) yield { by, number: i + 1, text };
    } else if (name === 'error_page' && args.length > 1)
      yield { by, number: args.length, text: args[args.length - 1]! };
    if (by.body && by.body.context !== 'data') yield* wordsIn(by.body);
  }
}

/** A word that is found in vain is harmless where others are tried; an error page changes only what an error looks like. */
function severityOf({ name, args }: Directive, number: number): 'information' | 'warning' {
  if (name === 'error_page') return 'information';
  if (name === 'index') return number === 1 ? 'warning' : 'information';
  const before = args.slice(0, -1);
  return number === args.length ||
    before.every((it) => /^\$(?:document_root|realpath_root|request_filename)\b/.test(it))
    ? 'warning'
    : 'information';
}

/** A location other than that of the whole site has such URIs. */
function isTaken(server: Block, within: Block, uri: string): boolean {
  const found = findLocation(server, uri);
  if (!found) return true;
  const own = found.block === server || found.block === within || found.location?.match.text === '/';
  return !own && /^(?:prefix|noRegex|exact)$/.test(found.location?.match.kind ?? '');
}

function aliasPrefix(alias: Directive): string | undefined {
  const match = locationMatch(locationAround(alias.within)?.args ?? []);
  return match && /^(?:prefix|noRegex)$/.test(match.kind) ? match.text.replace(/\/$/, '') : undefined;
}

function changedTo(at: ReturnType<typeof placeOfArg>, text: string): Fix[] {
  return [{ title: `Change to ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}
