import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { variablesOf } from '../../nginx/effective/serverVariables.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/variable-before-set',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['set'],
  messages: {
    before: '${name} is empty here: "{directive}" is carried out before the "set" below, the only one that makes it.',
  },
  docs: {
    summary: 'A variable that is used above the line that sets it.',
    why: 'set, if, rewrite and return are carried out in their order, as a program. Other directives read variables later, and may stand anywhere.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    if ($mobile) {
        return 302 https://m.example.com$request_uri;
    }
    set $mobile "";
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    set $mobile "";
    if ($http_user_agent ~* mobile) {
        set $mobile 1;
    }
    if ($mobile) {
        return 302 https://m.example.com$request_uri;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_rewrite_module.html'],
  },

  check({ server }, report) {
    if (!server.complete || !server.namesWithin.has('set')) return;
    const { sets, open } = variablesOf(server);
    if (open) return;
    const captured = capturesIn(server);
    for (const block of blocksOf(server)) {
      const steps = [...stepsOf(block)];
      for (const [name, first] of sets) {
        if (captured.has(name) || countSets(server, name) !== countIn(steps, name)) continue;
        const at = steps.findIndex((it) => isSetOf(it, name));
        if (at < 0 || steps[at]!.item !== first) continue;
        for (const use of steps.slice(0, at)) {
          const arg = use.args.findIndex((it, i) => !(use.name === 'set' && i === 0) && uses(it, name));
          // A pattern's dollar is an anchor.
          if (arg < 0 || (use.name === 'rewrite' && arg === 0)) continue;
          report({
            at: placeOfArg(use.item, arg + 1),
            say: 'before',
            with: { name, directive: use.name },
            related: [{ at: placeOfHead(first), text: 'set here' }],
          });
          break;
        }
      }
    }
  },
});

/** The server and its locations: each is a program of its own. */
function* blocksOf(block: Block): Generator<Block> {
  yield block;
  for (const it of block.directives) if (it.name === 'location' && it.body) yield* blocksOf(it.body);
}

/** What the rewrite module carries out in a block, in order. */
function* stepsOf(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    if (/^(?:set|if|rewrite|return)$/.test(it.name)) yield it;
    if (it.name === 'if' && it.body) yield* stepsOf(it.body);
  }
}

const isSetOf = (it: Directive, name: string) => it.name === 'set' && it.args[0]?.toLowerCase() === `$${name}`;
const countIn = (steps: readonly Directive[], name: string) => steps.filter((it) => isSetOf(it, name)).length;

function countSets(server: Block, name: string): number {
  let count = 0;
  for (const block of blocksOf(server)) count += countIn([...stepsOf(block)], name);
  return count;
}

function uses(text: string, name: string): boolean {
  if (!text.includes('$') || isTemplated(text)) return false;
  return [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].some(([, it]) => it!.toLowerCase() === name);
}

/** Names that captures or another program make too. */
function capturesIn(block: Block): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (at: Block): void => {
    for (const { name, args, body } of at.directives) {
      for (const text of args) for (const [, it] of text.matchAll(/\(\?P?[<'](\w+)[>']/g)) found.add(it!.toLowerCase());
      if (name === 'auth_request_set' && args[0]) found.add(args[0].slice(1).toLowerCase());
      if (body && body.context !== 'data') visit(body);
    }
  };
  visit(block);
  return found;
}
