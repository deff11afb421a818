/** Where it is written how long nginx and gunicorn wait, and how each is made to wait for longer. */
import type { Fix } from '../base/fix.js';
import type { Place } from '../base/place.js';
import type { Directive } from '../nginx/effective/blocks.js';
import { indentOf, placeOfArg } from '../syntax/nginxSyntax.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from './serviceApp.js';

/** gunicorn's timeout: its word, its line in a config file, or the program where it is the default. */
export function placeOfTimeout(app: ServiceApp): Place {
  return wordOfTimeout(app) ?? app.command.settings?.of('timeout').at ?? placeOfCommand(app);
}

/** Undefined where the command line does not set it. */
export function wordOfTimeout(app: ServiceApp): Place | undefined {
  const word = app.command.settings?.of('timeout').word;
  return word && placeOfArgWord(app, word);
}

/**
 * @param set the `directive` in force, which is one like proxy_read_timeout.
 * @param seconds how long nginx is to wait.
 */
export function nginxWaits(pass: Directive, set: Directive | undefined, directive: string, seconds: number): Fix {
  const text = `${seconds}s`;
  const edit = set
    ? { at: placeOfArg(set.item, 1), text }
    : { at: { node: pass.item, start: 0, end: 0 }, text: `${directive} ${text};\n${indentOf(pass.item)}` };
  return { title: `Let nginx wait ${text}`, applicability: 'suggested', edits: [edit] };
}
