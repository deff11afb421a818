/** Random servers, locations and URLs, made by a seeded hand. Every answer says which place gave it. */
import { randomNumbers } from '../fuzz/edits.js';

export interface Ask {
  readonly address: string;
  readonly host: string;
  readonly target: string;
}

export interface Site {
  readonly text: string;
  readonly asks: readonly Ask[];
}

export interface Ground {
  /** A folder with the files that `files` lists; each holds its own path. */
  readonly root: string;
  /** Ports that nobody uses. */
  readonly ports: readonly number[];
  readonly backend: number;
}

/** Relative to the ground's root. */
export const FILES = [
  'a/index.html',
  'a/b/index.html',
  'a/b/c.css',
  'a/c.css',
  'a/x.php',
  'b/a/x.php',
  'b/c.css',
  'b/index.php',
  'c.css',
  'index.html',
  'ab/a/c.css',
  'ab/index.html',
  'c/a',
  'other/c.css',
  'other/b/c.css',
  'other/index.html',
];

const SEGMENTS = ['a', 'b', 'ab', 'c', 'abc'];
const ENDS = ['', '/', '/c.css', '/x.php', '/index.html', '.css', '/a', '/b/'];
const HOSTS = ['a.test', 'b.test', 'www.a.test', 'x.y.a.test', 'www.b.org', 'none', 'A.Test'];
const NAMES = [
  'a.test',
  '*.a.test',
  '.a.test',
  'www.a.test',
  'www.*',
  '*.b.org',
  '"~^(?<sub>[a-z]+)\\.b\\."',
  'b.test',
  '_',
  '""',
  '~^x',
];
const REGEXES = [
  '^/a/',
  '\\.css$',
  '\\.(css|php)$',
  '^/(a|b)/(.*)$',
  '^/(?<first>[^/]+)/b',
  'b/?$',
  '^/ab?c?/',
  '/C\\.CSS$',
  '^(.+)/x\\.php$',
  '[[:alpha:]]/$',
];
const REWRITES = [
  ['^/a/(.*)$', '/b/$1'],
  ['^/b/(.*)$', '/ab/$1?from=b'],
  ['\\.php$', '/c.css?'],
  ['^/(ab|c)/(.+)$', '/$2?x=$1&'],
  ['^/abc', '/a/b/'],
  ['/$', '/index.html'],
];

export class Hand {
  private readonly random: () => number;
  private names = 0;

  constructor(
    seed: number,
    private readonly ground: Ground,
  ) {
    this.random = randomNumbers(seed);
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }

  private many<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + Math.floor(this.random() * (most - least + 1)) }, make);
  }

  private path(): string {
    return `/${this.many(0, 2, () => this.pick(SEGMENTS)).join('/')}`;
  }

  site(): Site {
    const servers = this.many(1, 4, () => this.server());
    const asks = this.many(35, 45, () => this.ask());
    return { text: servers.join('\n'), asks };
  }

  private ask(): Ask {
    const dirt = this.chance(0.15) ? this.pick(['//a', '/./b', '/../a/', '/%61', '/b/../ab', '/c%2Fa', '/a/.']) : '';
    const query = this.chance(0.2) ? this.pick(['?q=1', '?from=a&x=2', '?', '?a=%20']) : '';
    return {
      address: `127.0.0.1:${this.pick(this.ground.ports)}`,
      host: this.pick(HOSTS),
      target:
        `${this.path()}${dirt}${this.pick(ENDS)}`
          .replace(/^\/(?=\/)/, this.chance(0.5) ? '/' : '')
          .replace(/^(?!\/)/, '/') + query,
    };
  }

  private server(): string {
    const listens = [...new Set(this.many(1, 2, () => this.pick(this.ground.ports)))].map(
      (port) => `listen ${this.chance(0.3) ? '127.0.0.1:' : ''}${port};`,
    );
    const names = this.chance(0.85)
      ? `server_name ${[...new Set(this.many(1, 3, () => this.pick(NAMES)))].join(' ')};`
      : '';
    const root = this.chance(0.8) ? `root ${this.ground.root}${this.pick(['', '/a', '/other', '/b/'])};` : '';
    const index = this.chance(0.3)
      ? `index ${this.pick(['index.php index.html', 'c.css', 'none index.html', '/c.css'])};`
      : '';
    const rewrite = this.chance(0.25) ? this.rewrites() : '';
    const error = this.chance(0.25) ? this.errorPage() : '';
    const autoindex = this.chance(0.1) ? 'autoindex on;' : '';
    const named = this.chance(0.6) ? `location @named { ${this.answer('@named')} }` : '';
    const body = [...listens, names, root, index, rewrite, error, autoindex, named, ...this.locations('', 0)];
    return `server {\n${body.filter(Boolean).join('\n')}\n}`;
  }

  private errorPage(): string {
    return this.pick([
      'error_page 404 /c.css;',
      'error_page 404 =200 /index.html;',
      'error_page 403 404 = @named;',
      'error_page 404 405 /a/b/;',
      'error_page 404 =301 /ab/;',
    ]);
  }

  private rewrites(): string {
    return this.many(1, 2, () => {
      const [from, to] = this.pick(REWRITES);
      const flag = this.pick(['', ' last', ' break', ' redirect', ' permanent', ' last', '']);
      return `rewrite ${from} ${to}${flag};`;
    }).join('\n');
  }

  private locations(prefix: string, depth: number): string[] {
    const heads = new Set<string>();
    const found: string[] = [];
    for (let n = this.many(depth === 0 ? 2 : 1, depth === 0 ? 7 : 2, () => 0).length; n > 0; n--) {
      const kind = this.random();
      const text =
        prefix + (prefix.endsWith('/') ? this.path().slice(1) : this.path()) + this.pick(['', '/', '', '.css']);
      const clean = text.replace(/\/\/+/g, '/');
      const head =
        kind < 0.4
          ? clean
          : kind < 0.55
            ? `= ${clean}${this.chance(0.3) ? 'c.css' : ''}`
            : kind < 0.65
              ? `^~ ${clean}`
              : `${this.pick(['~', '~*'])} ${this.pick(REGEXES)}`;
      // A plain prefix and the same one with ^~ are one location.
      const key = head.replace(/^\^~ /, '');
      if (heads.has(key)) continue;
      heads.add(key);
      const isPlain = !head.startsWith('=') && !head.startsWith('~');
      const inner = depth < 2 && isPlain && this.chance(0.25) ? this.locations(clean, depth + 1) : [];
      found.push(`location ${head} {\n${this.answer(head)}\n${inner.join('\n')}\n}`);
    }
    return found;
  }

  /** What a location does. */
  private answer(head: string): string {
    const name = `L${++this.names}`;
    const isRegex = head.startsWith('~');
    const { root, backend } = this.ground;
    const says = `return 200 "${name} $uri $args $1 $request_filename";`;
    const kind = this.random();
    if (kind < 0.3) return `${this.mapping(head)}\n${says}`;
    if (kind < 0.45) return this.mapping(head);
    if (kind < 0.55) return `${this.rewrites()}\n${this.chance(0.7) ? says : ''}`;
    if (kind < 0.65)
      return `try_files ${this.pick(['$uri', '$uri $uri/', '$uri.css $uri', '$uri/index.html /c.css'])} ${this.pick(['=404', '@named', '/index.html', '/b/c.css?q=2', '=403'])};`;
    if (kind < 0.75) return this.condition(says);
    if (kind < 0.83)
      return this.pick([
        'return 404;',
        'return 403;',
        'return 301 /moved/$uri;',
        `return 302 http://$host/;`,
        'return 204;',
        'internal;',
      ]);
    if (kind < 0.9 || head.startsWith('@')) return `set $mark "${name}$1";\nreturn 200 "$mark $uri";`;
    const uri = isRegex ? '' : this.pick(['', '/', '/p/', '/p']);
    return this.chance(0.8) ? `proxy_pass http://127.0.0.1:${backend}${uri};` : `root ${root}/other;`;
  }

  private mapping(head: string): string {
    const { root } = this.ground;
    if (this.chance(0.5) || head.startsWith('@'))
      return this.chance(0.5) ? `root ${root}${this.pick(['/a', '/other', '', '/b/'])};` : '';
    if (head.startsWith('~')) return head.includes('(') ? `alias ${root}/$1;` : `alias ${root}/c.css;`;
    return `alias ${root}${this.pick(['/a/', '/other/', '/b', '/c.css', '/'])};`;
  }

  private condition(says: string): string {
    const test = this.pick([
      '$uri ~ \\.css$',
      '$args',
      '$arg_q = 1',
      '$host = a.test',
      '$request_method = POST',
      '$uri !~* ^/(A)/',
      '$args != ""',
    ]);
    const inside = this.pick([
      'return 403;',
      'return 200 "if $uri $1";',
      'rewrite ^ /c.css last;',
      'set $x 1;',
      `root ${this.ground.root}/other;`,
      'break;',
      'rewrite ^/(.)/(.*)$ /$2 break;',
    ]);
    return `if (${test}) { ${inside.startsWith('root') ? 'add_header X 1;' : inside} }\n${this.chance(0.6) ? says : ''}`;
  }
}
