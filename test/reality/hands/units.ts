/** What people write into units, and leave out. */
import { USERS } from '../tree.js';
import { type Hand, type Held, isService, isSocket, isUnit, type Mutation } from './held.js';

const SANDBOX = [
  'PrivateTmp=true',
  'ProtectHome=true',
  'ProtectHome=read-only',
  'ProtectHome=tmpfs',
  'ProtectSystem=strict',
  'ProtectSystem=full',
  'PrivateNetwork=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6',
  'RestrictAddressFamilies=AF_UNIX',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  'DynamicUser=yes',
  'UMask=0077',
  'UMask=0007',
  'NoNewPrivileges=true',
  'PrivateDevices=yes',
  'PrivateUsers=yes',
  'InaccessiblePaths=/srv',
  'InaccessiblePaths=/home',
  'InaccessiblePaths=/run',
  'ReadOnlyPaths=/',
  'ReadOnlyPaths=/run',
  'ReadOnlyPaths=/srv',
  'TemporaryFileSystem=/srv',
  'TemporaryFileSystem=/var',
  'MemoryDenyWriteExecute=yes',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@network-io',
  'CapabilityBoundingSet=',
  'LimitNOFILE=16',
  'ProtectProc=invisible',
  'RootDirectory=/srv',
  'NoExecPaths=/srv',
  'IPAddressDeny=any',
  'ProtectKernelTunables=yes',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'ReadWritePaths=/srv/nosuch',
  'BindReadOnlyPaths=/nosuch',
  'LimitNPROC=1',
  'RuntimeMaxSec=1',
  'SupplementaryGroups=www-data',
  'SupplementaryGroups=nosuch',
  'StateDirectory=site',
  'AmbientCapabilities=CAP_NET_BIND_SERVICE',
  'SecureBits=keep-caps',
];
const OPTIONS = [
  '-b 127.0.0.1:8001',
  '-b unix:/run/other.sock',
  '-b :8000',
  '-b 0.0.0.0:80',
  '--bind 127.0.0.1',
  '--umask 077',
  '--umask 007',
  '-m 117',
  '-w 0',
  '-w 2',
  '-w two',
  '-k gevent',
  '-k gthread',
  '-k uvicorn.workers.UvicornWorker',
  '--timeout 1',
  '--timeout 0',
  '--chdir /srv',
  '--chdir /nosuch',
  '--user www-data',
  '--group www-data',
  '--user nosuch',
  '-c /etc/gunicorn.conf.py',
  '-c gunicorn.conf.py',
  '--daemon',
  '--preload',
  '--pid /run/app.pid',
  '--log-file /var/log/app/x.log',
  '--access-logfile -',
  '--worker-tmp-dir /dev/shm',
  '--worker-tmp-dir /nosuch',
  '--limit-request-line 10',
  '--certfile /etc/nginx/x.crt',
  '--pythonpath /srv',
  '--env X=1',
  '--reload',
  '--capture-output',
  '--error-logfile /srv/error.log',
  '--threads 2',
  '--max-requests 1',
  '--proxy-protocol',
  '--nosuch',
  '--forwarded-allow-ips=*',
  '--check-config',
  '--host 0.0.0.0',
  '--port 8001',
  '--uds /run/x.sock',
  '--root-path /app',
  '--workers 2',
  '--factory',
  '--proxy-headers',
];

/** The last line of a service's command takes one more option, or one of its own is changed. */
function option(of: Held): Mutation | undefined {
  return of.editLine(
    isService,
    /^(ExecStart=.*?(?:gunicorn|uvicorn|hypercorn|uwsgi)\b)(.*)$/,
    (_, [, head, rest]) => `${head} ${of.pick(OPTIONS)}${rest}`,
  );
}

/** The value of one of the keys that fit. */
const value = (
  name: string,
  filter: (path: string) => boolean,
  key: string,
  change: (value: string, of: Held) => string | undefined,
): Hand => ({
  name: `unit: ${name}`,
  take: (of) =>
    of.editLine(filter, new RegExp(`^(${key})=(.*)$`), (_, [, head, it]) => {
      const made = change(it!, of);
      return made === undefined ? undefined : `${head}=${made}`;
    }),
});

const added = (name: string, filter: (path: string) => boolean, section: string, lines: readonly string[]): Hand => ({
  name: `unit: ${name}`,
  take: (of) => of.addBelow(filter, new RegExp(`^\\[${section}\\]`), lines),
});

const someone = (of: Held) => of.pick([...Object.keys(USERS), 'nobody', 'nosuch', 'gunicorn', '1500', '']);
const TYPES = ['simple', 'exec', 'notify', 'forking', 'oneshot', 'idle', 'dbus', 'Simple'];

export const UNIT_HANDS: readonly Hand[] = [
  added('sandbox', isService, 'Service', SANDBOX),
  added('sandbox again', isService, 'Service', SANDBOX),
  value('user', isService, 'User', (_, of) => someone(of)),
  value('group', isService, 'Group', (_, of) => someone(of)),
  added('user or group added', isService, 'Service', [
    'User=www-data',
    'User=nosuch',
    'Group=nosuch',
    'Group=www-data',
    'User=root',
    'Group=root',
    'User=nobody',
  ]),
  value('working directory', isService, 'WorkingDirectory', (it, of) =>
    of.pick([
      `${it}/`,
      `-${it}`,
      `"${it}"`,
      `${it}x`,
      it.split('/').slice(0, -1).join('/') || '/',
      `~`,
      it.slice(1),
      `${it}/app`,
      '/root',
      '',
    ]),
  ),
  value('environment', isService, 'Environment', (it, of) =>
    of.pick([
      it.replaceAll('"', ''),
      of.misspell(it)!,
      `${it}x`,
      it.replace('=', ' = '),
      it.replace('=', ':'),
      `"${it}`,
      'PATH=/usr/bin',
      '',
    ]),
  ),
  added('environment added', isService, 'Service', [
    'Environment=PATH=/srv/site/venv/bin',
    'Environment=PORT=8001',
    'Environment=GUNICORN_CMD_ARGS="--bind=127.0.0.1:8001"',
    'Environment=PYTHONPATH=/srv',
    'Environment=DJANGO_SETTINGS_MODULE=nosuch.settings',
    'EnvironmentFile=/srv/site.env',
    'EnvironmentFile=-/srv/site.env',
    'Environment=WEB_CONCURRENCY=2',
    'Environment=WEB_CONCURRENCY=two',
    'Environment=HOME=/nonexistent',
    'Environment=PYTHONHOME=/srv',
    'Environment=DEBUG=0',
    'UnsetEnvironment=PATH',
  ]),
  value('environment file', isService, 'EnvironmentFile', (it, of) =>
    of.pick([`${it}x`, `-${it}`, it.slice(1), it.replace(/^-/, ''), `"${it}"`, '']),
  ),
  value('type', isService, 'Type', (_, of) => of.pick(TYPES)),
  added(
    'type added',
    isService,
    'Service',
    TYPES.map((it) => `Type=${it}`),
  ),
  value('runtime directory', isService, 'RuntimeDirectory(?:Mode)?', (it, of) =>
    of.pick([`${it}x`, of.misspell(it)!, `/run/${it}`, '0700', '0750', '', `${it}/app`, 'site']),
  ),
  added('runtime directory added', isService, 'Service', [
    'RuntimeDirectory=site',
    'RuntimeDirectoryMode=0700',
    'RuntimeDirectory=gunicorn',
    'StateDirectory=site',
    'LogsDirectory=site',
    'RuntimeDirectoryPreserve=yes',
  ]),
  added('socket key added', isSocket, 'Socket', [
    'SocketMode=0600',
    'SocketMode=0660',
    'SocketUser=www-data',
    'SocketUser=app',
    'SocketGroup=www-data',
    'SocketGroup=nosuch',
    'DirectoryMode=0700',
    'Accept=yes',
    'Accept=no',
    'BindIPv6Only=ipv6-only',
    'FreeBind=true',
    'Service=other.service',
    'PassCredentials=true',
    'ListenStream=8000',
    'ListenDatagram=/run/x.sock',
    'RemoveOnStop=true',
    'NoDelay=true',
    'Backlog=0',
    'FileDescriptorName=http',
    'Symlinks=/run/other.sock',
    'MaxConnections=1',
    'TriggerLimitBurst=1',
  ]),
  value('socket key', isSocket, 'Socket(?:Mode|User|Group)|Accept|Service|DirectoryMode', (it, of) =>
    of.pick(
      ['0600', '0660', '0666', '0000', 'app', 'www-data', 'root', 'nosuch', 'yes', 'no', ''].filter(
        (one) => /^\d/.test(one) === /^\d/.test(it),
      ),
    ),
  ),
  value('listen', isSocket, 'Listen\\w+', (it, of) =>
    of.pick([
      `${it}x`,
      of.misspell(it)!,
      '8000',
      '127.0.0.1:8000',
      '/run/other.sock',
      `unix:${it}`,
      `@${it}`,
      it.replace('/run', '/tmp'),
      it.replace('/run', '/var/run'),
      it.slice(1),
      '127.0.0.1',
      `%t${it}`,
    ]),
  ),
  {
    name: 'unit: dependencies',
    take: (of) =>
      of.editLine(isUnit, /^(?:Requires|After|Wants|BindsTo|WantedBy|Also|Before|PartOf)=/, (line) =>
        of.pick<string | string[]>([
          [],
          `#${line}`,
          line.replace(/=.*/, '=nosuch.service'),
          line.replace(/\.socket|\.service/, ''),
          line.replace(/=.*/, '='),
        ]),
      ),
  },
  added('dependencies added', isUnit, 'Unit', [
    'Requires=nosuch.service',
    'Wants=nosuch.service',
    'After=nosuch.service',
    'Requisite=nosuch.target',
    'ConditionPathExists=/nosuch',
    'AssertPathExists=/nosuch',
    'ConditionPathExists=!/run/nosuch',
    'BindsTo=nosuch.device',
    'Conflicts=sockets.target',
    'JoinsNamespaceOf=x.service',
    'RequiresMountsFor=/srv/nosuch',
    'Requires=postgresql.service',
    'StartLimitBurst=1',
    'ConditionUser=app',
    'DefaultDependencies=no',
  ]),
  {
    name: 'unit: section',
    take: (of) =>
      of.editLine(isUnit, /^\[\w+\]/, (line) =>
        of.pick<string | string[]>([
          [],
          line.toLowerCase(),
          `${line.slice(0, -1)}s]`,
          line.slice(0, -1),
          '[Unit]',
          '[Service]',
          `# ${line}`,
        ]),
      ),
  },
  {
    name: 'unit: key',
    take: (of) =>
      of.editLine(isUnit, /^(\w+)(=.*)$/, (_, [, key, rest]) =>
        of.pick([
          of.misspell(key!)! + rest,
          `${key!.toLowerCase()}${rest}`,
          `${key} ${rest}`,
          `  ${key}${rest}`,
          `${key}:${rest!.slice(1)}`,
        ]),
      ),
  },
  value('program', isService, 'ExecStart', (it, of) => {
    const [program = '', ...rest] = it.split(' ');
    return [
      of.pick([
        program.split('/').at(-1)!,
        `/usr/bin/env ${program.split('/').at(-1)}`,
        program.replace('/bin', ''),
        program.slice(1),
        `-${program}`,
        `/usr/bin/${program.split('/').at(-1)}`,
        `/usr/local/bin/${program.split('/').at(-1)}`,
        `"${program}"`,
        `source ${program}`,
        `python3 ${program}`,
        `/usr/bin/python3 ${program}`,
        `cd /srv && ${program}`,
        `+${program}`,
        `/bin/sh -c ${program}`,
        `bash -lc '${program}'`,
      ]),
      ...rest,
    ].join(' ');
  }),
  value('words of the command', isService, 'ExecStart', (it, of) => {
    const words = it.split(' ');
    if (words.length < 2) return undefined;
    const at = 1 + of.next(words.length - 1);
    const [word] = words.splice(at, 1);
    const done = of.next(5);
    if (done === 1) words.splice(at, 0, word!, word!);
    if (done === 2) words.splice(at, 0, of.misspell(word!) ?? '');
    if (done === 3) words.splice(1 + of.next(words.length), 0, word!);
    if (done === 4) words.splice(at, 0, `'${word}'`);
    return words.join(' ');
  }),
  added('commands added', isService, 'Service', [
    'ExecStartPre=/bin/false',
    'ExecStartPre=-/bin/false',
    'ExecStartPre=/nosuch',
    'ExecStartPre=+/bin/mkdir -p /run/site',
    'ExecStartPre=/bin/mkdir -p /run/site',
    'ExecStartPre=/bin/sleep 1',
    'ExecStartPost=/bin/false',
    'ExecStart=/bin/true',
    'ExecStart=',
    'ExecStartPre=/usr/bin/python3 manage.py check',
    'ExecStop=/bin/kill $MAINPID',
    'ExecCondition=/bin/false',
    'Restart=always',
    'Restart=sometimes',
    'TimeoutStartSec=1',
    'StandardOutput=file:/nosuch/x.log',
    'StandardOutput=append:/var/log/site.log',
    'PIDFile=/run/site.pid',
    'RemainAfterExit=yes',
    'KillMode=none',
    'WatchdogSec=2',
    'NotifyAccess=all',
    'Nice=-5',
    'PermissionsStartOnly=true',
    'Sockets=other.socket',
  ]),
  { name: 'unit: option of the server', take: option },
  { name: 'unit: option of the server again', take: option },
  {
    name: 'unit: quotes',
    take: (of) =>
      of.editWord(isService, /["']|(?<=ExecStart=.*) (?=-)|\\$/, (it) =>
        of.pick(['', `${it}"`, "'", it === ' ' ? '\\ ' : '']),
      ),
  },
];
