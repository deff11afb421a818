/** A request as it reaches an app behind nginx, and what the app's own texts say of its answer. */

export interface AppRequest {
  readonly method: string;
  /** The Host header that nginx sends; undefined where a variable decides. */
  readonly host: string | undefined;
  /** Without the query, percent signs decoded; below SCRIPT_NAME where that is set. */
  readonly path: string;
  /** What the server takes for the scheme where no header tells it another; undefined where that is open. */
  readonly scheme: 'http' | 'https' | undefined;
  /** A header that nginx sends, by its name in small letters; undefined where none is sent, `unknown` where that is open. */
  readonly header: (name: string) => string | undefined | 'unknown';
}

export interface AppAnswer {
  readonly status: number;
  /** A sentence without its stop. */
  readonly why: string;
  /** X-Accel-Redirect, as it is sent: nginx answers with what stands there. `open` where nobody can tell. */
  readonly handsOn?: string | 'open';
}

/** What a route does with a path: its pattern is met, met with a slash more, or met for other methods only. */
export type Match = 'view' | 'slash' | 'method' | 'none' | 'open';

const CONVERTERS: Readonly<Record<string, string>> = {
  str: '[^/]+',
  string: '[^/]+',
  default: '[^/]+',
  int: '\\d+',
  float: '\\d+\\.\\d+',
  slug: '[-a-zA-Z0-9_]+',
  uuid: '[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}',
  path: '.+',
};

/**
 * A route with `<converter:name>` in it as a regular expression that begins at the start: path() in django/urls/resolvers.py,
 * rules in werkzeug/routing. Undefined where a converter is not one of the frameworks' own.
 */
export function routePattern(route: string): string | undefined {
  let open = false;
  const text = route.replace(/<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>|[\s\S]/g, (as, converter?: string, given?: string) => {
    if (as.length === 1) return as.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const found = CONVERTERS[converter ?? 'default'];
    if (found === undefined || given) open = true;
    return `(?:${found})`;
  });
  return open ? undefined : `^${text}`;
}
