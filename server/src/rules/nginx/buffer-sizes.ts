import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { isTemplated, parseNumber, parseSize } from '../../nginx/values.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

const SETTING =
  /^(proxy|fastcgi|uwsgi|scgi)_(?:buffers|buffer_size|busy_buffers_size|temp_file_write_size|max_temp_file_size)$/;
const PREFIXES = ['proxy', 'fastcgi', 'uwsgi', 'scgi'];
const NAMES = ['buffers', 'buffer_size', 'busy_buffers_size', 'temp_file_write_size', 'max_temp_file_size'];
/** A page of memory, which both defaults rest on. Machines with greater pages take all that this one takes. */
const PAGE = 4096;

/** What is in force, by the directive's name. */
type Settings = ReadonlyMap<string, Directive>;

export default defineRule({
  id: 'nginx/buffer-sizes',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: PREFIXES.flatMap((prefix) => NAMES.map((name) => `${prefix}_${name}`)),
  messages: {
    few: 'nginx wants at least 2 of "{name}" and will not start.',
    small:
      '"{name}" must be at least {least}, since "{prefix}_buffer_size" or one of "{prefix}_buffers" is that great. nginx will not start.',
    great:
      '"{name}" is {size} here and must be at most {most}: all of "{prefix}_buffers" but one. nginx will not start.',
  },
  docs: {
    summary: 'Buffers for answers whose sizes and numbers do not go together.',
    why: 'nginx -t fails with `"proxy_busy_buffers_size" must be less than the size of all "proxy_buffers" minus one buffer` and the like. Without a value of its own, busy_buffers_size is twice the greater one of buffer_size and a buffer, so a great buffer_size alone is enough to make it fail.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_buffer_size 64k;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_buffer_size 64k;
        proxy_buffers 4 64k;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'ngx_http_proxy_merge_loc_conf() in src/http/modules/ngx_http_proxy_module.c',
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_busy_buffers_size',
    ],
  },

  check({ server }, report) {
    const outer = new Map<string, Directive>();
    const http = server.parent;
    if (http)
      for (const prefix of PREFIXES)
        for (const name of NAMES) {
          const [set] = http.all(`${prefix}_${name}`);
          if (set) outer.set(set.name, set);
        }
    const visit = (block: Block, inherited: Settings, isServer: boolean): void => {
      const own = block.directives.filter((it) => SETTING.test(it.name));
      const settings =
        own.length === 0 ? inherited : new Map([...inherited, ...own.map((it) => [it.name, it] as const)]);
      const touched = new Set((isServer ? [...settings.values()] : own).map((it) => SETTING.exec(it.name)![1]!));
      if (block.complete)
        for (const prefix of touched) {
          const fault = faultOf(prefix, settings, own);
          if (!fault) continue;
          const { by, ...said } = fault;
          report({ at: placeOfHead(by.item), ...said } as Parameters<typeof report>[0]);
        }
      for (const { name, body } of block.directives)
        if (body && (name === 'location' || name === 'if' || name === 'limit_except')) visit(body, settings, false);
    };
    visit(server, outer, true);
  },
});

interface Fault {
  readonly by: Directive;
  readonly say: 'few' | 'small' | 'great';
  readonly with: Readonly<Record<string, string | number>>;
}

function faultOf(prefix: string, settings: Settings, own: readonly Directive[]): Fault | undefined {
  const of = (name: string) => settings.get(`${prefix}_${name}`);
  if (NAMES.some((it) => of(it)?.args.some((arg) => isTemplated(arg) || parseSize(arg) === undefined)))
    return undefined;
  const size = (name: string) => parseSize(of(name)?.args[0] ?? '');
  const buffers = of('buffers')?.args ?? ['8', `${PAGE}`];
  const count = parseNumber(buffers[0]!) ?? 8;
  const each = parseSize(buffers[1] ?? '') ?? PAGE;
  const least = Math.max(size('buffer_size') ?? PAGE, each);
  // What stands in this block is what somebody has just written; else the setting that is at odds.
  const at = (name: string) =>
    own.find((it) => it.name === `${prefix}_${name}`) ??
    own.findLast((it) => it.name.startsWith(`${prefix}_`)) ??
    of(name) ??
    of('buffer_size') ??
    of('buffers')!;
  if (count < 2) return { by: at('buffers'), say: 'few', with: { name: `${prefix}_buffers` } };
  const busy = size('busy_buffers_size') ?? 2 * least;
  const common = { prefix, least: text(least) };
  const tooSmall = (name: string): Fault => ({
    by: at(name),
    say: 'small',
    with: { ...common, name: `${prefix}_${name}` },
  });
  if (busy < least) return tooSmall('busy_buffers_size');
  const most = (count - 1) * each;
  if (busy > most)
    return {
      by: at('busy_buffers_size'),
      say: 'great',
      with: { prefix, name: `${prefix}_busy_buffers_size`, size: text(busy), most: text(most) },
    };
  if ((size('temp_file_write_size') ?? least) < least) return tooSmall('temp_file_write_size');
  const temporary = size('max_temp_file_size') ?? 0;
  return temporary !== 0 && temporary < least ? tooSmall('max_temp_file_size') : undefined;
}

const text = (bytes: number) => (bytes % 1024 === 0 ? `${bytes / 1024}k` : `${bytes}`);
