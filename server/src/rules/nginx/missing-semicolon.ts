import type { Place } from '../../base/place.js';
import type { NginxDirective } from '../../catalog/nginx.js';
import type { BodyContext } from '../../nginx/contexts.js';
import { takesNextLines } from '../../nginx/swallowed.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** A block directive whose brace is missing, rather than a simple one without its semicolon. */
export function lacksBrace(directive: Item, context: BodyContext, entries: readonly NginxDirective[]): boolean {
  if (directive.kind !== 'simple' || directive.close !== undefined || entries.length === 0) return false;
  const here = entries.filter((it) => context !== 'data' && context !== 'unknown' && it.contexts.includes(context));
  if (here.length > 0) return here.every((it) => it.block);
  // server is a block in http and a line in upstream; alone on its line it can only be the block.
  return entries.every((it) => it.block) || (directive.words.length === 1 && entries.some((it) => it.block));
}

export default defineRule({
  id: 'nginx/missing-semicolon',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    missing: 'The ";" after "{name}" is missing. nginx will not start.',
    swallows: 'The ";" after "{name}" is missing: nginx takes the next line for further arguments.',
    brace: 'The "{brace}" after "{name}" is missing. nginx will not start.',
  },
  docs: {
    summary: 'A directive without the semicolon that ends it.',
    why: 'nginx reads on into the next line. Mostly it then refuses to start; sometimes it silently takes the next directive for arguments.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80
    server_name example.com;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
}
`,
    sources: ['ngx_conf_read_token() in src/core/ngx_conf_file.c'],
  },

  check({ directive, context, entries, target }, report) {
    if (directive.kind !== 'simple' || directive.close !== undefined) return;
    const { name } = directive;
    // A block of Lua takes no arguments: what follows its name is Lua.
    const isLua = /_by_lua_block$/.test(name);
    const last = directive.words[isLua ? 0 : directive.words.length - 1]!;
    // A quote that does not close is the first thing to mend: the semicolon is inside it.
    if (last.unterminated) return;
    const at: Place = { node: directive, start: last.start, end: last.end };
    const end: Place = { node: directive, start: last.end, end: last.end };
    if (lacksBrace(directive, context, entries)) {
      const fixes = [{ title: 'Insert "{"', applicability: 'suggested' as const, edits: [{ at: end, text: ' {' }] }];
      report({ at, say: 'brace', with: { name, brace: '{' }, fixes });
      return;
    }
    const fixes = [{ title: 'Insert ";"', applicability: 'safe' as const, edits: [{ at: end, text: ';' }] }];
    if (takesNextLines(directive, context, target))
      report({ at, say: 'swallows', with: { name }, severity: 'warning', fixes });
    else report({ at, say: 'missing', with: { name }, fixes });
  },
});
