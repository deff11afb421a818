/** The script that FastCGI is asked to run: what `fastcgi_param` gives SCRIPT_FILENAME. */
import type { Block, Directive } from './blocks.js';
import { inForce } from './inheritance.js';
import { bytesOf } from './regex.js';
import type { Variables } from './variables.js';

/** The parameter that names the script; `none` where none of those in force does, undefined where some are not known. */
export function scriptParameter(block: Block): Directive | 'none' | undefined {
  const { directives, certain } = inForce(block, 'fastcgi_param');
  const named = (name: string) => directives.findLast((it) => it.args[0] === name && it.args[1] !== undefined);
  const found = named('SCRIPT_FILENAME');
  if (found) return found;
  // php-fpm takes PATH_TRANSLATED in its place: init_request_info() in sapi/fpm/fpm/fpm_main.c.
  return certain && !named('PATH_TRANSLATED') ? 'none' : undefined;
}

/** The path of the script for the URI at hand; `none` where nginx names none, undefined where a variable is not known. */
export function scriptFor(block: Block, variables: Variables): string | 'none' | undefined {
  const by = scriptParameter(block);
  if (by === 'none' || by === undefined) return by;
  return variables.expand(bytesOf(by.args[1]!));
}

/** SCRIPT_NAME of the URI at hand, by which php-fpm knows its own pages; undefined where nginx sends none, or nobody knows. */
export function scriptNameFor(block: Block, variables: Variables): string | undefined {
  const by = inForce(block, 'fastcgi_param').directives.findLast((it) => it.args[0] === 'SCRIPT_NAME');
  return by?.args[1] === undefined ? undefined : variables.expand(bytesOf(by.args[1]));
}
