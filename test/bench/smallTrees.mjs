// What a keystroke and the first look cost in small trees, and which rules it goes to: node test/bench/smallTrees.mjs
// Milliseconds of this machine; the first look is that of a warm process.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundled, top } from './bundled.mjs';
import { median } from './measure.mjs';

const contents = `
  export { grammars, load } from './test/fixture/deployment.ts';
  export { readFixture } from './test/fixture/reader.ts';
  export * as trees from './test/deployments/trees.ts';
  export { allRules } from './server/src/rules/all.generated.ts';
  export { hostPath } from './server/src/base/hostPath.ts';
  export { languageOf } from './server/src/workspace/discovery.ts';
  export { DEFAULT_CHECKS, diagnostics, FindingsMemory } from './server/src/features/diagnostics.ts';
`;
const it = await bundled('small-trees', contents);
await it.grammars();

function filesBelow(folder, prefix = '') {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path, `${prefix}${name}/`);
    return [{ path: `${prefix}${name}`, text: readFileSync(path, 'utf8'), attributes: {} }];
  });
}

const named = {
  'examples/seed': filesBelow(join(top, 'examples/seed')),
  'examples/fixed': filesBelow(join(top, 'examples/fixed')),
};
for (const [name, tree] of Object.entries(it.trees)) {
  for (const [shape, text] of typeof tree === 'string' ? [[name, tree]] : Object.entries(tree))
    if (typeof text === 'string' && text.includes('-- etc/nginx'))
      named[`40 ways, ${shape}`] = it.readFixture(text).files;
}

const spent = new Map();
for (const rule of it.allRules) {
  const { run } = rule;
  rule.run = (view, into) => {
    const started = performance.now();
    run.call(rule, view, into);
    spent.set(rule.id, (spent.get(rule.id) ?? 0) + performance.now() - started);
  };
}

function look(loaded, memory) {
  return loaded.settle((snapshot) => {
    for (const path of new Set([...snapshot.nginxFiles, ...snapshot.unitFiles]))
      it.diagnostics(snapshot, path, memory, { ...it.DEFAULT_CHECKS, target: loaded.target, systemd: loaded.systemd });
  });
}

for (const round of ['warm', 'counted'])
  for (const [name, files] of Object.entries(named)) {
    const loaded = it.load({ files, absent: [] });
    const memory = new it.FindingsMemory();
    let started = performance.now();
    look(loaded, memory);
    const first = performance.now() - started;
    const edits = [];
    spent.clear();
    for (const { path, text } of files) {
      const host = it.hostPath(`/${path}`);
      const language = it.languageOf(host);
      if (!language) continue;
      loaded.space.openDocument(host, language, text);
      look(loaded, memory);
      for (let i = 0; i < 40; i++) {
        const at = Math.floor((text.length * (i + 1)) / 42);
        for (const edit of [
          { start: at, oldEnd: at, text: 'x' },
          { start: at, oldEnd: at + 1, text: '' },
        ]) {
          loaded.space.editDocument(host, edit);
          started = performance.now();
          look(loaded, memory);
          edits.push(performance.now() - started);
        }
      }
    }
    if (round === 'warm') continue;
    const sorted = edits.sort((a, b) => a - b);
    const dear = [...spent].sort((a, b) => b[1] - a[1]).slice(0, 3);
    console.log(
      `${name}: first look ${first.toFixed(1)} ms; an edit ${median(edits).toFixed(2)} ms, 95 % within ${sorted[Math.floor(sorted.length * 0.95)].toFixed(2)} ms`,
      `(${dear.map(([id, ms]) => `${id} ${(ms / edits.length).toFixed(3)}`).join(', ')})`,
    );
  }
