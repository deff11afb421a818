import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** Inside their own block the block itself is the one that nginx stumbles over. */
const OWN_BLOCKS = /^(?:rtmp|stream|mail)/;

export default defineRule({
  id: 'nginx/module-not-loaded',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    absent:
      'nginx will not start: "{name}" belongs to {module}, which Debian and nginx.org ship as a shared object, and no load_module brings it. Install its package ({package}), or write load_module at the top of nginx.conf.',
  },
  docs: {
    summary: 'A directive of a module that nothing loads.',
    why: 'nginx -t fails with `unknown directive`. Debian’s packages of modules put a load_module into /etc/nginx/modules-enabled; where nginx.conf does not include that folder, or the package is not there, the directive is as good as misspelt. Said where nginx.conf has the form of Debian’s and all that it includes at its top is known. An nginx that somebody built with the module inside may take it.',
    bad: `-- etc/nginx/nginx.conf --
include /etc/nginx/modules-enabled/*.conf;
events {
}
http {
    include /etc/nginx/sites-enabled/*;
}
-- etc/nginx/modules-enabled/50-mod-http-echo.conf --
load_module modules/ngx_http_echo_module.so;
-- etc/nginx/sites-enabled/shop --
server {
    more_set_headers "Server: shop";
}
`,
    good: `-- etc/nginx/nginx.conf --
include /etc/nginx/modules-enabled/*.conf;
events {
}
http {
    include /etc/nginx/sites-enabled/*;
}
-- etc/nginx/modules-enabled/50-mod-http-headers-more-filter.conf --
load_module modules/ngx_http_headers_more_filter_module.so;
-- etc/nginx/sites-enabled/shop --
server {
    more_set_headers "Server: shop";
}
`,
    sources: [
      'https://nginx.org/en/docs/ngx_core_module.html#load_module',
      'ngx_conf_handler() in src/core/ngx_conf_file.c',
    ],
  },

  check({ directive, context, here, target }, report) {
    const { unloaded, modules = [] } = target;
    if (!unloaded || here.length === 0 || OWN_BLOCKS.test(context)) return;
    const { name } = directive;
    // Each module that has it is a shared object, and nobody says that it is inside.
    if (modules.includes(name) || !here.every((it) => unloaded.includes(it.module))) return;
    const { module } = here[0]!;
    const package_ = `libnginx-mod-${module.replace(/^ngx_|_(?:core_)?module$/g, '').replaceAll('_', '-')}`;
    report({ at: placeOfArg(directive, 0), say: 'absent', with: { name, module, package: package_ } });
  },
});
