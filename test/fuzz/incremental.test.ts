/** Incremental equals fresh, after each of many random edits; and every find of the past stays mended. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { grammars } from '../fixture/deployment.js';
import { type Find, fuzz, replay } from './run.js';

beforeAll(grammars);

const results = new URL('../../test-results/', import.meta.url).pathname;
mkdirSync(results, { recursive: true });

const found = new URL('found/', import.meta.url).pathname;
const finds = existsSync(found) ? readdirSync(found).filter((it) => it.endsWith('.json')) : [];

it.each(finds)('%s stays mended', (name) => {
  expect(replay(JSON.parse(readFileSync(`${found}${name}`, 'utf8')) as Find)).toBeUndefined();
});

const COUNT = Number(process.env.FUZZ_EDITS ?? (process.env.CI ? 100_000 : 5_000));
const SEED = Number(process.env.FUZZ_SEED ?? 1);

it(`${COUNT} edits with seed ${SEED}`, { timeout: 3_600_000 }, () => {
  const { done, finds: wrong } = fuzz(COUNT, SEED);
  // Move them to found/ under a name that says what was wrong: they are replayed from then on.
  if (wrong.length > 0) writeFileSync(`${results}fuzz-finds.json`, JSON.stringify(wrong, undefined, 1));
  expect(wrong).toEqual([]);
  expect(done).toBe(COUNT);
});
