import { nearest } from '../../base/nearest.js';
import { builtInVariables } from '../../catalog/nginxVariables.js';
import { nameKey } from '../../nginx/names.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/undefined-name',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'names',
  messages: {
    variable: 'Neither nginx nor this configuration has a variable "${name}". nginx will not start.',
    variableNear:
      'Neither nginx nor this configuration has a variable "${name}". nginx will not start. Did you mean "${near}"?',
    logFormat: 'No log_format has the name "{name}". nginx will not start.',
    zone: 'No limit_req_zone or limit_conn_zone makes a zone "{name}". nginx will not start.',
    upstream: 'There is no upstream "{name}", and an address needs a port. nginx will not start.',
    host: 'There is no upstream "{name}", and unless a machine has this name nginx will not start. Did you mean "{near}"?',
    memory: 'No upstream gives the zone "{name}" its size. nginx will not start.',
    uploads: 'No upload_progress has the name "{name}". nginx will not start.',
    pool: 'No thread_pool has the name "{name}". nginx will not start.',
    cache: 'No cache path makes a zone "{name}". nginx will not start.',
    otherNear: 'Nothing defines "{name}". nginx will not start. Did you mean "{near}"?',
  },
  docs: {
    summary: 'A variable, log format, limit zone or cache zone that nothing defines.',
    why: 'nginx -t fails with `unknown "name" variable`, `unknown log format` or `zero size shared memory zone`, often without naming a line. Checked only when the whole configuration is known, and variables only when no module of others is loaded.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        return 301 https://$hst$request_uri;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        return 301 https://$host$request_uri;
    }
}
`,
    sources: [
      'ngx_http_variables_init_vars() in src/http/ngx_http_variables.c',
      'ngx_http_log_set_log() in src/http/modules/ngx_http_log_module.c',
      'ngx_init_zone_pool() in src/core/ngx_cycle.c',
    ],
  },

  check({ uses, defined, foreign, complete }, report) {
    if (!complete) return;
    for (const { kind, family, name, at } of uses) {
      if (kind === 'section' || kind === 'bucket') continue;
      if ((kind === 'variable' && foreign) || defined.has(nameKey(kind, family, name))) continue;
      if (kind === 'host' && defined.has(nameKey('upstream', family, name))) continue;
      const start = `${kind === 'host' ? 'upstream' : kind} ${family} `;
      const candidates = namesWith(start, defined);
      const near = nearest(name, kind === 'variable' ? [...candidates, ...builtInVariables(family)] : candidates);
      if (kind === 'variable') {
        if (near === undefined) report({ at, say: 'variable', with: { name } });
        else
          report({
            at,
            say: 'variableNear',
            with: { name, near },
            fixes:
              at.end - at.start === name.length + 1
                ? [{ title: `Change to "$${near}"`, applicability: 'suggested', edits: [{ at, text: `$${near}` }] }]
                : [],
          });
      } else if (kind === 'host') {
        // Any name may be that of a machine; one that resembles an upstream is a slip of the finger.
        if (near !== undefined && !name.includes('.')) report({ at, say: 'host', with: { name, near } });
      } else if (near !== undefined) report({ at, say: 'otherNear', with: { name, near } });
      else report({ at, say: kind, with: { name } });
    }
  },
});

/** While somebody types, the same names are asked for again and again, and there may be thousands. */
const byStart = new WeakMap<ReadonlySet<string>, Map<string, readonly string[]>>();

function namesWith(start: string, defined: ReadonlySet<string>): readonly string[] {
  let starts = byStart.get(defined);
  if (!starts) byStart.set(defined, (starts = new Map()));
  let names = starts.get(start);
  if (!names) {
    const found: string[] = [];
    for (const it of defined) if (it.startsWith(start)) found.push(it.slice(start.length));
    starts.set(start, (names = found));
  }
  return names;
}
