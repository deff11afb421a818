/** Where a server keeps answers of its programs. */
import type { Block, Directive } from './blocks.js';
import { inForce } from './inheritance.js';
import { passesIn } from './passes.js';

/** Modules with a cache, by the directive that connects. */
const KINDS: Readonly<Record<string, 'proxy' | 'fastcgi' | 'uwsgi' | 'scgi'>> = {
  proxy_pass: 'proxy',
  fastcgi_pass: 'fastcgi',
  uwsgi_pass: 'uwsgi',
  scgi_pass: 'scgi',
};

export interface CacheUse {
  readonly kind: 'proxy' | 'fastcgi' | 'uwsgi' | 'scgi';
  readonly pass: Directive;
  /** The `*_cache` that names the zone. */
  readonly cache: Directive;
  /** What is in force of the module, by the rest of the name: `of('cache_key')`. Undefined where that is not known. */
  of(name: string): readonly Directive[] | undefined;
}

/** The passes of a server whose answers are cached, in nginx's order. */
export function cachesIn(server: Block): CacheUse[] {
  return passesIn(server).flatMap((pass): CacheUse[] => {
    const kind = KINDS[pass.name];
    const cache = kind && inForce(pass.within, `${kind}_cache`).directives[0];
    if (!kind || !cache || cache.args[0] === undefined || cache.args[0] === 'off') return [];
    const of = (name: string): readonly Directive[] | undefined => {
      const { directives, certain } = inForce(pass.within, `${kind}_${name}`);
      return certain || directives.length > 0 ? directives : undefined;
    };
    return [{ kind, pass, cache, of }];
  });
}
