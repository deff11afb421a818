import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationAround } from '../../nginx/effective/files.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { scriptParameter } from '../../nginx/effective/script.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-fallback',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    elsewhere:
      'What nginx does not find here is answered elsewhere: {target} is a URI, and it falls into {location}. The page of this location is {uri}.',
    cycle:
      'nginx will answer 500 for what it does not find: {path} does not exist, and for it try_files falls back on {target} again.',
    script:
      'PHP will answer 404 "File not found." for what nginx does not find: try_files falls back on {target}, and {path} does not exist.',
    scriptBelow:
      'PHP will answer 404 "File not found." for what nginx does not find: try_files falls back on {target}, and {path} does not exist. {there} does: is that the root?',
    tried: 'nginx will answer 404 where it falls back on this: {path} does not exist.',
    page: 'Clients will get 404 instead of {codes}: {path} does not exist.',
  },
  docs: {
    summary: 'The file that try_files or error_page falls back on does not exist.',
    why: 'nginx looks for it when it is needed. If try_files comes back to itself for it, nginx gives up with 500 (`rewrite or internal redirection cycle`); an error page that is missing turns every error into 404. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri /index.html;
    }
}
-- srv/app kind=directory --
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri /index.html;
    }
}
-- srv/app/index.html --
`,
    sources: [
      'ngx_http_try_files_handler() in src/http/modules/ngx_http_try_files_module.c',
      'ngx_http_send_error_page() in src/http/ngx_http_special_response.c',
    ],
  },

  check({ server, around }, report) {
    // What a server rewrites goes elsewhere.
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const { host, prefix } = around;
    for (const by of fallbacksIn(server)) {
      const number = by.args.length;
      const target = (by.args[number - 1] ?? '').replace(/\?.*$/s, '');
      if (isTemplated(by.args[number - 1] ?? '') || !/^\/[^$?]*[^$?/]$/.test(target)) continue;
      const script = by.name === 'try_files' ? missingScript(server, target, host, prefix) : undefined;
      if (script) {
        const there = belowPublic(script, host);
        const at = placeOfArg(by.item, number);
        if (there === undefined) report({ at, say: 'script', with: { target, path: script } });
        else report({ at, say: 'scriptBelow', with: { target, path: script, there } });
        continue;
      }
      const own = by.name === 'try_files' ? ownPage(server, by, target, host) : undefined;
      if (own) {
        report({ at: placeOfArg(by.item, number), say: 'elsewhere', with: { target, ...own } });
        continue;
      }
      const found = missingAt(server, target, host, prefix);
      if (!found) continue;
      const { path, again } = found;
      const at = placeOfArg(by.item, number);
      if (by.name === 'try_files') {
        if (again === target) report({ at, say: 'cycle', with: { path, target } });
        else if (again === undefined) report({ at, say: 'tried', with: { path } });
      } else if (again === undefined) {
        const codes = by.args.slice(0, -1).filter((it) => /^\d/.test(it) && it !== '404');
        if (codes.length > 0 && !by.args.includes('='))
          // It changes what a client reads of an error, never whether there is one.
          report({ at, say: 'page', with: { path, codes: codes.join(', ') }, severity: 'information' });
      }
    }
  },
});

const REWRITES = /^(?:rewrite|return|if|break)$|_by_lua/;
const ANSWERS =
  /^(?:stub_status|empty_gif|flv|mp4|perl|js_content|return|rewrite|if|break|internal_redirect)$|_by_lua|^echo/;

function* fallbacksIn(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    if ((it.name === 'try_files' && it.args.length > 1) || (it.name === 'error_page' && it.args.length > 1)) yield it;
    if (it.body && it.name === 'location') yield* fallbacksIn(it.body);
  }
}

/** `/index.html` behind a location with files and such a page of its own: its URI, and the location that the fallback falls into. */
function ownPage(server: Block, { within }: Directive, target: string, host: HostView) {
  const match = locationMatch(locationAround(within)?.args ?? []);
  const prefix = match?.text ?? '';
  const value = (within.first('alias') ?? within.first('root'))?.args[0] ?? '';
  if (!match || !/^(?:prefix|noRegex)$/.test(match.kind) || prefix === '/' || target.startsWith(prefix))
    return undefined;
  if (!value.startsWith('/') || value.includes('$')) return undefined;
  const found = findLocation(server, target);
  // Where another folder has the page, that may be meant.
  const passes = found?.block.directives.some((it) => PASSES.includes(it.name));
  if (!found?.location || !passes || found.block === within) return undefined;
  const uri = `${prefix.replace(/\/$/, '')}${target}`;
  const path = within.first('alias') ? `${value}/${target}` : value + uri;
  const there = host.stat(hostPath(path));
  return there.known && there.value?.kind === 'file'
    ? { uri, location: `location ${found.location.match.text}` }
    : undefined;
}

/** The file that a URI stands for, if it is known not to be there; `again`: what its own try_files falls back on then. */
function missingAt(
  server: Block,
  uri: string,
  host: HostView,
  prefix: HostPath,
): { readonly path: HostPath; readonly again: string | undefined } | undefined {
  const block = findLocation(server, uri)?.block;
  if (!block?.complete || block.directives.some((it) => ANSWERS.test(it.name) || it.name === 'limit_except'))
    return undefined;
  if (PASSES.some((it) => inForce(block, it).directives.length > 0)) return undefined;
  const path = fileFor(block, uri, prefix);
  if (path === undefined) return undefined;
  const there = host.stat(path);
  if (!there.known || there.value) return undefined;
  const tries = block === server ? inForce(server, 'try_files').directives[0] : block.first('try_files');
  if (!tries) return { path, again: undefined };
  // Only the URI itself is asked for, by one of its usual names.
  const others = tries.args.slice(0, -1).filter((it) => it !== '$uri' && it !== '$uri/');
  if (others.length > 0) return undefined;
  const folder = host.stat(path);
  return folder.known && !folder.value ? { path, again: tries.args[tries.args.length - 1]! } : undefined;
}

/** The script of a URI that goes to FastCGI, by the usual names of its place, if it is known not to be there. */
function missingScript(server: Block, uri: string, host: HostView, prefix: HostPath): HostPath | undefined {
  const block = findLocation(server, uri)?.block;
  if (!uri.endsWith('.php') || !block?.complete || block.directives.some((it) => ANSWERS.test(it.name)))
    return undefined;
  if (inForce(block, 'fastcgi_pass').directives.length === 0) return undefined;
  const by = scriptParameter(block);
  if (typeof by !== 'object' || !/^\$(?:document_root|realpath_root)\$fastcgi_script_name$/.test(by.args[1]!))
    return undefined;
  const path = fileFor(block, uri, prefix);
  const there = path && host.stat(path);
  // A program in a container sees other folders; so it is if nothing of the root is here.
  const root = path && host.stat(hostPath(path.slice(0, -uri.length)));
  return there?.known && !there.value && root?.known && root.value ? path : undefined;
}

/** Frameworks keep the script in a folder of the project's: public/, web/. */
function belowPublic(path: HostPath, host: HostView): HostPath | undefined {
  const at = path.lastIndexOf('/');
  return ['public', 'web', 'htdocs', 'public_html']
    .map((it) => hostPath(`${path.slice(0, at)}/${it}${path.slice(at)}`))
    .find((it) => {
      const there = host.stat(it);
      return there.known && there.value?.kind === 'file';
    });
}

const PASSES = ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass'];

function fileFor(block: Block, uri: string, prefix: HostPath): HostPath | undefined {
  const root = inForce(block, 'root');
  const [by] = root.directives;
  const value = by?.args[0];
  if (!root.certain || !by || !value || value.includes('$')) return undefined;
  const base = value.startsWith('/') ? hostPath(value) : joinPath(prefix, value);
  if (by.name === 'root') return hostPath(`${base.replace(/\/$/, '')}${uri}`);
  const match = locationMatch(locationAround(by.within)?.args ?? []);
  if (!match || (match.kind !== 'prefix' && match.kind !== 'noRegex' && match.kind !== 'exact')) return undefined;
  return uri.startsWith(match.text)
    ? hostPath(`${base}${value.endsWith('/') ? '/' : ''}${uri.slice(match.text.length)}`)
    : undefined;
}
