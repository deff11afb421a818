/** The rules of the house: who may import whom, what may be how long, and that nothing generated is stale. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { staleGenerated } from '../../scripts/gen.mjs';
// @ts-expect-error: a script without types
import { staleGrammars } from '../../scripts/grammarsStale.mjs';
import { functionsOf, root, type Source, sourcesOf } from './sources.js';

/** Floors, lowest first. Imports run strictly down; rooms on one floor are strangers. */
const FLOORS = [
  ['base'],
  ['syntax', 'catalog', 'host'],
  ['nginx', 'systemd', 'apps'],
  ['deployment'],
  ['workspace', 'rules'],
  ['features'],
  ['lsp', 'cli'],
];

/** Foreign packages, and the only places that may name them. */
const DOORS: readonly (readonly [RegExp, RegExp])[] = [
  [/^web-tree-sitter/, /^server\/src\/syntax\//],
  [/^vscode-languageserver/, /^server\/src\/lsp\//],
  [/^vscode-languageclient|^vscode$/, /^client\//],
  [
    /^(?:node:)?(?:fs|os|child_process)(?:\/|$)/,
    /^server\/src\/(?:host\/node\/|lsp\/node\.ts|cli\/)|^client\/src\/(?:extension|main|server(?:Process)?)\.ts/,
  ],
  [/^node:(?:path|url)$/, /^server\/src\/(?:host\/node\/|lsp\/|cli\/)|^client\//],
  [/^commander$/, /^server\/src\/cli\//],
  [/^picomatch$/, /^server\/src\/nginx\//],
];

const LONGEST_FILE = 400;
const LONGEST_FUNCTION = 120;

const server = sourcesOf('server/src');
const client = sourcesOf('client/src');

const floorOf = new Map(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));
const roomOf = (path: string) => /^server\/src\/([^/]+)\//.exec(path)?.[1];

describe('layers', () => {
  it('every file stands in a room', () => {
    expect(server.map((it) => it.path).filter((path) => !floorOf.has(roomOf(path) ?? ''))).toEqual([]);
  });

  it('imports run strictly down', () => {
    const wrong = server.flatMap(({ path, imports }) =>
      imports.flatMap((to) => {
        const from = roomOf(path)!;
        const room = roomOf(to);
        if (!room || room === from || floorOf.get(room)! < floorOf.get(from)!) return [];
        return [`${path} imports ${to}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('no file imports itself, by whatever way', () => {
    expect(cycles(server)).toEqual([]);
    expect(cycles(client)).toEqual([]);
  });
});

describe('doors', () => {
  it.each(DOORS.map(([name, place]) => [String(name), name, place] as const))('%s', (_, name, place) => {
    const strangers = [...server, ...client].filter(
      (it) => it.imports.some((to) => name.test(to)) && !place.test(it.path),
    );
    expect(strangers.map((it) => it.path)).toEqual([]);
  });

  it('process and console stay at the edge', () => {
    const edge = /^server\/src\/(?:cli\/|lsp\/node\.ts|host\/node\/)/;
    // Comments and the deployments in the documentation of rules are no code of ours.
    const users = server.filter(
      (it) =>
        !edge.test(it.path) &&
        /(?<![.\w])(?:process|console)\.\w/.test(it.text.replace(/`-- [^`]*`|\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    );
    expect(users.map((it) => it.path)).toEqual([]);
  });

  it('catalog is read through its look-ups', () => {
    const readers = server.filter(
      (it) => it.imports.some((to) => to.startsWith('server/catalog/')) && roomOf(it.path) !== 'catalog',
    );
    expect(readers.map((it) => it.path)).toEqual([]);
  });
});

describe('sizes', () => {
  const authored = [...server, ...client, ...sourcesOf('test')].filter((it) => !it.generated);

  it(`no authored file is longer than ${LONGEST_FILE} lines`, () => {
    const long = authored
      .map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`)
      .filter((it) => Number(it.split(': ')[1]) > LONGEST_FILE);
    expect(long).toEqual([]);
  });

  it(`no function is longer than ${LONGEST_FUNCTION} lines`, () => {
    const long = [...server, ...client].flatMap(({ path, text, generated }) =>
      generated
        ? []
        : functionsOf(text)
            .filter((it) => it.length > LONGEST_FUNCTION)
            .map((it) => `${path}:${it.line}: ${it.length}`),
    );
    expect(long).toEqual([]);
  });

  it('the measure sees functions', () => {
    const lengths = functionsOf('function a() {\n  if (b) {\n    c();\n  }\n}\nconst d = () => {\n  e();\n};\n');
    expect(lengths).toEqual([
      { line: 1, length: 5 },
      { line: 6, length: 3 },
    ]);
  });
});

describe('stale files', () => {
  it('catalog, index, pages and settings follow from their sources', async () => {
    expect(await staleGenerated()).toEqual([]);
  });

  it('parsers and .wasm follow from their grammars', () => {
    expect(staleGrammars()).toEqual([]);
  });

  it('each rule has its fixture beside it', () => {
    const rules = server.filter((it) => /^server\/src\/rules\/(?:nginx|systemd|deployment)\//.test(it.path));
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.map((it) => it.path.replace(/\.ts$/, '.fixture')).filter((it) => !existsSync(join(root, it)))).toEqual(
      [],
    );
  });
});

function cycles(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((it) => [it.path, it]));
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
      return;
    }
    if (done.has(path)) return;
    for (const to of byPath.get(path)?.imports ?? []) if (byPath.has(to)) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
