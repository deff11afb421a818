/** Builds scratch deployments: files with owners and modes, as a machine would have them. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Users of every tree; `www-data` is the number that the host has for it, so that nothing but names changes. */
export const USERS: Readonly<Record<string, number>> = {
  root: 0,
  'www-data': 33,
  nginx: 990,
  ubuntu: 1000,
  app: 1500,
  other: 1501,
  sammy: 1502,
};

export interface Owned {
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: number;
}

export interface FileSpec extends Owned {
  readonly text?: string;
  readonly link?: string;
  readonly directory?: true;
}

/** Paths without a leading slash; undefined takes a file of the base away. */
export type Tree = Record<string, string | FileSpec | undefined>;

export interface Asked {
  readonly path: string;
  readonly host?: string;
  readonly method?: string;
  readonly body?: number;
  readonly port?: number;
  readonly scheme?: 'http' | 'https';
}

export interface Case {
  /** The fault's name; `good` for a deployment that works. */
  readonly kind: string;
  readonly shape: string;
  readonly tree: Tree;
  readonly asks: readonly Asked[];
  /** Any of these among the errors and warnings tells the cause. Empty where a request is at fault, not a file. */
  readonly rules: readonly string[];
  /** `path | part of a line`: an error or warning on one of these lines shows where to mend it. */
  readonly mended?: readonly string[];
  /** Programs of this machine that it runs, besides nginx and gunicorn. */
  readonly needs?: readonly string[];
  /** systemd itself starts the units, where a few lines of the runner's own would not do what they say. */
  readonly booted?: true;
}

const NAMES = Object.entries(USERS);
const ACCOUNTS = {
  passwd: [
    ...NAMES.map(([name, id]) => `${name}:x:${id}:${id}::${id === 0 ? '/root' : `/home/${name}`}:/bin/sh\n`),
    'nobody:x:65534:65534::/:/bin/sh\n',
  ].join(''),
  group: [...NAMES.map(([name, id]) => `${name}:x:${id}:\n`), 'nogroup:x:65534:\n'].join(''),
};

export const NGINX_CONF = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {
    worker_connections 64;
}
http {
    include /etc/nginx/mime.types;
    access_log off;
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/sites-enabled/*;
}
`;

const BASE: Tree = {
  etc: { directory: true },
  'etc/passwd': ACCOUNTS.passwd,
  'etc/group': ACCOUNTS.group,
  'etc/hosts': '127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n',
  'etc/nsswitch.conf': 'passwd: files systemd\ngroup: files systemd\n',
  'etc/nginx/nginx.conf': NGINX_CONF,
  'etc/nginx/mime.types': 'types {\n    text/html html;\n    text/css css;\n}\n',
  run: { directory: true },
  srv: { directory: true },
  home: { directory: true },
  opt: { directory: true },
  tmp: { directory: true, mode: 0o1777 },
  'home/app': { directory: true, owner: 'app', mode: 0o755 },
};

/** Writes the tree into a folder of its own and returns that. */
export function build(tree: Tree): string {
  const root = mkdtempSync('/var/tmp/throughline-reality-');
  chmodSync(root, 0o755);
  const all: Tree = { ...BASE, ...tree };
  const owned: [string, FileSpec][] = [];
  for (const [path, value] of Object.entries(all)) {
    if (value === undefined) continue;
    const spec: FileSpec = typeof value === 'string' ? { text: value } : value;
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true, mode: 0o755 });
    if (spec.directory) mkdirSync(full, { recursive: true, mode: 0o755 });
    else if (spec.link !== undefined) symlinkSync(spec.link, full);
    else writeFileSync(full, spec.text ?? '');
    owned.push([full, spec]);
  }
  for (const [full, spec] of owned) {
    if (spec.link !== undefined) continue;
    const uid = USERS[spec.owner ?? 'root']!;
    chownSync(full, uid, spec.group === undefined ? uid : USERS[spec.group]!);
    chmodSync(full, spec.mode ?? (spec.directory ? 0o755 : 0o644));
  }
  return root;
}
