import { hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/closed-by-file',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    closed: 'nginx answers {status} to everything here as long as {path} exists, and it does.',
  },
  docs: {
    summary: 'The file that closes a site for maintenance is there.',
    why: '`if (-f ...)` with `return 503` closes a site while a file exists. One that was left behind, or that a deployment has copied along, keeps it closed, and neither nginx -t nor the log of errors speaks of it. It may be meant, so it is said as information.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    if (-f $document_root/maintenance.html) {
        return 503;
    }
}
-- srv/site/maintenance.html --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    if (-f $document_root/maintenance.html) {
        return 503;
    }
}
-- srv/site/index.html --
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#if'],
  },

  check({ server, around }, report) {
    for (const { directive, status } of closing(server)) {
      const path = wanted(directive, around.host);
      if (path !== undefined) report({ at: placeOfHead(directive.item), say: 'closed', with: { status, path } });
    }
  },
});

/** Conditions on a file that end with a status of an error, in the server and its location for everything. */
function* closing(server: Block): Generator<{ directive: Directive; status: string }> {
  const root = server.all('location').find((it) => it.args.length === 1 && it.args[0] === '/')?.body;
  for (const block of root ? [server, root] : [server])
    for (const directive of block.all('if')) {
      const status = directive.body?.first('return')?.args[0] ?? '';
      if (/^[45]\d\d$/.test(status) && directive.body?.directives[0]?.name === 'return') yield { directive, status };
    }
}

/** The file of `(-f path)`, if it is known to be there. */
function wanted({ args, within }: Directive, host: HostView): string | undefined {
  const [, written] = /^\(\s*-[fe]\s+(\S+?)\s*\)$/.exec(args.join(' ')) ?? [];
  const root = inForce(within, 'root');
  const folder = root.certain && root.directives[0]?.name === 'root' ? root.directives[0].args[0] : undefined;
  const path = written?.replace(/^(["'])(.*)\1$/, '$2').replace('$document_root', folder ?? '$');
  if (!path?.startsWith('/') || path.includes('$')) return undefined;
  const there = host.stat(hostPath(path));
  return there.known && there.value ? path : undefined;
}
