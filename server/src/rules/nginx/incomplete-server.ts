import { directiveEntries } from '../../catalog/nginx.js';
import { isAtLeast } from '../../catalog/nginxVersion.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** What makes a server of stream do something with its connections. */
const HANDLERS = /^(?:proxy_pass|return|pass)$|^(?:content_by_lua|js_)/;

/** Ports by which nginx knows the protocol: ngx_mail_pop3_protocol and its like in src/mail. */
const MAIL_PORTS = ['25', '465', '587', '110', '995', '143', '993'];

export default defineRule({
  id: 'nginx/incomplete-server',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    listen: 'This server has no "listen". nginx will not start: only servers of http have a port by default.',
    handler:
      'This server says nothing of its connections: "proxy_pass", "return" or "pass" is missing. Newer nginx closes them; nginx 1.26 does not start.',
    refusedHandler:
      'nginx will not start: this server says nothing of its connections. "proxy_pass", "return" or "pass" is missing.',
    protocol:
      'nginx does not know the protocol of this server from its port, and will not start: "protocol" is missing.',
    certificate:
      'nginx will not start: this server speaks TLS, and neither it nor {around} around it has an "ssl_certificate".',
    key: 'nginx will not start: neither this server nor {around} around it has an "ssl_certificate_key" for the certificate.',
    authHttp: 'Neither this server nor mail around it has an "auth_http". nginx will not start.',
  },
  docs: {
    summary: 'A server of stream or mail that lacks something it needs.',
    why: 'nginx -t fails with `no handler for server`, `no "listen" is defined for server`, `unknown mail protocol` or `no "auth_http" is defined`.',
    bad: `-- etc/nginx/nginx.conf --
events {}
stream {
    server {
        proxy_pass 192.0.2.1:5432;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
stream {
    server {
        listen 5432;
        proxy_pass 192.0.2.1:5432;
    }
}
`,
    sources: [
      'ngx_stream_core_merge_srv_conf() in src/stream/ngx_stream_core_module.c',
      'ngx_mail_core_merge_srv_conf() in src/mail/ngx_mail_core_module.c',
      'ngx_mail_auth_http_merge_conf() in src/mail/ngx_mail_auth_http_module.c',
    ],
  },

  check({ items, context, owner, target }, report) {
    if (context === 'stream-server' && owner && isKnown(items) && owner.close !== undefined) {
      if (!items.some((it) => it.name === 'listen')) report({ at: placeOfHead(owner), say: 'listen' });
      else if (!items.some((it) => HANDLERS.test(it.name))) {
        if (target.version && !isAtLeast(target.version, [1, 27]))
          report({ at: placeOfHead(owner), say: 'refusedHandler' });
        else report({ at: placeOfHead(owner), say: 'handler', severity: 'warning' });
      }
    }
    if ((context === 'mail' || context === 'stream') && owner && isKnown(items)) {
      for (const server of items) {
        if (server.name !== 'server' || !server.children || server.close === undefined) continue;
        const { children } = server;
        const asks = children.find(asksForTls);
        if (!asks || !isKnown(children)) continue;
        const has = (name: string) => [...children, ...items].some((it) => it.name === name);
        const say = has('ssl_certificate') ? (has('ssl_certificate_key') ? undefined : 'key') : 'certificate';
        if (say) report({ at: placeOfHead(asks), say, with: { around: context } });
      }
    }
    if (context !== 'mail' || !owner || !isKnown(items)) return;
    const outer = new Set(items.map((it) => it.name));
    for (const server of items) {
      const own = server.children;
      if (server.name !== 'server' || !own || server.close === undefined || !isKnown(own)) continue;
      const listens = own.filter((it) => it.name === 'listen');
      const say = (what: 'listen' | 'protocol' | 'authHttp') => report({ at: placeOfHead(server), say: what });
      if (listens.length === 0) say('listen');
      else if (!own.some((it) => it.name === 'protocol') && !listens.some(isMailPort)) say('protocol');
      else if (!outer.has('auth_http') && !own.some((it) => it.name === 'auth_http')) say('authHttp');
    }
  },
});

const isMailPort = ({ args: [address = ''] }: Item) =>
  isTemplated(address) || MAIL_PORTS.includes(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? '');

/** `starttls` and `listen ... ssl`: ngx_mail_ssl_merge_conf(), ngx_stream_ssl_merge_conf(). */
const asksForTls = ({ name, args }: Item) =>
  (name === 'starttls' && /^(?:on|only)$/i.test(args[0] ?? '')) || (name === 'listen' && args.indexOf('ssl') > 0);

/** No include and no module of others among them, which could bring what is missing. */
function isKnown(items: readonly Item[]): boolean {
  return items.every((it) => {
    if (!it.isDirective) return it.kind === 'comment';
    const entries = directiveEntries(it.name);
    return (
      it.name !== 'include' &&
      it.close !== undefined &&
      entries.length > 0 &&
      entries.some((entry) => !entry.thirdParty)
    );
  });
}
