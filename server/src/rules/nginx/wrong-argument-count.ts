import type { NginxArgs } from '../../catalog/nginx.js';
import { argsIn, takes } from '../../catalog/nginxVersion.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/wrong-argument-count',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    none: '"{name}" takes no argument here, but has {count}. nginx will not start.',
    wrong: '"{name}" takes {expected}, but has {count}. nginx will not start.',
  },
  docs: {
    summary: 'A directive with more or fewer arguments than it takes.',
    why: 'nginx -t fails with `invalid number of arguments`, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app /srv/other;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
}
`,
    sources: ['ngx_conf_handler() in src/core/ngx_conf_file.c'],
  },

  check({ directive, context, here, target }, report) {
    if (context === 'data' || directive.joinedWords !== undefined) return;
    if (here.length === 0) return;
    // Without its brace Lua looks like arguments.
    if (directive.close === undefined && /_by_lua_block$/.test(directive.name)) return;
    const count = directive.words.length - 1;
    if (here.some((it) => takes(it, count, target))) return;
    const at = placeOfHead(directive);
    const { name } = directive;
    const args = argsIn(here[0]!, target);
    if (args.max === 0) report({ at, say: 'none', with: { name, count: counted(count) } });
    else
      report({
        at,
        say: 'wrong',
        with: { name, count: count === 0 ? 'none' : String(count), expected: expected(args) },
      });
  },
});

function expected({ min, max, counts, flag }: NginxArgs): string {
  if (flag) return 'one argument, "on" or "off"';
  if (max === null) return min === 0 ? 'any number of arguments' : `at least ${counted(min)}`;
  if (min === max) return counted(min);
  if (counts && counts.length < max - min + 1) return `${counts.join(' or ')} arguments`;
  return max === min + 1 ? `${min} or ${max} arguments` : `${min} to ${max} arguments`;
}

function counted(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}
