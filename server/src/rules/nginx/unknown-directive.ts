import { nearest } from '../../base/nearest.js';
import { directiveEntries, directiveIn, directiveNames, directivesIn } from '../../catalog/nginx.js';
import { versionText } from '../../catalog/nginxVersion.js';
import { placeOfWord } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/unknown-directive',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    unknown: 'nginx knows no directive "{name}" and will not start.',
    unknownNear: 'nginx knows no directive "{name}" and will not start. Did you mean "{near}"?',
    foreign:
      'nginx itself knows no directive "{name}" and will not start, unless a module brings it. If one does, add "{name}" to the setting throughline.nginxModules (--nginx-module).',
    foreignNear:
      'nginx itself knows no directive "{name}" and will not start, unless a module brings it. Did you mean "{near}"? If a module brings it, add "{name}" to the setting throughline.nginxModules (--nginx-module).',
    tooNew: 'nginx {version} does not know "{name}" yet, which came with {since}, and will not start.',
    gone: 'nginx {version} does not know "{name}" any more, which went with {removed}, and will not start.',
  },
  docs: {
    summary: 'A directive that neither nginx nor any known module has.',
    why: 'nginx -t fails with `unknown directive`, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    lisen 80;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
}
`,
    sources: ['https://nginx.org/en/docs/dirindex.html', 'ngx_conf_handler() in src/core/ngx_conf_file.c'],
  },

  check({ directive, context, entries, target }, report) {
    // Entries of map, types and geo have names of their own.
    if (entries.length > 0 || context === 'data') return;
    const { name } = directive;
    if (target.modules?.includes(name)) return;
    const word = directive.words[0]!;
    const at = placeOfWord(directive, word);
    // Templates: a name that is filled in before nginx sees it.
    if (/\$\{|^%|^@@/.test(word.raw)) return;
    const others = directiveEntries(name);
    if (target.version && others.length > 0) {
      const version = versionText(target.version);
      const removed = others.find((it) => it.removed !== undefined)?.removed;
      if (removed !== undefined) report({ at, say: 'gone', with: { name, version, removed } });
      else report({ at, say: 'tooNew', with: { name, version, since: others[0]!.since ?? '' } });
      return;
    }
    const here = context === 'unknown' ? [] : directivesIn(context).map((it) => it.name);
    const near = nearest(name, here) ?? nearest(name, directiveNames());
    // Somebody else's module may have it: load_module says so, or the user.
    const foreign = target.loadsUnknown || (target.modules?.length ?? 0) > 0;
    if (near === undefined) {
      if (foreign) report({ at, say: 'foreign', severity: 'warning', with: { name } });
      else report({ at, say: 'unknown', with: { name } });
      return;
    }
    const fits = context !== 'unknown' && directiveIn(near, context) !== undefined;
    report({
      at,
      say: foreign ? 'foreignNear' : 'unknownNear',
      ...(foreign && { severity: 'warning' as const }),
      with: { name, near },
      fixes: [
        {
          title: `Change to "${near}"`,
          applicability: fits && !foreign ? 'safe' : 'suggested',
          edits: [{ at, text: near }],
        },
      ],
    });
  },
});
