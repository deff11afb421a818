import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { nginxWaits, placeOfTimeout, wordOfTimeout } from '../../deployment/patience.js';
import { appBehind, limitsBehind } from '../../deployment/proxiedRequest.js';
import { placeOfArgWord, type ServiceApp } from '../../deployment/serviceApp.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { parseTime } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** Seconds: ngx_http_proxy_merge_loc_conf() and gunicorn/config.py. */
const NGINX_WAITS = 60;

export default defineRule({
  id: 'deployment/timeouts-disagree',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    proxy:
      "nginx gives up after {read} s and answers 504, while gunicorn works on for up to {timeout} s (timeout of {unit}). Set proxy_read_timeout to more than that, or gunicorn's timeout to less.",
    server:
      'nginx gives up after {read} s and answers 504, while {server} works on for up to {timeout} s ({setting} of {unit}). Set {directive} to more than that, or {setting} to less.',
  },
  docs: {
    summary: 'nginx stops waiting for an answer before the app server stops working on it.',
    why: 'A request that takes longer than proxy_read_timeout (60 s unless set) gets 504, and the worker goes on with work that nobody waits for. Said of sync workers of gunicorn whose timeout is set: threads and coroutines beat for requests that take longer, and are not killed. harakiri of uWSGI and request_terminate_timeout of php-fpm end each request.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --timeout 300 --bind 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_read_timeout 310s;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --timeout 300 --bind 127.0.0.1:8000 app.wsgi
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
      'gunicorn/config.py, Timeout',
      'https://uwsgi-docs.readthedocs.io/en/latest/Glossary.html (harakiri)',
      'https://www.php.net/manual/en/install.fpm.configuration.php#request-terminate-timeout',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const directive = pass.name.replace('_pass', '_read_timeout');
      const behind = appBehind(around, pass.item);
      const app = behind?.app;
      const own = behind && limitsBehind(behind.app, behind.connection).time;
      const timeout = own?.value ?? (app && timeoutOf(app));
      if (!app || timeout === undefined) continue;
      const { directives, certain } = inForce(pass.within, directive);
      const set = directives[0];
      const read = set ? parseTime(set.args[0] ?? '', 'milliseconds') : NGINX_WAITS;
      if (!certain || read === undefined || read >= timeout) continue;
      if (own) {
        const at = own.word && placeOfArgWord(app, own.word);
        report({
          at: placeOfArg((set ?? pass).item, 1),
          say: 'server',
          with: { read, timeout, unit: app.unit.name.full, server: app.server, setting: own.name, directive },
          related: at ? [{ at, text: `${app.server} is given its limit here` }] : [],
          fixes: fixesFor(pass, set, directive, own.word && placeOfArgWord(app, own.word), app, { read, timeout }),
        });
        continue;
      }
      report({
        at: placeOfArg((set ?? pass).item, 1),
        say: 'proxy',
        with: { read, timeout, unit: app.unit.name.full },
        related: [{ at: placeOfTimeout(app), text: 'gunicorn is given its timeout here' }],
        fixes: fixesFor(pass, set, directive, wordOfTimeout(app), app, { read, timeout }),
      });
    }
  },
});

/** Seconds, where somebody set it; 0 turns it off. Threads and coroutines beat for workers that are not stuck themselves. */
function timeoutOf({ command }: ServiceApp): number | undefined {
  const set = command.settings?.of('timeout');
  const kind = command.settings?.of('worker_class').value;
  const threads = command.settings?.of('threads').value;
  if (!set || set.source === 'default' || kind !== 'sync' || threads !== 1) return undefined;
  return typeof set.value === 'number' && set.value > 0 ? set.value : undefined;
}

/** Either nginx waits for the server, or that gives up with nginx. */
function fixesFor(
  pass: Directive,
  set: Directive | undefined,
  directive: string,
  word: Place | undefined,
  { server }: ServiceApp,
  { read, timeout }: { readonly read: number; readonly timeout: number },
): Fix[] {
  return [
    nginxWaits(pass, set, directive, timeout + 10),
    ...(word && read >= 1
      ? [
          {
            title: `Let ${server} give up after ${read} s`,
            applicability: 'suggested' as const,
            edits: [{ at: word, text: String(Math.floor(read)) }],
          },
        ]
      : []),
  ];
}
