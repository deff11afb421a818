/** Completion: what the place takes, in finished and unfinished text. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompletionItem, completion } from '../../server/src/features/completion.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

function items(text: string, snippets = false): CompletionItem[] {
  return atCursor(text).ask((snapshot, path, offset) => completion(snapshot, path, offset, { snippets }));
}

const labels = (text: string): string[] => items(text).map((it) => it.label);

describe('nginx', () => {
  it('offers directives of the context', () => {
    expect(labels('server {\n    <|>\n}\n')).toEqual(expect.arrayContaining(['listen', 'server_name', 'location']));
    expect(labels('server {\n    <|>\n}\n')).not.toContain('proxy_pass');
    expect(labels('server {\n    location / {\n        pro<|>\n    }\n}\n')).toContain('proxy_pass');
    expect(labels('upstream a {\n    <|>\n}\n')).toEqual(expect.arrayContaining(['server', 'keepalive']));
  });

  it('works where braces and semicolons are missing', () => {
    expect(labels('server {\n    location / {\n        prox<|>')).toContain('proxy_pass');
    expect(labels('server {\n    listen 80;\n    serv<|>\n    location / {\n    }\n}\n')).toContain('server_name');
  });

  it('replaces what is typed already', () => {
    const item = items('server {\n    lis<|>\n}\n').find((it) => it.label === 'listen');
    expect(item!.range).toEqual({ start: { line: 1, character: 4 }, end: { line: 1, character: 7 } });
  });

  it('writes the rest of the directive', () => {
    const insert = (label: string) =>
      items('server {\n    <|>\n}\n', true).find((it) => it.label === label)!.insertText;
    expect(insert('listen')).toBe('listen $1;$0');
    expect(insert('sendfile')).toBe('sendfile ${1|on,off|};$0');
    expect(insert('location')).toBe('location $1 {\n\t$0\n}');
  });

  it('offers arguments', () => {
    expect(labels('server {\n    sendfile <|>;\n}\n')).toEqual(['on', 'off']);
    expect(labels('server {\n    error_page 404 <|>;\n    location @lost { return 404; }\n}\n')).toEqual(['@lost']);
  });

  it('offers variables, those of the file first', () => {
    const found = items('server {\n    set $own 1;\n    return 200 $<|>;\n}\n');
    expect(found.find((it) => it.label === '$own')?.sortText).toBe('0own');
    expect(found.map((it) => it.label)).toContain('$host');
  });

  it('offers sockets and upstreams to connect to', () => {
    const text = `-- etc/nginx/sites-enabled/app --
upstream backend { server 192.0.2.1; }
server { location / { proxy_pass <|>; } }
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
`;
    expect(labels(text)).toEqual(['http://unix:/run/app.sock', 'http://backend']);
  });

  it('offers files to include', () => {
    const text = `-- etc/nginx/nginx.conf --
events {}
http { include conf.d/<|>; }
-- etc/nginx/conf.d/a.conf --
server_tokens off;
`;
    expect(labels(text)).toEqual(['conf.d/a.conf']);
  });

  it('offers nothing in comments, data and Lua', () => {
    expect(labels('server {\n    # li<|>\n}\n')).toEqual([]);
    expect(labels('map $a $b {\n    de<|>\n}\n')).toEqual([]);
    expect(
      labels('server {\n    location / {\n        content_by_lua_block {\n            lo<|>\n        }\n    }\n}\n'),
    ).toEqual([]);
  });
});

describe('systemd', () => {
  const unit = (text: string) => labels(`-- etc/systemd/system/app.service --\n${text}`);

  it('offers sections', () => {
    expect(unit('[<|>\n')).toEqual(
      ['Unit', 'Service', 'Install'].sort((a, b) => unit('[<|>\n').indexOf(a) - unit('[<|>\n').indexOf(b)),
    );
    expect(unit('<|>\n')).toContain('[Service]');
  });

  it('offers the keys of the section', () => {
    expect(unit('[Service]\nExec<|>\n')).toContain('ExecStart');
    expect(unit('[Service]\n<|>\n')).not.toContain('After');
    expect(unit('[Unit]\n<|>\n')).toContain('After');
  });

  it('offers values', () => {
    expect(unit('[Service]\nPrivateDevices=<|>\n')).toEqual(['yes', 'no']);
    expect(unit('[Service]\nRestart=<|>\n')).toContain('on-failure');
    expect(unit('[Install]\nWantedBy=<|>\n')).toContain('multi-user.target');
  });

  it('offers nothing in comments', () => {
    expect(unit('[Service]\n# Exec<|>\n')).toEqual([]);
  });
});
