// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is a variable of the language under test
import { beforeAll, describe, expect, it } from 'vitest';
import type { IGrammar } from 'vscode-textmate';
import { loadGrammar, scopesOf, tokenize } from './tokenize.js';

let grammar: IGrammar;
beforeAll(async () => {
  grammar = await loadGrammar('nginx');
});

/** [what is shown, text, the piece that is looked at, a scope that it must have] */
const samples: [string, string, string, string][] = [
  ['a directive', 'worker_processes auto;', 'worker_processes', 'keyword.other.directive'],
  ['an argument', 'worker_processes auto;', 'auto', 'string.unquoted.argument'],
  ['a directive that no list knows', 'brand_new_thing x;', 'brand_new_thing', 'keyword.other.directive'],
  ['the end of a directive', 'user www-data;', ';', 'punctuation.terminator'],
  ['a context', 'http {', 'http', 'keyword.control.context'],
  ['a context with arguments', 'location /static/ {', 'location', 'keyword.control.context'],
  ['a path', 'location /static/ {', '/static/', 'string.unquoted.argument'],
  ['a directive inside', 'server { listen 80; }', 'listen', 'keyword.other.directive'],
  ['a directive after a quoted brace', 'add_header X "{" ;', 'add_header', 'keyword.other.directive'],
  ['a directive with a ${variable}', 'return 301 ${scheme}://x;', 'return', 'keyword.other.directive'],
  ['a context whose brace is on the next line', 'server\n{\n  listen 80;\n}\nuser x;', 'listen', 'meta.block'],
  ['what follows such a context', 'server\n{\n  listen 80;\n}\nuser x;', 'user', 'keyword.other.directive'],
  ['a comment', '# listen 80;', 'listen 80;', 'comment.line.number-sign'],
  ['a comment after a directive', 'user x; # why', 'why', 'comment.line.number-sign'],
  ['no comment inside a word', 'return 301 /a#b;', '/a#b', 'string.unquoted.argument'],
  ['a variable', 'set $target x;', 'target', 'variable.other'],
  ['a variable in braces', 'proxy_pass http://${name}_x;', 'name', 'variable.other'],
  ['a variable in a string', 'add_header X "a $host b";', 'host', 'variable.other'],
  ['a double-quoted string', 'add_header X "a b";', 'a b', 'string.quoted.double'],
  ['a single-quoted string', "log_format main 'a b';", 'a b', 'string.quoted.single'],
  ['a string at the start of a line', 'log_format main\n"a b";', 'a b', 'string.quoted.double'],
  ['an escape', 'add_header X "a \\" b";', '\\"', 'constant.character.escape'],
  ['a size', 'client_max_body_size 10m;', '10', 'constant.numeric'],
  ['the unit of a size', 'client_max_body_size 10m;', 'm', 'keyword.other.unit'],
  ['a duration', 'proxy_read_timeout 30s;', 's', 'keyword.other.unit'],
  ['a status', 'return 404;', '404', 'constant.numeric'],
  ['no number inside a word', 'root /srv/v2;', '/srv/v2', 'string.unquoted.argument'],
  ['on', 'gzip on;', 'on', 'constant.language.boolean'],
  ['off', 'access_log off;', 'off', 'constant.language.boolean'],
  ['a value of a parameter', 'listen 80 so_keepalive=on;', 'on', 'constant.language.boolean'],
  ['a parameter', 'server 10.0.0.1 weight=5;', 'weight', 'variable.parameter'],
  ['an address', 'listen 127.0.0.1:8000;', '127.0.0.1:8000', 'constant.numeric.address'],
  ['an IPv6 address', 'listen [::]:80 default_server;', '[::]:80', 'constant.numeric.address'],
  ['a network', 'allow 10.0.0.0/8;', '10.0.0.0/8', 'constant.numeric.address'],
  ['any address', 'listen *:80;', '*:80', 'constant.numeric.address'],
  ['a Unix socket', 'server unix:/run/app.sock;', '/run/app.sock', 'string.unquoted.path'],
  ['a URL', 'proxy_pass http://unix:/run/app.sock;', 'unix:/run/app.sock', 'string.unquoted.url'],
  ['a named location', 'try_files $uri @app;', '@app', 'entity.name.label'],
  ['a match operator', 'location ~* \\.php$ {', '~*', 'keyword.operator.match'],
  ['an exact match', 'location = /x {', '=', 'keyword.operator.match'],
  ['a prefix that stops the search', 'location ^~ /x {', '^~', 'keyword.operator.match'],
  ['a regex of a location', 'location ~ \\.php$ {', 'php', 'string.regexp'],
  ['a quoted regex with braces', 'location ~ "^/a{2}/(?<id>\\d+)$" {', 'id', 'variable.other.capture'],
  ['the context of such a regex', 'location ~ "^/a{2}$" {', 'location', 'keyword.control.context'],
  ['a quantifier', 'location ~ "^/a{2}$" {', '{2}', 'keyword.operator.quantifier'],
  ['a regex of rewrite', 'rewrite ^/old/(.*)$ /new/$1 last;', '/old/', 'string.regexp'],
  ['the capture in a replacement', 'rewrite ^/old/(.*)$ /new/$1 last;', '1', 'variable.other'],
  ['a flag of rewrite', 'rewrite ^/old/(.*)$ /new/$1 last;', 'last', 'string.unquoted.argument'],
  ['a regex of server_name', 'server_name ~^www\\.(?<name>.+)$;', 'name', 'variable.other.capture'],
  ['a condition', 'if ($request_method = POST) {', 'POST', 'string.unquoted.argument'],
  ['a regex of a condition', 'if ($uri ~* "^/(a|b)") {', '|', 'keyword.operator.quantifier'],
  ['a file test', 'if (!-f $request_filename) {', '!-f', 'keyword.operator.comparison'],
  ['a directive after if', 'if ($a) { return 403; }', 'return', 'keyword.other.directive'],
  ['a semicolon in the regex of a condition', 'if ($http_cookie ~* "id=([^;]+)") {', 'if', 'keyword.control.context'],
  ['a map', 'map $uri $new {\n  default 0;\n}', 'map', 'keyword.control.context'],
  ['a word of a map', 'map $uri $new {\n  default 0;\n}', 'default', 'keyword.other.directive'],
  ['a key of a map', 'map $uri $new {\n  /old /new;\n}', '/old', 'entity.name.tag.key'],
  ['a regex of a map', 'map $uri $new {\n  ~^/old/(.+) /new/$1;\n}', '/old/', 'string.regexp'],
  ['a value of a map', 'map $uri $new {\n  /old 10.0.0.1;\n}', '10.0.0.1', 'constant.numeric.address'],
  ['what follows a map', 'map $a $b {\n  x y;\n}\nserver { listen 80; }', 'server', 'keyword.control.context'],
  ['a type', 'types {\n  text/html html htm;\n}', 'text/html', 'entity.name.tag.key'],
];

describe('colours of nginx files', () => {
  it.each(samples)('%s', (_name, text, piece, scope) => {
    expect(scopesOf(grammar, text, piece)).toContain(scope);
  });

  it('embeds Lua up to its last brace', () => {
    const text = [
      'content_by_lua_block {',
      '  local t = { a = "}" } -- }',
      '}',
      'gzip on;',
      'set_by_lua_block $x { local y }',
      'user z;',
    ].join('\n');
    for (const { text: piece, scopes } of tokenize(grammar, text).filter((token) => token.text === 'local')) {
      expect([piece, ...scopes]).toContain('meta.embedded.block.lua');
      expect(scopes.at(-1)).toBe('keyword.local.lua');
    }
    expect(scopesOf(grammar, text, '-- }')).toContain('comment.line.lua');
    expect(scopesOf(grammar, text, 'gzip')).toBe('source.nginx meta.directive.nginx keyword.other.directive.nginx');
    expect(scopesOf(grammar, text, 'user')).toBe('source.nginx meta.directive.nginx keyword.other.directive.nginx');
  });

  it('closes every block that is open', () => {
    const text = 'http {\n  map $a $b { x y; }\n  server {\n    if ($a) { return 1; }\n  }\n}\nuser x;';
    expect(scopesOf(grammar, text, 'user')).toBe('source.nginx meta.directive.nginx keyword.other.directive.nginx');
  });

  it('reads a line of thousands of quotes in time', () => {
    const line = `add_header Content-Security-Policy ${`'a' "b" `.repeat(2000)} x\\{y;`;
    const result = grammar.tokenizeLine(line, null, 2000);
    expect(result.stoppedEarly).toBe(false);
    expect(result.tokens[0]!.scopes).toContain('keyword.other.directive.nginx');
  });
});
