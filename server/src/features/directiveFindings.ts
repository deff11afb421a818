/** What rules say of single directives, of what stands side by side, and of entries: all that an item tells by itself. */
import { directiveEntries, type NginxContext, type NginxDirective } from '../catalog/nginx.js';
import { existsIn, type NginxTarget } from '../catalog/nginxVersion.js';
import { type BodyContext, contextInside } from '../nginx/contexts.js';
import { isSwallowed, notSwallowed } from '../nginx/swallowed.js';
import type { Finding } from '../rules/rule.js';
import type { DirectiveView } from '../rules/views.js';
import type { Item } from '../syntax/nginxSyntax.js';
import { rulesSeeing } from './rulesSeeing.js';

const directiveRules = rulesSeeing('directive');
const rulesForAll = directiveRules.filter((it) => !it.directives);
/** By name, for names that some rule is about: the rules that look at such a directive. */
const rulesForNames = new Map(
  directiveRules
    .flatMap((it) => it.directives ?? [])
    .map((name) => [name, directiveRules.filter((it) => !it.directives || it.directives.includes(name))]),
);
const entriesRules = rulesSeeing('entries');
const bodyRules = rulesSeeing('body');

/** Judges a directive and, if `inside`, all that is in it. */
export function checkDirectives(
  about: Pick<DirectiveView, 'unbalanced' | 'target'>,
  directive: Item,
  context: BodyContext,
  inside: boolean,
  into: Finding[],
): void {
  if (!directive.isDirective || isSwallowed(directive, context, about.target)) return;
  const { unbalanced, target } = about;
  const { entries, here } = context === 'data' ? NO_ENTRIES : entriesFor(directive.name, context, target);
  const view: DirectiveView = { directive, context, entries, here, unbalanced, target };
  for (const rule of rulesForNames.get(directive.name) ?? rulesForAll) rule.run(view, into);
  if (!inside || !directive.children) return;
  const below = contextInside(directive, context);
  if (below === 'data' && !about.unbalanced)
    for (const rule of entriesRules) rule.run({ owner: directive, items: directive.children }, into);
  checkBody(directive.children, below, directive, target, into);
  for (const child of directive.children) checkDirectives(about, child, below, true, into);
}

type Entries = Pick<DirectiveView, 'entries' | 'here'>;
const NO_ENTRIES: Entries = { entries: [], here: [] };
const entriesOfTarget = new WeakMap<NginxTarget, Map<BodyContext, Map<string, Entries>>>();

/** What the catalog knows, found once for each name that it has. */
function entriesFor(name: string, context: BodyContext, target: NginxTarget): Entries {
  let contexts = entriesOfTarget.get(target);
  if (!contexts) entriesOfTarget.set(target, (contexts = new Map()));
  let names = contexts.get(context);
  if (!names) contexts.set(context, (names = new Map()));
  const before = names.get(name);
  if (before) return before;
  const all = directiveEntries(name);
  if (all.length === 0) return NO_ENTRIES;
  const entries = all.filter((it) => existsIn(it, target));
  const isHere = ({ contexts }: NginxDirective) =>
    context === 'unknown' || contexts.includes(context as NginxContext) || contexts.includes('any');
  const found = { entries, here: entries.filter(isHere) };
  names.set(name, found);
  return found;
}

/** Judges what stands side by side in a block or at the top of a file. */
export function checkBody(
  items: readonly Item[],
  context: BodyContext,
  owner: Item | undefined,
  target: NginxTarget,
  into: Finding[],
): void {
  if (context === 'data' || context === 'unknown') return;
  const view = { items: notSwallowed(items, context), context, owner, target };
  for (const rule of bodyRules) rule.run(view, into);
}
