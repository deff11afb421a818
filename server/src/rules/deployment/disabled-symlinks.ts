import type { Fix } from '../../base/fix.js';
import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { namesIn } from '../../deployment/servedFiles.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { PASSES } from '../../nginx/effective/passes.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/disabled-symlinks',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['disable_symlinks'],
  messages: {
    root: 'nginx will send no file from here: on the way to {root} there is a symbolic link (it leads to {real}), and disable_symlinks on follows none. Leave that part out with from=$document_root.',
    file: 'nginx will answer 403 for {uri}: {path} is a symbolic link, and disable_symlinks on follows none.',
  },
  docs: {
    summary: 'Links lead to the files, and nginx is told to follow none.',
    why: '`disable_symlinks on` refuses a path in which any component is a link, those of the root included: a `current` that leads to a release closes the whole site. `from=` says where nginx begins to look. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/current;
    disable_symlinks on;
}
-- srv/site/releases/2/index.html --
-- srv/site/current link=releases/2 --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/current;
    disable_symlinks on from=$document_root;
}
-- srv/site/releases/2/index.html --
-- srv/site/current link=releases/2 --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#disable_symlinks',
      'ngx_open_file_wrapper() in src/core/ngx_open_file_cache.c',
    ],
  },

  check({ server, around }, report) {
    const told = new Set<unknown>();
    for (const block of [server, ...locationsIn(server)]) {
      const disabled = inForce(block, 'disable_symlinks');
      const [by] = disabled.directives;
      if (!disabled.certain || by?.args[0] !== 'on' || block.directives.some((it) => PASSES.has(it.name))) continue;
      const root = inForce(block, 'root');
      const [rooted] = root.directives;
      const value = rooted?.args[0] ?? '';
      if (!root.certain || rooted?.name !== 'root' || !value.startsWith('/') || /[$]/.test(value)) continue;
      if (told.has(rooted.item)) continue;
      const folder = hostPath(value);
      const from = by.args.find((it) => it.startsWith('from='))?.slice('from='.length);
      const related = [{ at: placeOfHead(by.item), text: 'follows no links' }];
      const real = realOf(folder, around.host);
      if (real === undefined) continue;
      if (from === undefined && real !== folder) {
        told.add(rooted.item);
        const at = placeOfArg(rooted.item, 1);
        report({ at, say: 'root', with: { root: folder, real }, related, fixes: [fixFor(by)] });
      } else if (from === undefined || from === '$document_root' || hostPath(from) === folder) {
        const name = namesIn(folder, around.host).find((it) => isLink(joinPath(folder, it), real, it, around.host));
        if (name === undefined) continue;
        told.add(rooted.item);
        const known = { uri: `/${name}`, path: joinPath(folder, name) };
        report({ at: placeOfArg(rooted.item, 1), say: 'file', with: known, related });
      }
    }
  },
});

function locationsIn(block: Block): Block[] {
  return block.all('location').flatMap(({ body }) => (body ? [body, ...locationsIn(body)] : []));
}

function realOf(path: HostPath, host: HostView): HostPath | undefined {
  const there = host.stat(path);
  return there.known && there.value ? (there.value.real ?? path) : undefined;
}

function isLink(path: HostPath, real: HostPath, name: string, host: HostView): boolean {
  const own = realOf(path, host);
  return own !== undefined && own !== joinPath(real, name) && own !== path;
}

function fixFor({ item }: Directive): Fix {
  const at = placeOfArg(item, 1);
  const edits = [{ at: { ...at, start: at.end }, text: ' from=$document_root' }];
  return { title: 'Begin with the root', applicability: 'suggested', edits };
}
