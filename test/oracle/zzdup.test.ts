import { it, beforeAll } from 'vitest';
import { writeFileSync } from 'node:fs';
import { directiveEntries, directiveNames } from '/work/wt-nx/server/src/catalog/nginx.js';
import { AROUND, askNginx, nginxOracles } from '/work/wt-nx/test/oracle/nginxProbe.js';
it('dups', { timeout: 900000 }, async () => {
  const out: Record<string, any> = {};
  for (const oracle of nginxOracles()) {
    if (oracle.name.startsWith('1.26')) continue;
    const probes: { key: string; entry: any; context: string; args: string; text: string; single: string }[] = [];
    for (const name of directiveNames()) for (const entry of directiveEntries(name)) {
      if (!entry.thirdParty || entry.block) continue;
      for (const context of entry.contexts.filter((c) => AROUND[c]).slice(0, 2)) {
        const CANDS = ['on', 'off', '10', '1m', '10s', '/tmp/x', 'x', '127.0.0.1:80', 'text/html', '$host', 'GET', "'return 1'"];
        const n = Math.max(entry.args.min, 0);
        const lists = n === 0 ? [''] : n === 1 ? CANDS : n === 2 ? [...CANDS.map((c) => `$v ${c}`), ...CANDS.map((c) => `x ${c}`), ...CANDS.map((c) => `GET ${c}`)] : CANDS.slice(0, 8).map((c) => `$v x ${Array(n - 2).fill(c).join(' ')}`);
        if (entry.values?.length) lists.unshift(entry.values[0]);
        for (const args of lists) {
          const st = `${name} ${args};`;
          probes.push({ key: `${entry.module} ${name} ${context}`, entry, context, args, single: AROUND[context]!.join(st), text: AROUND[context]!.join(`${st}\n${st}`) });
        }
      }
    }
    const verdicts = await askNginx(probes.map((p) => p.text), oracle);
    // accepted twice or "is duplicate"
    const maybe = probes.map((p, i) => ({ ...p, v: verdicts[i]! })).filter((p) => !p.v.refuses || /is duplicate|duplicate/.test(p.v.words));
    for (const p of maybe) {
      const o = (out[p.key] ??= {});
      (o[p.v.refuses ? 'dup' : 'multi'] ??= []).push(`${oracle.name} ${p.args} ${p.v.words}`);
    }
  }
  writeFileSync('/tmp/nxp/dups.json', JSON.stringify(out, null, 1));
});
