/** Apps below locations that are a literal path: what nginx makes of the path, and the routes that wait for it. */
import type { Place } from '../base/place.js';
import type { Block, Directive } from '../nginx/effective/blocks.js';
import { passesIn } from '../nginx/effective/passes.js';
import { locationMatch } from '../nginx/locationMatch.js';
import { placeOfArg } from '../syntax/nginxSyntax.js';
import { type AppRoutes, appRoutes } from './appRoutes.js';
import { appBehind, headerSent } from './proxiedRequest.js';
import type { ServiceApp } from './serviceApp.js';
import type { Surroundings } from './surroundings.js';

export interface Mount {
  readonly pass: Directive;
  /** The argument of proxy_pass, which has no variable. */
  readonly target: string;
  /** The URI in it, a slash at least; undefined where nginx passes the path as it is. */
  readonly uri: string | undefined;
  /** What the location matches, as it is written; of a regular expression the folder that it begins with. */
  readonly path: string;
  readonly isPattern: boolean;
  /** The path in the location's arguments, which may follow a modifier. */
  readonly at: Place;
}

export interface MountedApp {
  readonly app: ServiceApp;
  readonly routes: AppRoutes;
}

export function* mountsIn(server: Block): Generator<Mount> {
  for (const pass of passesIn(server)) {
    const target = pass.args[0] ?? '$';
    if (pass.name !== 'proxy_pass' || pass.within.name !== 'location' || target.includes('$')) continue;
    const { item, args } = pass.within.directive ?? pass;
    const match = locationMatch(args);
    const isPattern = match?.kind === 'regex';
    // What follows the last slash may be repeated, or one of several.
    const path = isPattern ? /^\^(\/(?:[\w-]+\/)*[\w-]+)\/(?![*?{])/.exec(match.text)?.[1] : match?.text;
    if (
      !match ||
      !path ||
      !/^(?:prefix|noRegex|regex)$/.test(match.kind) ||
      !/^\/[\w./-]+$/.test(path.replace(/\/$/, ''))
    )
      continue;
    const uri = /^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)(\/.*)$/.exec(target)?.[1];
    yield { pass, target, uri, path, isPattern, at: placeOfArg(item, args.length) };
  }
}

/** Undefined where nobody is known to answer, or not all of its routes are. */
export function mountedApp({ pass }: Mount, around: Surroundings): MountedApp | undefined {
  const app = appBehind(around, pass.item)?.app;
  const routes = app && appRoutes(app, around.host);
  return app && routes && { app, routes };
}

/** Whether nothing but proxy_pass changes the path or tells the app of it: a rewrite, SCRIPT_NAME. */
export function isBareMount({ pass: { within } }: Mount, { app }: MountedApp, server: Block): boolean {
  if (!within.complete || [within, server].some((it) => it.all('rewrite').length > 0)) return false;
  const sent = headerSent(within, 'script_name');
  return app.environment('SCRIPT_NAME') === undefined && sent.known && sent.value === undefined;
}
