import { hasFlag, lastValue } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import { djangoSettings } from '../../deployment/appModule.js';
import { djangoSetting } from '../../deployment/django.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/proxy-not-trusted',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    distrusts:
      '{unit} does not believe this header: {server} takes it from {trusted} only, and nginx comes {from}. The app sees {loses}. Give {server} {option}.',
    ignores: '{unit} ignores this header: {server} reads it only with {option}. The app sees {loses}.',
    drops:
      '{unit} removes this header from the request: waitress passes it on only with {option}. The app sees {loses}.',
  },
  docs: {
    summary: 'An app server that does not believe what nginx says of the client, because it does not trust the proxy.',
    why: "Any client can send X-Forwarded-Proto and X-Forwarded-For, so servers believe only proxies that they are told to trust: gunicorn and uvicorn those on 127.0.0.1 and ::1. uvicorn sees no address at all on a unix socket and trusts nobody there. The app then takes the request for plain HTTP, makes links and redirects with http://, and does not know the client's address.",
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443 ssl;
    location / {
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://unix:/run/app/app.sock;
    }
}
-- etc/systemd/system/app.service --
[Service]
RuntimeDirectory=app
ExecStart=/srv/app/venv/bin/uvicorn --uds /run/app/app.sock app:app
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443 ssl;
    location / {
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://unix:/run/app/app.sock;
    }
}
-- etc/systemd/system/app.service --
[Service]
RuntimeDirectory=app
ExecStart=/srv/app/venv/bin/uvicorn --forwarded-allow-ips * --uds /run/app/app.sock app:app
`,
    sources: [
      'forwarded_allow_ips in https://docs.gunicorn.org/en/stable/settings.html; Message.parse_headers() in gunicorn/http/message.py',
      'ProxyHeadersMiddleware in uvicorn/middleware/proxy_headers.py',
      '--proxy-headers in daphne/cli.py',
      'trusted_proxy in https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html',
    ],
  },

  check({ server, around }, report) {
    const tls = server.all('listen').some((it) => it.args.includes('ssl') || it.args.includes('quic'));
    const seen = new Set<ServiceApp>();
    for (const pass of passesIn(server)) {
      const found = pass.name === 'proxy_pass' ? appBehind(around, pass.item) : undefined;
      if (!found || seen.has(found.app)) continue;
      const { app, connection } = found;
      const doubt = doubtOf(app, connection);
      const header =
        doubt && headerLost(pass.within, doubt.wholly, tls && (doubt.say === 'drops' || !readsItself(app, around)));
      if (!doubt || !header?.directive) continue;
      seen.add(app);
      const name = header.directive.args[0]!.toLowerCase();
      const loses = name === 'x-forwarded-proto' ? 'http instead of https' : "nginx's address instead of the client's";
      report({
        at: placeOfArg(header.directive.item, 1),
        say: doubt.say,
        with: { ...doubt, unit: app.unit.name.full, server: app.server, loses },
        severity: tls && name === 'x-forwarded-proto' ? 'information' : 'hint',
        related: [{ at: placeOfCommand(app), text: `${app.server} is started here` }],
        fixes: fixFor(app, doubt.option),
      });
    }
  },
});

interface Doubt {
  readonly say: 'distrusts' | 'ignores' | 'drops';
  readonly trusted: string;
  readonly from: string;
  readonly option: string;
  /** The client's address is lost, too; gunicorn never takes that from a header. */
  readonly wholly: boolean;
}

/** Why the server will not believe nginx on this connection; undefined where it may. */
function doubtOf(app: ServiceApp, { address }: Connection): Doubt | undefined {
  const { command, environment, server } = app;
  const { given, settings } = command;
  const none = { trusted: '', from: '', wholly: true };
  if (server === 'daphne')
    return hasFlag(given, 'proxy-headers') || lastValue(given, 'proxy-headers-host')
      ? undefined
      : { ...none, say: 'ignores', option: '--proxy-headers' };
  if (server === 'waitress')
    return given.unknown.length > 0 || given.options.some((it) => it.spec.setting.startsWith('trusted-proxy'))
      ? undefined
      : { ...none, say: 'drops', option: '--trusted-proxy=* --trusted-proxy-headers=x-forwarded-proto' };
  if (server !== 'gunicorn' && server !== 'uvicorn') return undefined;
  const worker = settings?.of('worker_class').value;
  const asgi = server === 'uvicorn' || (typeof worker === 'string' && /^uvicorn[._]worker/.test(worker));
  if (!asgi && (typeof worker !== 'string' || !WSGI_WORKERS.includes(worker))) return undefined;
  // Anything that somebody has set is a decision.
  if (VARIABLES.some((it) => environment(it) !== undefined)) return undefined;
  if (server === 'gunicorn' && settings?.of('forwarded_allow_ips').source !== 'default') return undefined;
  if (server === 'uvicorn' && (lastValue(given, 'forwarded-allow-ips') || hasFlag(given, 'no-proxy-headers')))
    return undefined;
  if (address.kind === 'tcp') {
    if (isLoopback(address.host)) return undefined;
    const from = `from ${address.host}`;
    return {
      say: 'distrusts',
      trusted: '127.0.0.1 and ::1',
      from,
      option: `--forwarded-allow-ips ${address.host}`,
      wholly: asgi,
    };
  }
  if (!asgi) return undefined;
  return {
    say: 'distrusts',
    trusted: '127.0.0.1',
    from: 'through a unix socket, without an address',
    option: '--forwarded-allow-ips *',
    wholly: true,
  };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '127.0.0.1' || host === '::1';
const VARIABLES: readonly string[] = ['FORWARDED_ALLOW_IPS', 'UVICORN_FORWARDED_ALLOW_IPS', 'UVICORN_PROXY_HEADERS'];
const WSGI_WORKERS: readonly string[] = ['sync', 'gthread', 'gevent', 'eventlet', 'tornado'];

/** Django takes the scheme from the header, whatever the server makes of it. */
function readsItself(app: ServiceApp, { host }: Surroundings): boolean {
  const settings = djangoSettings(app, host);
  return settings !== undefined && (djangoSetting(settings, 'SECURE_PROXY_SSL_HEADER') ?? undefined) !== undefined;
}

/** The header that nginx sends in vain: the scheme where it is https, else the address if the server loses that, too. */
function headerLost(block: Block, wholly: boolean, scheme: boolean): ReturnType<typeof headerSent> | undefined {
  const of = (name: string): ReturnType<typeof headerSent> | undefined => {
    const sent = headerSent(block, name);
    return sent.known && sent.directive && sent.value !== undefined ? sent : undefined;
  };
  return (scheme ? of('x-forwarded-proto') : undefined) ?? (wholly ? of('x-forwarded-for') : undefined);
}

function fixFor(app: ServiceApp, option: string): Fix[] {
  const at = placeOfCommand(app);
  const title = `Add ${option}`;
  return [{ title, applicability: 'suggested', edits: [{ at: { ...at, start: at.end }, text: ` ${option}` }] }];
}
