import { hostPath } from '../../base/hostPath.js';
import { isAbsent } from '../../host/host.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/name-without-folder',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    missing: 'nginx will answer 404 to whoever asks for {name}: {folder} does not exist.',
  },
  docs: {
    summary: 'A root with the name of the host in it, and a name that has no folder.',
    why: '$host is the name as the client asks for it, so each name of the server needs a folder of its own, or a server that redirects it.',
    bad: `-- etc/nginx/conf.d/sites.conf --
server {
    server_name example.com www.example.com;
    root /srv/$host;
}
-- srv/example.com/index.html --
`,
    good: `-- etc/nginx/conf.d/sites.conf --
server {
    server_name example.com shop.example.com;
    root /srv/$host;
}
-- srv/example.com/index.html --
-- srv/shop.example.com/index.html --
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host'],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => /^(?:rewrite|return|if)$|_by_lua/.test(it.name))) return;
    const block = findLocation(server, '/')?.block;
    if (!block || block.directives.some((it) => OTHERWISE.test(it.name))) return;
    const root = inForce(block, 'root');
    const [by] = root.directives;
    const value = by?.args[0] ?? '';
    if (!root.certain || by?.name !== 'root' || !/^\/[^$]*\$(?:host|http_host|\{host\})[^$]*$/.test(value)) return;
    const names = server
      .all('server_name')
      .flatMap((it) => it.args)
      .filter((it) => /^[\w-]+(?:\.[\w-]+)+$/.test(it));
    const name = names.slice(0, 20).find((it) => isAbsent(hostPath(folderOf(value, it)), around.host));
    if (name !== undefined)
      report({ at: placeOfArg(by.item, 1), say: 'missing', with: { name, folder: folderOf(value, name) } });
  },
});

const OTHERWISE = /_pass$|^(?:try_files|return|rewrite|if|error_page)$|_by_lua/;

const folderOf = (value: string, name: string) => value.replace(/\$(?:host|http_host|\{host\})/, name.toLowerCase());
