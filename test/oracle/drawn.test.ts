/**
 * Configurations drawn by lot: directives of the catalog with their defaults and with values of their kinds, in all
 * contexts. Where nginx loads one, we call nothing in it an error. `DRAWN=900 DRAWN_SEED=7 LIST=1` for more, or others.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { directivesIn, type NginxContext, type NginxDirective } from '../../server/src/catalog/nginx.js';
import { existsIn, NEWEST, takes } from '../../server/src/catalog/nginxVersion.js';
import { grammars } from '../fixture/deployment.js';
import { randomNumbers } from '../fuzz/edits.js';
import { askNginx, errorsOf, type NginxOracle, nginxOracles } from './nginxProbe.js';

beforeAll(grammars);

const COUNT = Number(process.env.DRAWN ?? (process.env.CI ? 120 : 30));
const SEED = Number(process.env.DRAWN_SEED ?? 1);

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const VALUES: Readonly<Record<string, readonly string[]>> = {
  flag: ['on', 'off'],
  size: ['8k', '16k', '1m', '4096', '128K'],
  off_t: ['0', '1m', '10m', '2g'],
  msec: ['30s', '500ms', '1m', '1h', '60', '1m30s'],
  sec: ['30s', '10m', '1d', '4w', '3600'],
  num: ['1', '2', '8', '100', '512', '1000'],
};

/** What people write where a handler of its own reads the value. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  add_header: ['X-Frame-Options SAMEORIGIN', 'X-Id "$request_id" always', "Cache-Control 'public, max-age=60'"],
  proxy_set_header: [
    'Host $host',
    'X-Real-IP $remote_addr',
    'X-Forwarded-For $proxy_add_x_forwarded_for',
    'Connection ""',
  ],
  fastcgi_param: ['HTTPS on', 'SCRIPT_FILENAME $document_root$fastcgi_script_name', 'X ${host}_$uri if_not_empty'],
  error_page: ['404 /404.html', '500 502 503 504 =503 /50x.html', '403 =404 @none', '401 https://example.com/login'],
  expires: ['30d', 'max', '-1', 'modified +24h', '@15h', 'off', '$arg_ttl'],
  index: ['index.php index.html', 'index.html /index.php'],
  try_files: ['$uri $uri/ /index.php?$args', '$uri =404', '/maintenance.html $uri @none'],
  rewrite: ['^/old/(.*)$ /new/$1 permanent', '^ /index.php last', '"^/([a-z]{2})/(.*)" /$2?lang=$1? break'],
  return: ['204', '301 https://$host$request_uri', '200 "ok\\n"', '403', 'https://example.com/'],
  set: ['$mobile 0', '$key "$uri$is_args$args"', '$a_b_c ${scheme}x'],
  allow: ['192.0.2.0/24', '2001:db8::/32', 'all', 'unix:', '127.0.0.1'],
  deny: ['all', '198.51.100.7', '10.0.0.0/8'],
  access_log: [
    'off',
    '/var/log/nginx/drawn.log',
    '/var/log/nginx/d.log combined buffer=32k flush=5s',
    'syslog:server=127.0.0.1',
  ],
  error_log: ['/var/log/nginx/drawn-error.log warn', 'stderr info', 'syslog:server=127.0.0.1:514,facility=local7'],
  root: ['/srv/www', '/srv/$host/public', 'html'],
  resolver: ['127.0.0.1', '127.0.0.53:53 [::1] valid=30s ipv6=off'],
  gzip_types: ['text/css application/json', '*', 'text/plain'],
  proxy_cache_valid: ['200 302 10m', '404 1m', 'any 30s', '5m'],
  limit_rate: ['100k', '$arg_rate', '0'],
  keepalive_timeout: ['65', '75s 60s', '0'],
  client_body_temp_path: ['/var/tmp/drawn-body 1 2'],
  proxy_pass: ['http://127.0.0.1:8080', 'http://back/', 'https://$arg_b$uri', 'http://unix:/run/app.sock:/x'],
  fastcgi_pass: ['127.0.0.1:9000', 'unix:/run/php.sock', 'back'],
  ssl_protocols: ['TLSv1.2 TLSv1.3', 'TLSv1.2'],
  ssl_ciphers: ['HIGH:!aNULL:!MD5', 'ECDHE+AESGCM'],
  ssl_session_cache: ['shared:drawn:1m', 'none', 'builtin:1000'],
  listen: ['8080', '127.0.0.1:8081 backlog=64', '[::]:8082 ipv6only=on', '8083 default_server', 'unix:/tmp/drawn.sock'],
  server_name: ['example.com www.example.com', '*.example.org', '"~^(?<sub>\\w{1,9})\\.example\\.net$"', '_ ""'],
  valid_referers: ['none blocked server_names *.example.com ~\\.google\\.'],
  auth_basic: ['off', '"Closed site"', '$realm_$host'],
  satisfy: ['any', 'all'],
  limit_except: [],
  mirror: ['/mirror', 'off'],
  log_subrequest: ['on'],
  hash: ['$request_uri consistent', '$remote_addr'],
  server: ['127.0.0.1:8001', '127.0.0.1:8002 weight=3 max_fails=2 fail_timeout=10s', '192.0.2.9:80 down'],
  keepalive: ['16'],
  zone: ['drawn 64k'],
  real_ip_header: ['X-Forwarded-For', 'proxy_protocol', 'X-Real-IP'],
  set_real_ip_from: ['10.0.0.0/8', '2001:db8::/32', 'unix:'],
  sub_filter: ["'</head>' '<script></script></head>'", 'http://a https://$host'],
  proxy_redirect: ['off', 'default', 'http://back/ /', '~^http://[^/]+/(.*)$ /$1'],
  proxy_cookie_path: ['/ /app/', 'off', '"~*^/a/(.+)" /$1'],
  proxy_next_upstream: ['error timeout http_502 non_idempotent', 'off'],
  secure_link_md5: ['"$secure_link_expires$uri s3cr3t"'],
  userid_expires: ['365d', 'max', 'off'],
};

/** What would need something beside it, a file that is not there, or is no line of its own. */
const LEFT_OUT =
  /^(?:include|if|alias|internal|ssl_certificate.*|.*_certificate.*|ssl_(?:dhparam|crl|stapling.*|ocsp.*|verify_client|password_file|ech.*|session_ticket_key|early_data|conf_command|engine|encrypted.*)|.*_ssl_(?:crl|verify|name|password_file|conf_command|key_log)|user|pid|daemon|load_module|.*_by_lua.*|perl.*|geo.*|xslt.*|xml_.*|proxy_store|.*_bind|image_filter|stream|mail|http|eventport_.*|kqueue_.*|devpoll_.*|acceptex_.*|post_acceptex|js_.*|otel_.*|degrad.*|iocp_.*|quic_.*|acme_.*)$/;

function argumentsOf(entry: NginxDirective, context: NginxContext, random: Random): string | undefined {
  const own = entry.name === 'keepalive' && context !== 'upstream' ? undefined : OWN[entry.name];
  if (own && (context !== 'upstream' || !/^(?:set|return)$/.test(entry.name)))
    return own.length > 0 ? pick(random, own) : undefined;
  if (entry.type === 'enum' || entry.type === 'bitmask')
    return entry.values?.length ? pick(random, entry.values) : undefined;
  if (entry.type === 'bufs') return pick(random, ['4 4k', '8 16k', '32 8k']);
  const values = VALUES[entry.type ?? ''];
  if (values) return pick(random, values);
  return entry.default && takes(entry, entry.default.split(' ').length, NEWEST) && /^[\w ./]+$/.test(entry.default)
    ? entry.default
    : undefined;
}

function drawn(context: NginxContext, count: number, oracle: NginxOracle, random: Random): string {
  const lines = new Map<string, string>();
  const all = directivesIn(context).filter(
    (it) =>
      !it.block &&
      !it.thirdParty &&
      !it.commercial &&
      !it.deprecated &&
      !LEFT_OUT.test(it.name) &&
      existsIn(it, oracle.target),
  );
  while (lines.size < count) {
    const entry = pick(random, all);
    const args = argumentsOf(entry, context, random);
    if (args !== undefined) lines.set(entry.name, `${entry.name} ${args};`);
    else count -= 0.1;
  }
  return [...lines.values()].join('\n');
}

function configuration(oracle: NginxOracle, random: Random): string {
  const some = (context: NginxContext, most: number) => drawn(context, Math.floor(random() * most), oracle, random);
  const server = () => `server {
${some('server', 4)}
location / {
${some('location', 5)}
}
location ~ "\\.(php|html){1}$" {
${some('location', 3)}
}
location @none { ${pick(random, ['return 404;', 'proxy_pass http://back;'])} }
}`;
  return `${some('main', 2)}
events { ${some('events', 2)} }
http {
${some('http', 4)}
upstream back { server 127.0.0.1:8009; ${some('upstream', 2)} }
map $arg_ttl $realm_ { default ""; ~^(?<digits>\\d+)$ $digits; }
${server()}
${random() < 0.4 ? server() : ''}
}
stream {
${some('stream', 2)}
server { listen 127.0.0.1:9100; proxy_pass 127.0.0.1:9101; ${some('stream-server', 2)} }
}
`;
}

const oracles = nginxOracles();

describe
  .skipIf(oracles.length === 0)
  .each(oracles.length > 0 ? oracles : [{ name: 'none', root: '/', target: NEWEST }])(
  'configurations drawn by lot, nginx $name',
  { timeout: 900_000 },
  (oracle) => {
    it('are no error where nginx loads them', async () => {
      const random = randomNumbers(SEED);
      const count = oracle.root === '/' ? COUNT : Math.ceil(COUNT / 4);
      const texts = Array.from({ length: count }, () => configuration(oracle, random));
      const verdicts = await askNginx(texts, oracle, () => true);
      const said = texts.map((it) =>
        errorsOf(it, oracle.target).map(
          ({ shown, finding }) => `${shown.range.start.line + 1} ${finding.rule}: ${shown.message}`,
        ),
      );
      const loaded = texts.flatMap((_, i) => (verdicts[i]!.refuses ? [] : [i]));
      const alarms = loaded.filter((i) => said[i]!.length > 0);
      const missed = texts.flatMap((_, i) => (verdicts[i]!.refuses && said[i]!.length === 0 ? [i] : []));
      console.log(
        `${count} drawn: ${loaded.length} loaded, errors in ${alarms.length}; ${count - loaded.length} refused, ${missed.length} of them without an error of ours`,
      );
      const told = (i: number) =>
        `${verdicts[i]!.words}\n${said[i]!.map((it) => `${it}\n    ${texts[i]!.split('\n')[Number.parseInt(it, 10) - 1]}`).join('\n')}`;
      if (process.env.LIST)
        console.log(
          `FALSE\n${alarms.map(told).join('\n')}\nMISSED\n${missed.map((i) => `${told(i)}    ${texts[i]!.split('\n')[verdicts[i]!.line - 1]}`).join('\n')}`,
        );
      expect(loaded.length).toBeGreaterThan(count / 5);
      expect(alarms.map(told)).toEqual([]);
    });
  },
);
