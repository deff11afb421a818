import { fileName, type HostPath } from '../../base/hostPath.js';
import { isBuiltInVariable } from '../../catalog/nginxVariables.js';
import { isText } from '../../host/host.js';
import { isGlob } from '../../nginx/includePaths.js';
import { defineRule } from '../rule.js';

/** Files that nginx's packages put beside nginx.conf: a repository rarely holds copies of them. */
const SHIPPED =
  /^(?:mime\.types|proxy_params|fastcgi_params|fastcgi\.conf|uwsgi_params|scgi_params|koi-utf|koi-win|win-utf|fastcgi-php\.conf|snakeoil\.conf)$/;
const DEBIAN_ONLY = /^(?:proxy_params|fastcgi-php\.conf|snakeoil\.conf)$/;

export default defineRule({
  id: 'nginx/missing-include',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'inclusion',
  messages: {
    variable:
      'nginx takes no variables in "include": it looks for a file that is named "{pattern}" and will not start without it.',
    broken: 'nginx will not start: {path} is a symbolic link to something that does not exist.',
    missing: 'nginx will not start: {path} does not exist.',
    debianOnly:
      '{path} is not in this tree. Debian and Ubuntu ship it, other distributions do not; without it nginx will not start.',
    cycle: 'nginx will not start: {path} includes itself, by way of this line.',
    unreadable: 'nginx cannot load {path}: {detail}.',
  },
  docs: {
    summary: 'An include of a file that is not there, that cannot be read, or that leads back to itself.',
    why: 'nginx -t fails with `open() failed`, or runs out of file descriptors in a cycle. A pattern with wildcards may match nothing.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    include app.conf;
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    include app.conf;
}
-- etc/nginx/app.conf --
server {
    listen 80;
}
`,
    sources: [
      'https://nginx.org/en/docs/ngx_core_module.html#include',
      'ngx_conf_include() in src/core/ngx_conf_file.c',
    ],
  },

  check({ inclusion, configuration, host }, report) {
    const { site, cycle } = inclusion;
    const { at, pattern } = site;
    if (cycle) {
      report({ at, say: 'cycle', with: { path: cycle } });
      return;
    }
    const variable = /\$([a-z_]+)/.exec(pattern)?.[1];
    if (variable !== undefined && inclusion.paths.known && isBuiltInVariable(variable, 'http')) {
      const absent = inclusion.paths.value.every((it) => {
        const facts = host.stat(it);
        return facts.known && facts.value === undefined;
      });
      if (absent) report({ at, say: 'variable', with: { pattern } });
      return;
    }
    // A name that a template or a variable fills in says nothing about the file system.
    if (/\$|\{\{/.test(pattern) || !inclusion.paths.known) return;
    for (const path of inclusion.paths.value) {
      const facts = host.stat(path);
      if (!facts.known) {
        if (facts.why === 'ELOOP')
          report({ at, say: 'unreadable', with: { path, detail: 'its symbolic links lead in a circle' } });
        continue;
      }
      if (facts.value === undefined) {
        // A wildcard matches names, so the name is there and what it leads to is not.
        if (isGlob(pattern)) report({ at, say: 'broken', with: { path } });
        else reportMissing(path);
        continue;
      }
      const text = host.read(path);
      if (!text.known || text.value === undefined || isText(text.value)) continue;
      const severity = text.value.problem === 'not a file' ? 'error' : 'warning';
      report({ at, say: 'unreadable', with: { path, detail: text.value.detail }, severity });
    }

    function reportMissing(path: HostPath): void {
      // Without nginx.conf the tree is not all that the host has under /etc/nginx.
      const partial = configuration.main === undefined && SHIPPED.test(fileName(path));
      if (!partial) report({ at, say: 'missing', with: { path } });
      else if (DEBIAN_ONLY.test(fileName(path)))
        report({ at, say: 'debianOnly', with: { path }, severity: 'information' });
    }
  },
});
