import { type Item, itemsWithin, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/late-log-format',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    late: 'The log_format "{name}" stands below this line, and nginx knows only those above it. nginx will not start.',
  },
  docs: {
    summary: 'An access_log that stands above the log_format that it names.',
    why: 'nginx looks formats up while it reads, and fails with `unknown log format`. Most other names (upstreams, variables, zones, caches) may be defined further down.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    access_log /var/log/nginx/access.log main;
    log_format main '$remote_addr $request $status';
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    log_format main '$remote_addr $request $status';
    access_log /var/log/nginx/access.log main;
}
`,
    sources: ['ngx_http_log_set_log() in src/http/modules/ngx_http_log_module.c'],
  },

  check({ items, context, owner }, report) {
    // What stands in other files may come before the include of this one.
    if ((context !== 'http' && context !== 'stream') || !owner) return;
    let last = items.length - 1;
    while (last >= 0 && items[last]!.name !== 'log_format') last--;
    const below = new Map<string, number>();
    for (let i = last; i > 0; i--) {
      const { name, args } = items[i]!;
      if (name === 'log_format' && args[0]) below.set(args[0].toLowerCase(), i);
    }
    for (let i = 0; i < last; i++) {
      const item = items[i]!;
      // An include may bring a format of the same name.
      if (item.name === 'include') return;
      for (const use of usesOf(item)) {
        const name = use.args[1]!;
        if ((below.get(name.toLowerCase()) ?? -1) > i) report({ at: placeOfArg(use, 2), say: 'late', with: { name } });
      }
    }
  },
});

/** What each child of http logs by name; remembered, since an edit in one leaves the others. */
const uses = new WeakMap<Item, readonly Item[]>();

function usesOf(item: Item): readonly Item[] {
  let found = uses.get(item);
  if (!found) {
    found = [...itemsWithin([item])].filter((it) => it.name === 'access_log' && it.args.length > 1);
    uses.set(item, found);
  }
  return found;
}
