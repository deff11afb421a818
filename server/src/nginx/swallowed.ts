/** What becomes of a directive when the semicolon before it is missing: nginx takes its words for more arguments. */
import { directiveEntries, type NginxContext } from '../catalog/nginx.js';
import { existsIn, NEWEST, type NginxTarget, takes } from '../catalog/nginxVersion.js';
import { type Item, siblingsOf } from '../syntax/nginxSyntax.js';
import type { BodyContext } from './contexts.js';
import { valueFault } from './valueFaults.js';

/** Whether nginx is content with what the next lines add to a directive that has no semicolon of its own. */
export function takesNextLines(head: Item, context: BodyContext, target: NginxTarget): boolean {
  const { joinedWords: joined } = head;
  // What a directive is called is no user of the machine.
  if (joined === undefined || context === 'data' || head.name === 'user') return false;
  const args = joinedArguments(head, joined);
  // A name that several modules have takes here what the one takes that stands here.
  const here = directiveEntries(head.name).filter(
    (it) => existsIn(it, target) && (context === 'unknown' || it.contexts.includes(context as NginxContext)),
  );
  return args !== undefined && here.some((it) => takes(it, args.length, target) && !valueFault(it, args));
}

/** Whether this is no directive to nginx, but arguments of the one before it. */
export function isSwallowed({ behind }: Item, context: BodyContext, target: NginxTarget = NEWEST): boolean {
  return behind !== undefined && takesNextLines(behind, context, target);
}

/** The items that are directives to nginx. The same list where nothing is swallowed. */
export function notSwallowed(items: readonly Item[], context: BodyContext): readonly Item[] {
  return items.some((it) => it.behind) ? items.filter((it) => !isSwallowed(it, context)) : items;
}

/**
 * The arguments that nginx takes together until the next semicolon; undefined when they end with the brace of a block
 * further down.
 */
function joinedArguments(directive: Item, joined: number): readonly string[] | undefined {
  const siblings = siblingsOf(directive);
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
