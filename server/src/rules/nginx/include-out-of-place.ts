import type { HostPath } from '../../base/hostPath.js';
import { directiveEntries, directiveIn, type NginxContext } from '../../catalog/nginx.js';
import type { BodyContext } from '../../nginx/contexts.js';
import { guessedContext } from '../../nginx/guessedContext.js';
import type { NginxFile } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/include-out-of-place',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'inclusion',
  messages: {
    elsewhere:
      'nginx will not start: this include stands {here}, and what {path} has at its top, such as "{name}", belongs {there}. Move the line there.',
  },
  docs: {
    summary: 'An include in a block that takes nothing of what the file has.',
    why: 'What is included stands where the include stands. Sites that are included below the last brace of http, or a list of servers for http in the block of another one, end with `directive is not allowed here`, and nginx names the file that was included, where nothing is wrong. Silent where some of the file may stand there, or braces do not match.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
}
include sites-enabled/*;
-- etc/nginx/sites-enabled/app --
server {
    listen 80;
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    include sites-enabled/*;
}
-- etc/nginx/sites-enabled/app --
server {
    listen 80;
}
`,
    sources: [
      'https://nginx.org/en/docs/ngx_core_module.html#include',
      'ngx_conf_include() and ngx_conf_handler() in src/core/ngx_conf_file.c',
    ],
  },

  check({ inclusion, configuration }, report) {
    const { site } = inclusion;
    const here = HERE[site.context];
    const around = configuration.readings.find((it) => it.facts.includes.includes(site));
    if (here === undefined || !around?.loaded || !isBalanced(around.file)) return;
    for (const { by, file } of configuration.readings) {
      if (by?.item !== site.item) continue;
      const found = foreignIn(file, site.context as NginxContext);
      if (!found) continue;
      const { name, there } = found;
      report({ at: site.at, say: 'elsewhere', with: { here, path: file.path as HostPath, name, there } });
      return;
    }
  },
});

const HERE: Partial<Record<BodyContext, string>> = {
  main: 'outside of http',
  events: 'in events',
  http: 'in http, outside of any server',
  server: 'in a server',
  location: 'in a location',
  upstream: 'in an upstream',
  stream: 'in stream',
};

const THERE: Partial<Record<BodyContext, string>> = {
  main: 'at the top level of nginx.conf',
  http: 'in http',
  server: 'in a server',
  location: 'in a location',
  upstream: 'in an upstream',
  stream: 'in stream',
};

/** The first directive at the top of a file of which nothing may stand in `context`, and where all of it may. */
function foreignIn(file: NginxFile, context: NginxContext) {
  if (!isBalanced(file)) return undefined;
  const known = file.children.filter(
    (it) => it.isDirective && it.name !== 'include' && directiveEntries(it.name).length > 0,
  );
  const [first] = known;
  if (!first || known.some((it) => directiveIn(it.name, context))) return undefined;
  const there = THERE[guessedContext(file)];
  return there === undefined ? undefined : { name: first.name, there };
}

const isBalanced = ({ children }: NginxFile): boolean =>
  children.every((it) => (it.isDirective ? it.close !== undefined : it.kind === 'comment' || it.kind === 'bom'));
