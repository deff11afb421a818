import type { AppServer } from '../../apps/appCommand.js';
import { lastValue } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { djangoSettings } from '../../deployment/appModule.js';
import { djangoSetting, placeOfSetting } from '../../deployment/django.js';
import { flaskLimit } from '../../deployment/flask.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { appBehind, limitsBehind } from '../../deployment/proxiedRequest.js';
import { placeOfArgWord, type ServiceApp } from '../../deployment/serviceApp.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { parseOffset } from '../../nginx/values.js';
import { indentOf, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

const MEGABYTE = 1024 * 1024;
const DJANGO = 'DATA_UPLOAD_MAX_MEMORY_SIZE';

export default defineRule({
  id: 'deployment/body-limits-disagree',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    smaller:
      'nginx answers 413 to bodies above {nginx}, while {unit} is set to take {app} ({setting}). Set client_max_body_size to that.',
    larger:
      'nginx lets bodies of {nginx} through, and {unit} takes {app} ({setting}): {what}. Set client_max_body_size to {app}, so that nginx answers 413 before they are sent on.',
  },
  docs: {
    summary: 'An app and nginx that let bodies of different sizes through.',
    why: 'client_max_body_size is 1m unless set, and a larger request gets 413 Request Entity Too Large before the app hears of it. Said where a limit of the app is set and is the larger one, as a warning where it is the 1m that nobody set (information for Django, whose number is not one of files); and where nginx is set to let more through than the app takes.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/waitress-serve --host 127.0.0.1 --max-request-body-size 52428800 app:app
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        client_max_body_size 50m;
        proxy_pass http://127.0.0.1:8080;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/waitress-serve --host 127.0.0.1 --max-request-body-size 52428800 app:app
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size',
      'https://docs.djangoproject.com/en/stable/ref/settings/#data-upload-max-memory-size',
      'max_request_body_size in https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html',
    ],
  },

  check({ server, around }, report) {
    const seen = new Set<ServiceApp>();
    for (const pass of passesIn(server)) {
      const behind = appBehind(around, pass.item);
      const app = behind?.app;
      const limit = app && !seen.has(app) ? limitOf(app, around, behind.connection) : undefined;
      if (!app || !limit) continue;
      const { directives, certain } = inForce(pass.within, 'client_max_body_size');
      const set = directives[0];
      const passes = set ? parseOffset(set.args[0] ?? '') : MEGABYTE;
      // Zero is no limit: ngx_http_core_find_config_phase().
      if (!certain || passes === undefined || passes === limit.bytes) continue;
      const at = placeOfArg((set ?? pass).item, 1);
      const related = limit.at ? [{ at: limit.at, text: 'the limit of the app' }] : [];
      if (passes === 0 || passes > limit.bytes) {
        const what = limit.above;
        // What nobody chose for this app is worth a word only where the answer tells nothing.
        if (what === undefined || ((!set || set.within.context === 'http') && app.server !== 'uwsgi')) continue;
        seen.add(app);
        const size = passes === 0 ? 'any size' : sizeText(passes);
        const names = { nginx: size, app: sizeText(limit.bytes), unit: app.unit.name.full, setting: limit.name, what };
        // What holds for others as well stays as it is.
        const own = set?.item.parent === pass.item.parent ? set : undefined;
        const there = placeOfArg((own ?? pass).item, 1);
        report({
          at: there,
          say: 'larger',
          severity: 'hint',
          with: names,
          related,
          fixes: fixFor(own, pass, limit.bytes),
        });
        continue;
      }
      seen.add(app);
      report({
        at,
        say: 'smaller',
        // A limit that somebody has chosen may be meant; nginx's own nobody has thought of. Of Django's, files do not count.
        severity: set ? 'hint' : limit.name === DJANGO || letsThrough(server, around, app) ? 'information' : 'warning',
        with: { nginx: sizeText(passes), app: sizeText(limit.bytes), unit: app.unit.name.full, setting: limit.name },
        related,
        fixes: fixFor(set, pass, limit.bytes),
      });
    }
  },
});

/** Another location of the server may be the one that takes what is large. */
function letsThrough(server: Block, around: Surroundings, app: ServiceApp): boolean {
  return passesIn(server).some((pass) => {
    const { directives, certain } = inForce(pass.within, 'client_max_body_size');
    return (!certain || directives.length > 0) && appBehind(around, pass.item)?.app === app;
  });
}

interface Limit {
  readonly bytes: number;
  readonly name: string;
  readonly at: Place | undefined;
  /** What larger bodies come to, where the limit is one of all bodies. */
  readonly above?: string | undefined;
}

/** Measured behind a running nginx: uWSGI 2.0.21, php-fpm 8.2, Flask 2.2. */
const ABOVE: Readonly<Partial<Record<AppServer, string>>> = {
  uwsgi: 'uWSGI closes the connection on larger ones, and nginx answers 502',
  'php-fpm': 'of larger ones PHP drops all fields and files, and runs the script without them',
};

function limitOf(app: ServiceApp, { host }: Surroundings, connection: Connection): Limit | undefined {
  const own = limitsBehind(app, connection).body;
  if (own) {
    const at = own.word && placeOfArgWord(app, own.word);
    return { bytes: own.value, name: own.name, at, above: ABOVE[app.server] };
  }
  const word = app.server === 'waitress' ? lastValue(app.command.given, 'max-request-body-size') : undefined;
  if (word && /^\d+$/.test(word.text))
    return { bytes: Number(word.text), name: '--max-request-body-size', at: placeOfArgWord(app, word) };
  const flask = flaskLimit(app, host);
  if (flask)
    return {
      ...{ bytes: flask.value, name: 'MAX_CONTENT_LENGTH', at: flask.at },
      above: 'Flask answers 413 once the view reads a larger one',
    };
  const settings = djangoSettings(app, host);
  const name = DJANGO;
  const value = settings && djangoSetting(settings, name);
  return settings && typeof value === 'number' ? { bytes: value, name, at: placeOfSetting(settings, name) } : undefined;
}

/** As nginx writes it where that is a whole number: `20m`. */
function sizeText(bytes: number): string {
  if (bytes % MEGABYTE === 0) return `${bytes / MEGABYTE}m`;
  return bytes % 1024 === 0 ? `${bytes / 1024}k` : String(bytes);
}

function fixFor(set: Directive | undefined, pass: Directive, bytes: number): Fix[] {
  const text = sizeText(bytes);
  const title = `Let bodies of ${text} through`;
  if (set) return [{ title, applicability: 'suggested', edits: [{ at: placeOfArg(set.item, 1), text }] }];
  const at = { node: pass.item, start: 0, end: 0 };
  return [
    {
      title,
      applicability: 'suggested',
      edits: [{ at, text: `client_max_body_size ${text};\n${indentOf(pass.item)}` }],
    },
  ];
}
