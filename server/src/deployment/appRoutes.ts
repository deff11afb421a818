/** The paths that an app has routes for, as far as its texts are literal. */
import type { HostView } from '../host/host.js';
import { djangoSettings, searchPath } from './appModule.js';
import { djangoSetting } from './django.js';
import { patternRoutes } from './djangoUrls.js';
import { rulesOf } from './flaskAnswer.js';
import { flaskApp } from './flaskApp.js';
import type { ServiceApp } from './serviceApp.js';

export interface AppRoutes {
  readonly framework: 'Flask' | 'Django';
  /** The file that has them, or the module of Django's patterns. */
  readonly where: string;
  /** As they are written, each with a slash before it: `/users/<int:id>`. */
  readonly rules: readonly string[];
}

/** Undefined where something may add routes, or answer before they are asked. */
export function appRoutes(app: ServiceApp, host: HostView): AppRoutes | undefined {
  const flask = flaskApp(app, host);
  if (flask) {
    // Flask has static files of its own below /static unless it is told otherwise.
    const isPlain = !Object.keys(flask.made.keywords).some((it) =>
      /^(?:static_url_path|host_matching|subdomain_matching)$/.test(it),
    );
    const rules = isPlain ? rulesOf(flask, app, host) : undefined;
    return rules && { framework: 'Flask', where: flask.file.path, rules };
  }
  const settings = djangoSettings(app, host);
  const folders = searchPath(app);
  const urls = settings && djangoSetting(settings, 'ROOT_URLCONF');
  const middleware = settings && djangoSetting(settings, 'MIDDLEWARE');
  if (!settings || !folders || typeof urls !== 'string' || !Array.isArray(middleware)) return undefined;
  // Only Django's own middleware is known to answer nothing of itself here.
  if (middleware.some((it) => typeof it !== 'string' || !it.startsWith('django.'))) return undefined;
  const setting = (name: string) => djangoSetting(settings, name);
  const rules = patternRoutes(urls, { host, folders, environment: app.environment, setting });
  return rules && { framework: 'Django', where: urls, rules };
}

/** Whether some route takes a path that begins with `prefix` (without a slash at its end). */
export function takesBelow({ framework, rules }: AppRoutes, prefix: string): boolean {
  const all = framework === 'Flask' ? ['/static/<path:filename>', ...rules] : rules;
  return all.some((rule) => {
    const literal = rule.replace(/<.*$/s, '');
    // An include, or a pattern that begins with a converter, may go on with anything.
    return rule.startsWith(prefix) || (literal !== rule && prefix.startsWith(literal));
  });
}
