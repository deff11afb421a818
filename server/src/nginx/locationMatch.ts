/** What the head of a location matches. */

export interface LocationMatch {
  /** `noRegex` is a prefix with `^~`; `regex` and `regexAnyCase` are `~` and `~*`; `named` is `@name`. */
  readonly kind: 'prefix' | 'noRegex' | 'exact' | 'regex' | 'regexAnyCase' | 'named';
  /** Without the modifier; of a named location with its `@`. */
  readonly text: string;
}

const MODIFIERS: Readonly<Record<string, LocationMatch['kind']>> = {
  '=': 'exact',
  '^~': 'noRegex',
  '~': 'regex',
  '~*': 'regexAnyCase',
};

/**
 * Reads a location's arguments as ngx_http_core_location() does: the modifier may be glued to what it modifies.
 * Undefined for what nginx refuses.
 */
export function locationMatch(args: readonly string[]): LocationMatch | undefined {
  if (args.length === 2) {
    const kind = MODIFIERS[args[0]!];
    return kind && { kind, text: args[1]! };
  }
  const [only] = args;
  if (only === undefined || args.length > 2) return undefined;
  const [, modifier, text] = /^(=|\^~|~\*|~)?(.*)$/s.exec(only)!;
  if (modifier) return { kind: MODIFIERS[modifier]!, text: text! };
  return { kind: only.startsWith('@') ? 'named' : 'prefix', text: only };
}
