/** Random servers, nested locations, `if` and `limit_except`, each with directives that it may inherit or replace. */
import { randomNumbers } from '../fuzz/edits.js';

export interface NestedGround {
  /** A folder with the folders `a`, `b` and `c`, each with index.html, other.html and page.html that hold their path. */
  readonly root: string;
  /** Where logs may be written: `one.log`, `two.log`, `three.log`. */
  readonly logs: string;
  readonly port: number;
  readonly backend: number;
}

export interface NestedAsk {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly path: string;
}

/** Headers that a backend is told, and that it tells back. */
export const SENT = ['X-One', 'X-Two', 'Connection'];

const NAMES = ['X-A', 'X-B', 'X-C'];
const FOLDERS = ['a', 'b', 'c'];

export class NestedHand {
  private readonly random: () => number;
  private count = 0;

  constructor(
    seed: number,
    private readonly ground: NestedGround,
  ) {
    this.random = randomNumbers(seed);
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }

  private some<T>(share: number, most: number, make: () => T): T[] {
    const made: T[] = [];
    while (made.length < most && this.chance(share)) made.push(make());
    return made;
  }

  /** What stands in http beside the servers, and the server. */
  configuration(): { readonly http: string; readonly server: string } {
    const http = [...this.settings('http'), `index ${this.index()};`];
    const server = [
      `listen 127.0.0.1:${this.ground.port};`,
      ...this.settings('server'),
      ...(this.chance(0.3) ? [`if ($arg_s = "1") { set $mark s; }`] : []),
      'location = /e1 { internal; return 200 "page e1"; }',
      'location = /e2 { return 200 "page e2"; }',
      `location @e3 { ${this.settings('location').join(' ')} return 200 "page e3"; }`,
      ...this.locations('', 0),
    ];
    return { http: http.join('\n'), server: `server {\n${server.join('\n')}\n}` };
  }

  asks(count: number): NestedAsk[] {
    return Array.from({ length: count }, () => {
      const path = `/${Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => this.pick(['l', 'm', 'n'])).join('/')}`;
      const end = this.pick(['', '/', '/', '/page.html', '/other.html', '/none', '/x.css']);
      const query = this.pick(['', '', '?i=1', '?i=2', '?i=1&s=1']);
      return { method: this.pick(['GET', 'GET', 'GET', 'POST', 'HEAD'] as const), path: path + end + query };
    });
  }

  private index(): string {
    return this.pick(['index.html', 'other.html', 'none.html other.html', 'none.html']);
  }

  /** Directives that a block of this kind takes and passes on. */
  private settings(where: 'http' | 'server' | 'location' | 'if' | 'limit'): string[] {
    const own: string[] = [];
    const { root, logs } = this.ground;
    if (where !== 'limit') {
      own.push(
        ...this.some(0.35, 3, () => {
          const name = this.pick(NAMES);
          return `add_header ${name} "${++this.count}$http_x_i"${this.chance(0.4) ? ' always' : ''};`;
        }),
      );
      if (this.chance(0.25)) own.push(`root ${root}/${this.pick(FOLDERS)};`);
      for (const page of this.some(0.25, 2, () => this.errorPage())) own.push(page);
      if (this.chance(0.06)) own.push('expires 1h;');
    }
    if (where !== 'if' && where !== 'limit') {
      own.push(...this.some(0.3, 2, () => `proxy_set_header ${this.pick(SENT)} "${++this.count}$http_x_i";`));
      if (this.chance(0.2)) own.push(`index ${this.index()};`);
    }
    // An access_log of http or limit_except is taken like any other.
    if (this.chance(0.3)) own.push(...this.log(logs));
    return own;
  }

  private log(logs: string): string[] {
    const kind = this.random();
    if (kind < 0.25) return ['access_log off;'];
    const file = () => `${logs}/${this.pick(['one', 'two', 'three'])}.log id`;
    const condition = this.chance(0.2) ? ' if=$http_x_i' : '';
    const first = `access_log ${file()}${condition};`;
    const second = `access_log ${file()};`;
    return kind < 0.45 && first.split(' ')[1] !== second.split(' ')[1] ? [first, second] : [first];
  }

  private errorPage(): string {
    return this.pick([
      'error_page 404 /e1;',
      'error_page 404 =200 /e2;',
      'error_page 404 @e3;',
      'error_page 403 405 =202 @e3;',
      'error_page 404 403 = /e2;',
      'error_page 405 =201 /e1;',
      'error_page 404 https://else.test/gone;',
    ]);
  }

  private locations(prefix: string, depth: number): string[] {
    const heads = new Set<string>();
    for (let n = depth === 0 ? 4 : 2; n > 0; n--) if (this.chance(0.7)) heads.add(this.pick(['l', 'm', 'n']));
    const made = [...heads].map((it) => {
      const path = `${prefix}/${it}`;
      const inner = depth < 2 && this.chance(0.5) ? this.locations(path, depth + 1) : [];
      const regex = depth < 2 && this.chance(0.15) ? [`location ~ \\.css$ {\n${this.body().join('\n')}\n}`] : [];
      return `location ${path} {\n${[...this.body(), ...inner, ...regex].join('\n')}\n}`;
    });
    return made;
  }

  private body(): string[] {
    const { backend } = this.ground;
    const answer = this.random();
    const name = `L${++this.count}`;
    const body = this.settings('location');
    if (this.chance(0.3)) body.push(this.condition());
    if (this.chance(0.2)) body.push(`limit_except ${this.pick(['GET', 'POST', 'GET POST'])} { ${this.limits()} }`);
    if (answer < 0.25) body.push(`return ${this.pick(['200', '200', '404', '301', '403'])} "${name}";`);
    else if (answer < 0.5) body.push(`proxy_pass http://127.0.0.1:${backend};`);
    else if (answer < 0.6) body.push(`try_files $uri ${this.pick(['=404', '/e2', '@e3'])};`);
    return body;
  }

  private limits(): string {
    const { backend } = this.ground;
    return [
      ...this.settings('limit'),
      this.pick(['deny all;', `proxy_pass http://127.0.0.1:${backend};`, 'allow all;']),
    ].join(' ');
  }

  private condition(): string {
    const { backend } = this.ground;
    const test = this.pick(['$arg_i = 1', '$arg_i', '$request_method = POST', '$arg_i != 2']);
    const inside = [
      ...this.settings('if'),
      this.pick(['set $mark i;', 'return 404;', `proxy_pass http://127.0.0.1:${backend};`, 'set $mark j;', 'break;']),
    ];
    return `if (${test}) { ${inside.join(' ')} }`;
  }
}
