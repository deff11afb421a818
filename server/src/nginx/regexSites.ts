/** Where regular expressions stand in directives. */
import type { Item } from '../syntax/nginxSyntax.js';
import { isTemplated } from './values.js';

export interface RegexSite {
  readonly item: Item;
  /** Number of the word, counted from 0 at the name. */
  readonly word: number;
  /** Where the expression begins in the word's value: behind `~` or `~*`. */
  readonly from: number;
  readonly pattern: string;
  readonly caseless: boolean;
}

/** The regular expressions of one directive; of a `map` those of its keys too. */
export function regexSites(item: Item): RegexSite[] {
  const found: RegexSite[] = [];
  const { name, args } = item;
  const add = (of: Item, word: number, value: string | undefined, from = 0, caseless = false): void => {
    if (value === undefined || isTemplated(value)) return;
    found.push({ item: of, word, from, pattern: value.slice(from), caseless });
  };
  /** A word that is an expression if it begins with `~`. */
  const tilde = (of: Item, word: number, value: string | undefined): void => {
    const mark = /^~\*?/.exec(value ?? '')?.[0];
    if (mark) add(of, word, value, mark.length, mark === '~*');
  };
  switch (name) {
    case 'location':
      if (args.length === 2 && (args[0] === '~' || args[0] === '~*')) add(item, 2, args[1], 0, args[0] === '~*');
      else if (args.length === 1) tilde(item, 1, args[0]);
      break;
    case 'rewrite':
    case 'fastcgi_split_path_info':
      add(item, 1, args[0]);
      break;
    case 'subs_filter':
      if (args.slice(2).some((it) => it.includes('r')))
        add(
          item,
          1,
          args[0],
          0,
          args.slice(2).some((it) => it.includes('i')),
        );
      break;
    case 'server_name':
    case 'valid_referers':
      args.forEach((it, i) => {
        tilde(item, i + 1, it);
      });
      break;
    case 'proxy_redirect':
    case 'proxy_cookie_path':
    case 'proxy_cookie_domain':
    case 'proxy_cookie_flags':
      tilde(item, 1, args[0]);
      break;
    case 'if': {
      const at = args.findIndex((it) => /^!?~\*?$/.test(it));
      const last = args[at + 1];
      const apart = at + 3 === args.length && args[at + 2] === ')';
      if (at >= 0 && apart) add(item, at + 2, last, 0, args[at]!.endsWith('*'));
      else if (at >= 0 && last !== undefined && at + 2 === args.length) {
        // The closing parenthesis of the condition is glued to the expression or a word of its own.
        const pattern = last.endsWith(')') ? last.slice(0, -1) : last;
        if (pattern !== '') add(item, at + 2, pattern, 0, args[at]!.endsWith('*'));
      }
      break;
    }
    case 'map':
      for (const entry of item.children ?? [])
        if (entry.isDirective && entry.words.length === 2) tilde(entry, 0, entry.name);
  }
  return found;
}
