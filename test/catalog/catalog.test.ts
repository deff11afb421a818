/** The catalog: what everything else takes for granted, and that hover has a text for every key that matters. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blockContext, directiveEntries, directiveIn, directiveNames } from '../../server/src/catalog/nginx.js';
import { keyEntry, keysIn, sectionsOf, sectionsWithKey } from '../../server/src/catalog/systemd.js';

const texts = JSON.parse(
  readFileSync(new URL('../../server/catalog/systemd-docs.json', import.meta.url), 'utf8'),
) as Record<string, string>;

describe('nginx', () => {
  it('knows the directives that everybody uses', () => {
    expect(directiveIn('proxy_pass', 'location')?.args).toMatchObject({ min: 1, max: 1 });
    expect(directiveIn('proxy_pass', 'server')).toBeUndefined();
    expect(directiveIn('sendfile', 'http')?.args.flag).toBe(true);
    expect(directiveIn('include', 'upstream')).toBeDefined();
    expect([...directiveNames()].length).toBeGreaterThan(1_500);
  });

  it('knows what is inside of blocks', () => {
    expect(blockContext('http', 'server')).toBe('server');
    expect(blockContext('stream', 'server')).toBe('stream-server');
    expect(blockContext('location', 'if')).toBe('lif');
    expect(blockContext('http', 'map')).toBe('free');
    expect(blockContext('server', 'listen')).toBeUndefined();
  });

  it('gives every directive a context and counts that make sense', () => {
    for (const name of directiveNames()) {
      for (const { contexts, args } of directiveEntries(name)) {
        expect(contexts.length, name).toBeGreaterThan(0);
        expect(args.max === null || args.max >= args.min, name).toBe(true);
      }
    }
  });
});

describe('systemd', () => {
  it('knows the sections and keys that everybody uses', () => {
    expect(sectionsOf('socket')).toEqual(expect.arrayContaining(['Unit', 'Socket', 'Install']));
    expect(keyEntry('Service', 'ExecStart', 'service')).toBeDefined();
    expect(keyEntry('Socket', 'ListenStream', 'socket')?.multi).toBe(true);
    expect(sectionsWithKey('After', 'service')).toEqual(['Unit']);
    expect(sectionsOf('container')).toContain('Container');
  });

  const sections: readonly (readonly [string, string])[] = [
    ['Unit', 'service'],
    ['Install', 'service'],
    ['Service', 'service'],
    ['Socket', 'socket'],
    ['Timer', 'timer'],
    ['Path', 'path'],
  ];

  it.each(sections)('has a text of one to three sentences for every key of [%s]', (section, type) => {
    const keys = keysIn(section, type).filter((it) => !it.removed);
    expect(keys.length).toBeGreaterThan(3);
    const silent = keys.filter((it) => !(`${section}.${it.name}` in texts) && !(it.name in texts));
    expect(silent.map((it) => it.name)).toEqual([]);
  });

  it('has no text on a key that does not exist', () => {
    const mounted = [
      ['Mount', 'mount'],
      ['Automount', 'automount'],
      ['Swap', 'swap'],
      ['Slice', 'slice'],
    ] as const;
    const all = [...sections, ...mounted];
    const known = new Set(all.flatMap(([section, type]) => keysIn(section, type).map((it) => it.name)));
    expect(Object.keys(texts).filter((it) => !known.has(it.replace(/^\w+\./, '')))).toEqual([]);
  });
});
