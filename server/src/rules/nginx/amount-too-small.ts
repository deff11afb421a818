import { parseOffset, parseTime } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

const BUFFER = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_buffer_size$/;
const PROGRAM = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_(?:connect|read)_timeout$/;
const CLIENT = /^(?:client_header_timeout|client_body_timeout|send_timeout)$/;
const PREFIXES = ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached'];

export default defineRule({
  id: 'nginx/amount-too-small',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'directive',
  directives: [
    'client_max_body_size',
    'limit_rate',
    'client_header_timeout',
    'client_body_timeout',
    'send_timeout',
    ...PREFIXES.flatMap((it) => [`${it}_buffer_size`, `${it}_connect_timeout`, `${it}_read_timeout`]),
  ],
  messages: {
    body: 'nginx answers 413 to every body of more than {size} bytes: a size without a unit is in bytes. {size}m are megabytes, 0 is no limit.',
    buffer:
      'nginx answers 502 where the headers of an answer have more than {size} bytes: a size without a unit is in bytes. {size}k are kilobytes.',
    rate: 'nginx sends {size} bytes a second: a rate without a unit is in bytes. {size}k are kilobytes.',
    never:
      'nginx answers 504 at once: a timeout of 0 is over before {what}, and does not mean that there is none. Set a long one, such as 1h.',
    closes:
      'nginx closes connections before it has read a request: a timeout of 0 is over at once, and does not mean that there is none.',
    milliseconds: '{value} is {seconds} of a second. Without a unit nginx takes seconds.',
  },
  docs: {
    summary: 'A size or a time that is too small to be meant.',
    why: 'A size without a unit is in bytes, so `client_max_body_size 20` refuses nearly every form with 413. And a timeout of 0 is no endless one: with `proxy_read_timeout 0` and `proxy_connect_timeout 0` nginx 1.22 answers 504 to everything, with `client_header_timeout 0` it closes each connection.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    client_max_body_size 20;
    location / {
        proxy_pass http://192.0.2.7:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    client_max_body_size 20m;
    location / {
        proxy_pass http://192.0.2.7:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/syntax.html',
      'ngx_parse_offset() in src/core/ngx_parse.c',
      'ngx_http_upstream_send_request() in src/http/ngx_http_upstream.c',
    ],
  },

  check({ directive, here }, report) {
    const { name } = directive;
    const value = directive.args[0] ?? '';
    // stream has timeouts of the same names.
    if (directive.args.length !== 1 || !here.some((it) => it.module.startsWith('ngx_http_'))) return;
    const at = placeOfArg(directive, 1);
    const unit = (text: string) => [
      { title: `Write ${value}${text}`, applicability: 'suggested' as const, edits: [{ at, text: `${value}${text}` }] },
    ];
    if (/_(?:size|rate)$/.test(name)) {
      const size = /^\d+$/.test(value) ? parseOffset(value) : undefined;
      // Whoever writes 1 may want none at all.
      if (size === undefined || size < 2 || size >= 1024) return;
      if (name === 'client_max_body_size') report({ at, say: 'body', with: { size }, fixes: unit('m') });
      else if (name === 'limit_rate')
        report({ at, say: 'rate', severity: 'information', with: { size }, fixes: unit('k') });
      else if (BUFFER.test(name)) report({ at, say: 'buffer', with: { size }, fixes: unit('k') });
      return;
    }
    const seconds = parseTime(value, 'milliseconds');
    if (seconds === 0 && PROGRAM.test(name))
      report({
        at,
        say: 'never',
        with: { what: name.includes('connect') ? 'anybody takes the connection' : 'the answer is there' },
      });
    else if (seconds === 0 && name === 'client_header_timeout') report({ at, say: 'closes' });
    else if (seconds !== undefined && seconds > 0 && seconds < (CLIENT.test(name) ? 1 : 0.1))
      report({ at, say: 'milliseconds', severity: 'information', with: { value, seconds } });
  },
});
