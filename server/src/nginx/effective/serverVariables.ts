/** Which variables a server makes and uses, its includes in their place. */
import { isBuiltInVariable } from '../../catalog/nginxVariables.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { isTemplated } from '../values.js';
import type { Block } from './blocks.js';

export interface ServerVariables {
  /** Made by `set`: the first that does so. Names in lower case, as nginx keeps them. */
  readonly sets: ReadonlyMap<string, Item>;
  /** Made by whatever stands in the server: set, captures, other modules. */
  readonly made: ReadonlySet<string>;
  /** The number of the argument is counted from 1. Variables of nginx itself are left out. */
  readonly uses: readonly { readonly name: string; readonly item: Item; readonly arg: number }[];
  /** Programs inside the configuration may make any variable. */
  readonly open: boolean;
}

export function variablesOf(server: Block): ServerVariables {
  const found = {
    sets: new Map<string, Item>(),
    made: new Set<string>(),
    uses: [] as ServerVariables['uses'][number][],
    open: false,
  };
  gather(server, found);
  return found;
}

/** Whether two servers make and use the same variables in the same places. */
export function sameVariables(a: ServerVariables, b: ServerVariables): boolean {
  return (
    a.open === b.open &&
    a.uses.length === b.uses.length &&
    a.uses.every((it, i) => it.name === b.uses[i]!.name && it.item === b.uses[i]!.item) &&
    sameKeys(a.made, b.made) &&
    [...a.sets].every(([name, item]) => b.sets.get(name) === item)
  );
}

function sameKeys(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((it) => b.has(it));
}

interface Found {
  readonly sets: Map<string, Item>;
  readonly made: Set<string>;
  readonly uses: ServerVariables['uses'][number][];
  open: boolean;
}

function gather(block: Block, into: Found): void {
  for (const { name, item, args, body } of block.directives) {
    if (item.kind === 'lua' || /_by_lua|^(?:js|perl|njs)_|^more_|^set_|^echo/.test(name)) into.open = true;
    const isMaker = name === 'set' || name === 'auth_request_set';
    if (isMaker && args[0]?.startsWith('$')) {
      const made = args[0].slice(1).toLowerCase();
      into.made.add(made);
      if (name === 'set' && !into.sets.has(made)) into.sets.set(made, item);
    }
    args.forEach((text, i) => {
      if (text.includes('(?'))
        for (const [, it] of text.matchAll(/\(\?P?[<'](\w+)[>']/g)) into.made.add(it!.toLowerCase());
      if (!text.includes('$') || (isMaker && i === 0) || isTemplated(text)) return;
      for (const [, it] of text.matchAll(/\$(?:\{)?([A-Za-z_]\w*)/g))
        if (!isBuiltInVariable(it!, 'http')) into.uses.push({ name: it!.toLowerCase(), item, arg: i + 1 });
    });
    if (body && body.context !== 'data') gather(body, into);
  }
}
