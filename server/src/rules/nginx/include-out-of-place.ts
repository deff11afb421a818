import type { BodyContext } from '../../nginx/contexts.js';
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
    if (here === undefined || !around?.loaded || around.facts.strays.length > 0) return;
    for (const { by, file, facts } of configuration.readings) {
      const { foreign, strays } = facts;
      if (by?.item !== site.item || !foreign || strays.length > 0) continue;
      const there = THERE[foreign.there];
      if (there === undefined) continue;
      report({ at: site.at, say: 'elsewhere', with: { here, path: file.path, name: foreign.name, there } });
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
