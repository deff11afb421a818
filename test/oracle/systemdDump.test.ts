/** The catalog has exactly the keys that each systemd says it has: `systemd --dump-configuration-items`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysIn, sectionsOf } from '../../server/src/catalog/systemd.js';
import { UNIT_TYPES } from '../../server/src/systemd/unitName.js';

const ROOTS: readonly (readonly [number, string])[] = [
  [252, ''],
  [257, '/var/cache/throughline-oracles/trixie'],
  [262, '/var/cache/throughline-oracles/sid'],
];

function dumped(root: string): string[] {
  const [command, ...args] = [
    ...(root ? ['chroot', root] : []),
    '/usr/lib/systemd/systemd',
    '--dump-configuration-items',
  ];
  const { stdout } = spawnSync(command!, args, { encoding: 'utf8' });
  const keys: string[] = [];
  let section = '';
  for (const line of stdout.split('\n')) {
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section;
    const key = /^(\w+)=/.exec(line)?.[1];
    if (key) keys.push(`[${section}] ${key}`);
  }
  return [...new Set(keys)].sort();
}

describe.each(ROOTS)('keys of systemd %i', (version, root) => {
  const isHere = existsSync(join(root, '/usr/lib/systemd/systemd')) && (root === '' || process.getuid?.() === 0);
  it.skipIf(!isHere)('are those of the catalog', () => {
    const ours = new Set<string>();
    for (const type of UNIT_TYPES)
      for (const section of sectionsOf(type))
        for (const { name, dumps } of keysIn(section, type))
          if (!dumps || dumps.includes(version)) ours.add(`[${section}] ${name}`);
    const theirs = dumped(root);
    expect(theirs.length).toBeGreaterThan(1000);
    expect([...ours].sort()).toEqual(theirs);
  });
});
