import type { Fix } from '../../base/fix.js';
import { isAtLeast, type NginxVersion } from '../../catalog/nginxVersion.js';
import { type Item, placeOfArg, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/obsolete-directive',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    replaced: 'nginx warns from {since} on: {name} is obsolete. {instead} takes its place.',
    ignored: 'nginx ignores {name} from {since} on, and warns. It can go.',
    ssl: 'nginx warns, and from 1.25.1 on does not start: "ssl" in listen takes the place of {name}.',
  },
  docs: {
    summary: 'A directive that nginx still reads and warns about.',
    why: 'nginx -t prints `is obsolete` or `is deprecated`. Such directives do nothing or will be gone in a later version.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    http2_max_requests 100;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    keepalive_requests 100;
}
`,
    sources: [
      'https://nginx.org/en/CHANGES (1.15.0, 1.19.7, 1.25.1)',
      'ngx_http_v2_obsolete() in src/http/v2/ngx_http_v2_module.c',
    ],
  },

  check({ directive, context, target, entries }, report) {
    const { name } = directive;
    if (context !== 'http' && context !== 'server') return;
    if (entries.length === 0 || directive.kind !== 'simple') return;
    const at = placeOfArg(directive, 0);
    if (name === 'ssl') {
      const listens = directive.parent?.children?.filter((it) => it.name === 'listen') ?? [];
      const fixes = context === 'server' ? listenFix(directive, listens) : [];
      report({ at, say: 'ssl', with: { name: `"ssl ${directive.args[0] ?? ''}"` }, fixes });
      return;
    }
    const known = OBSOLETE[name];
    if (!known || (target.version && !isAtLeast(target.version, known.since))) return;
    const since = known.since.join('.');
    const { instead } = known;
    const removal: Fix = {
      title: 'Remove it',
      applicability: 'suggested',
      edits: [{ at: placeOfItem(directive), text: '' }],
    };
    if (instead === undefined) {
      // Older versions still push; while nobody says which it is, that is no fault.
      const severity = target.version ? 'warning' : 'hint';
      report({ at, say: 'ignored', severity, with: { name, since }, fixes: [removal] });
      return;
    }
    const taken = directive.parent?.children?.some((it) => it.name === instead);
    const renamed: Fix = { title: `Change to ${instead}`, applicability: 'suggested', edits: [{ at, text: instead }] };
    const fixes = taken ? [removal] : instead === 'large_client_header_buffers' ? [] : [renamed];
    report({ at, say: 'replaced', with: { name, since, instead }, fixes });
  },
});

const OBSOLETE: Readonly<Record<string, { readonly since: NginxVersion; readonly instead?: string }>> = {
  http2_recv_timeout: { since: [1, 19, 7], instead: 'client_header_timeout' },
  http2_idle_timeout: { since: [1, 19, 7], instead: 'keepalive_timeout' },
  http2_max_requests: { since: [1, 19, 7], instead: 'keepalive_requests' },
  http2_max_field_size: { since: [1, 19, 7], instead: 'large_client_header_buffers' },
  http2_max_header_size: { since: [1, 19, 7], instead: 'large_client_header_buffers' },
  http2_push: { since: [1, 25, 1] },
  http2_push_preload: { since: [1, 25, 1] },
  http2_max_concurrent_pushes: { since: [1, 25, 1] },
};

/** The same with the parameter of listen; nothing where no listen stands beside it. */
function listenFix(directive: Item, listens: readonly Item[]): Fix[] {
  const on = directive.args[0] === 'on';
  if (on && listens.length === 0) return [];
  const edits = listens
    .filter((it) => on && it.words.length > 1 && !it.args.includes('ssl'))
    .map((it) => ({ at: { node: it, start: it.words[1]!.end, end: it.words[1]!.end }, text: ' ssl' }));
  return [
    {
      title: on ? 'Move ssl to listen' : 'Remove it',
      applicability: 'suggested',
      edits: [...edits, { at: placeOfItem(directive), text: '' }],
    },
  ];
}
