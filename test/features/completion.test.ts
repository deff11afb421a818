/** Completion: what the place takes, in finished and unfinished text. */
import { beforeAll, describe, expect, it } from 'vitest';
import { NEWEST } from '../../server/src/catalog/nginxVersion.js';
import { NEWEST_SYSTEMD } from '../../server/src/catalog/systemdVersion.js';
import { type CompletionItem, type CompletionOptions, completion } from '../../server/src/features/completion.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

function items(text: string, options: Partial<CompletionOptions> = {}): CompletionItem[] {
  const all = { snippets: false, nginx: NEWEST, systemd: NEWEST_SYSTEMD, ...options };
  return atCursor(text).ask((snapshot, path, offset) => completion(snapshot, path, offset, all));
}

const labels = (text: string, options?: Partial<CompletionOptions>): string[] =>
  items(text, options).map((it) => it.label);

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
      items('server {\n    <|>\n}\n', { snippets: true }).find((it) => it.label === label)!.insertText;
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

  it('offers what the configuration names', () => {
    const text = (line: string) => `-- etc/nginx/nginx.conf --
events {}
http {
    log_format timed "$request_time";
    limit_req_zone $binary_remote_addr zone=logins:10m rate=1r/s;
    limit_conn_zone $binary_remote_addr zone=clients:10m;
    proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
    include sites-enabled/*;
}
-- etc/nginx/sites-enabled/app --
server {
    location / {
        ${line}
    }
}
`;
    expect(labels(text('access_log /var/log/a.log <|>;'))).toEqual(expect.arrayContaining(['timed', 'combined']));
    expect(labels(text('limit_req <|>;'))).toEqual(expect.arrayContaining(['zone=logins', 'burst=']));
    expect(labels(text('limit_req <|>;'))).not.toContain('zone=clients');
    expect(labels(text('limit_conn <|>;'))).toEqual(['clients']);
    expect(labels(text('proxy_cache <|>;'))).toEqual(['pages', 'off']);
    expect(labels(text('set $a 1;\n        return 200 $<|>;'))).toContain('$a');
  });

  it('offers parameters that are not there yet', () => {
    const listen = labels('server {\n    listen 443 ssl <|>;\n}\n');
    expect(listen).toEqual(expect.arrayContaining(['default_server', 'reuseport', 'backlog=']));
    expect(listen).not.toContain('ssl');
    expect(labels('upstream a {\n    server 192.0.2.1 <|>;\n}\n')).toEqual(
      expect.arrayContaining(['weight=', 'max_fails=', 'backup']),
    );
    expect(labels('server {\n    location / {\n        proxy_set_header <|>;\n    }\n}\n')).toContain(
      'X-Forwarded-Proto',
    );
  });

  it('offers folders and files of the host for a path', () => {
    const text = `-- etc/nginx/sites-enabled/app --
server { root /srv/<|>; }
-- srv/site/index.html --
hello
`;
    expect(labels(text)).toEqual(['/srv/site/']);
  });

  it('offers no directive that is newer than nginx', () => {
    const text = 'server {\n    <|>\n}\n';
    expect(labels(text)).toContain('http2');
    expect(labels(text, { nginx: { version: [1, 22] } })).not.toContain('http2');
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
  const unit = (text: string, options?: Partial<CompletionOptions>) =>
    labels(`-- etc/systemd/system/app.service --\n${text}`, options);

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

  it('offers a beginning where nearly any value goes', () => {
    expect(unit('[Service]\nUMask=<|>\n')).toContain('0027');
    expect(unit('[Service]\nRuntimeDirectoryMode=<|>\n')).toContain('0750');
    expect(unit('[Service]\nLimitNOFILE=<|>\n')).toEqual(['infinity']);
    expect(unit('[Service]\nSystemCallErrorNumber=<|>\n')).toContain('EPERM');
    expect(unit('[Service]\nSystemCallArchitectures=<|>\n')).toContain('native');
    expect(unit('[Service]\nIPAddressAllow=<|>\n')).toContain('localhost');
    expect(labels('-- etc/systemd/system/app.timer --\n[Timer]\nOnCalendar=<|>\n')).toContain('daily');
  });

  it('offers names that systemd knows by heart', () => {
    expect(unit('[Service]\nKillSignal=<|>\n')).toContain('SIGTERM');
    expect(unit('[Service]\nCapabilityBoundingSet=~CAP_<|>\n')).toContain('CAP_NET_BIND_SERVICE');
    expect(unit('[Service]\nSystemCallFilter=@system-service ~<|>\n')).toEqual(
      expect.arrayContaining(['@privileged', 'ptrace']),
    );
    expect(unit('[Service]\nRestrictAddressFamilies=AF_UNIX <|>\n')).toContain('AF_INET6');
    expect(unit('[Service]\nProtectHome=<|>\n')).toEqual(expect.arrayContaining(['yes', 'no', 'read-only', 'tmpfs']));
    expect(unit('[Service]\nRestrictNamespaces=<|>\n')).toEqual(expect.arrayContaining(['yes', 'net']));
  });

  it('replaces the word of a list, and the whole of a single value', () => {
    const range = (text: string) => items(`-- etc/systemd/system/app.service --\n${text}`)[0]!.range;
    expect(range('[Service]\nSystemCallFilter=~@mo<|>\n').start).toEqual({ line: 1, character: 18 });
    expect(range('[Unit]\nAfter=a.service net<|>\n').start).toEqual({ line: 1, character: 16 });
    expect(range('[Service]\nRestart=on-<|>\n').start).toEqual({ line: 1, character: 8 });
  });

  it('offers users and groups of the host', () => {
    const text = (line: string) => `-- etc/systemd/system/app.service --
[Service]
${line}
-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
shop:x:990:990::/srv/shop:/usr/sbin/nologin
-- etc/group --
root:x:0:
sales:x:990:
`;
    expect(labels(text('User=<|>'))).toEqual(['root', 'shop']);
    expect(labels(text('Group=<|>'))).toEqual(['root', 'sales']);
    expect(labels(text('SupplementaryGroups=root <|>'))).toEqual(['root', 'sales']);
  });

  it('offers units of the tree that fit the key', () => {
    const text = (line: string) => `-- etc/systemd/system/app.socket --
${line}
-- etc/systemd/system/web.service --
[Service]
ExecStart=/usr/bin/true
-- etc/systemd/system/web.timer --
[Timer]
OnCalendar=daily
`;
    const services = labels(text('[Socket]\nService=<|>'));
    expect(services).toContain('web.service');
    expect(services).not.toContain('web.timer');
    const after = items(text('[Unit]\nAfter=<|>'));
    expect(after.find((it) => it.label === 'web.service')?.sortText).toBe('0web.service');
    expect(after.map((it) => it.label)).toContain('network-online.target');
    expect(after.map((it) => it.label)).not.toContain('app.socket');
  });

  it('offers to a socket the addresses at which nginx finds nobody', () => {
    const text = `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=<|>
-- etc/nginx/sites-enabled/app --
server { location / { proxy_pass http://unix:/run/app.sock; } }
`;
    expect(labels(text)).toEqual(['/run/app.sock']);
  });

  it('offers specifiers after a percent sign', () => {
    expect(unit('[Service]\nExecStart=/usr/bin/app --dir %<|>\n')).toEqual(expect.arrayContaining(['%t', '%i', '%S']));
    expect(unit('[Service]\nExecStart=/usr/bin/app 100%%<|>\n')).not.toContain('%t');
    expect(unit('[Service]\nExecStart=/usr/bin/app %<|>\n', { systemd: { version: 252 } })).not.toContain('%D');
  });

  it('offers files of the host where a path is wanted', () => {
    const text = (line: string) => `-- etc/systemd/system/app.service --
[Service]
${line}
-- srv/shop/env --
A=1
-- srv/shop/bin/serve --
#!/bin/sh
`;
    expect(labels(text('WorkingDirectory=/srv/<|>'))).toEqual(['/srv/shop/']);
    expect(labels(text('EnvironmentFile=-/srv/shop/<|>'))).toEqual(['/srv/shop/bin/', '/srv/shop/env']);
    expect(labels(text('ExecStart=/srv/shop/bin/<|>'))).toEqual(['/srv/shop/bin/serve']);
  });

  it('offers no key and no value that is newer than systemd', () => {
    const old = { systemd: { version: 252 } };
    expect(unit('[Service]\n<|>\n')).toContain('RestartMode');
    expect(unit('[Service]\n<|>\n', old)).not.toContain('RestartMode');
    expect(unit('[Service]\nType=<|>\n')).toContain('notify-reload');
    expect(unit('[Service]\nType=<|>\n', old)).not.toContain('notify-reload');
  });

  it('keeps the value when a key is changed', () => {
    const item = items('-- etc/systemd/system/app.service --\n[Service]\nRest<|>art=always\n').find(
      (it) => it.label === 'Restart',
    );
    expect(item?.insertText).toBe('Restart');
  });

  it('offers nothing in comments', () => {
    expect(unit('[Service]\n# Exec<|>\n')).toEqual([]);
  });
});
