import { entryReader } from '../../nginx/dataEntries.js';
import { placeOfHead, placeOfWord } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/invalid-entry',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'entries',
  messages: {
    invalid: 'nginx does not take this entry of "{block}" and will not start: "{word}" must be {expected}.',
    block: '"{block}" holds entries, no blocks. nginx will not start.',
  },
  docs: {
    summary: 'An entry of map, geo, split_clients or types that nginx cannot read.',
    why: 'nginx -t fails with `invalid number of the map parameters`, `invalid network` and the like, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
map $http_upgrade $connection_upgrade {
    default upgrade close;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
map $http_upgrade $connection_upgrade {
    default upgrade;
    "" close;
}
`,
    sources: [
      'ngx_http_map() in src/http/modules/ngx_http_map_module.c',
      'ngx_http_geo() in src/http/modules/ngx_http_geo_module.c',
      'ngx_http_split_clients() in src/http/modules/ngx_http_split_clients_module.c',
    ],
  },

  check({ owner, items }, report) {
    const block = owner.name;
    const reader = entryReader(block, owner.args);
    if (!reader) return;
    for (const item of items) {
      if (!item.isDirective || item.words.length === 0) continue;
      if (item.kind === 'block') {
        report({ at: placeOfHead(item), say: 'block', with: { block } });
        continue;
      }
      if (item.joinedWords !== undefined || item.close === undefined) continue;
      const words = [item.name, ...item.args];
      const fault = reader.read(words);
      if (!fault) continue;
      const at =
        fault.word === 0 && words.length !== 2 ? placeOfHead(item) : placeOfWord(item, item.words[fault.word]!);
      report({ at, say: 'invalid', with: { block, word: words[fault.word]!, expected: fault.expected } });
    }
  },
});
