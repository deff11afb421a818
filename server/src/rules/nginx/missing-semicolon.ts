import type { Place } from '../../base/place.js';
import type { NginxContext, NginxDirective } from '../../catalog/nginx.js';
import type { BodyContext } from '../../nginx/contexts.js';
import { valueFault } from '../../nginx/valueFaults.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import { takes } from './wrong-argument-count.js';

/** A block directive whose brace is missing, rather than a simple one without its semicolon. */
export function lacksBrace(directive: Item, context: BodyContext, entries: readonly NginxDirective[]): boolean {
  if (directive.kind !== 'simple' || directive.close !== undefined || entries.length === 0) return false;
  const here = entries.filter((it) => context !== 'data' && context !== 'unknown' && it.contexts.includes(context));
  if (here.length > 0) return here.every((it) => it.block);
  // server is a block in http and a line in upstream; alone on its line it can only be the block.
  return entries.every((it) => it.block) || (directive.words.length === 1 && entries.some((it) => it.block));
}

/**
 * The arguments that nginx takes together until the next semicolon; undefined when they end with the brace of a block
 * further down.
 */
function joinedArguments(directive: Item, joined: number): readonly string[] | undefined {
  const siblings = directive.parent && 'children' in directive.parent ? directive.parent.children : undefined;
  let left = joined - directive.words.length;
  const args = [...directive.args];
  for (let i = (siblings?.indexOf(directive) ?? -1) + 1; siblings && i > 0 && i < siblings.length; i++) {
    const next = siblings[i]!;
    if (!next.isDirective) continue;
    left -= next.words.length;
    args.push(next.name, ...next.args);
    if (left <= 0) return next.kind === 'simple' && next.close !== undefined ? args : undefined;
  }
  return undefined;
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
    const last = directive.words[directive.words.length - 1]!;
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
    const joined = directive.joinedWords;
    const args = joined === undefined || context === 'data' ? undefined : joinedArguments(directive, joined);
    // A name that several modules have takes here what the one takes that stands here.
    const here = entries.filter((it) => context === 'unknown' || it.contexts.includes(context as NginxContext));
    if (args && here.some((it) => takes(it, args.length, target) && !valueFault(it, args)))
      report({ at, say: 'swallows', with: { name }, severity: 'warning', fixes });
    else report({ at, say: 'missing', with: { name }, fixes });
  },
});
