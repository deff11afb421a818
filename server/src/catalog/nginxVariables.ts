/** Names of nginx's variables: look-ups over ../../catalog/nginx-variables.json. */
import table from '../../catalog/nginx-variables.json' with { type: 'json' };

interface Variable {
  readonly name: string;
  readonly contexts: readonly string[];
  readonly prefix?: boolean;
  readonly changeable?: boolean;
  readonly since?: string;
  readonly module: string;
}

const variables = table as readonly Variable[];

/** Without the dollar; families such as `arg_` end with their underscore. */
export function variableNames(): readonly string[] {
  return [...new Set(variables.map((it) => it.name))];
}

const built = { http: namesIn('http'), stream: namesIn('stream') };

function namesIn(family: string): { exact: ReadonlySet<string>; prefixes: readonly string[] } {
  const here = variables.filter((it) => it.contexts.includes(family));
  return {
    exact: new Set(here.filter((it) => !it.prefix).map((it) => it.name)),
    prefixes: here.filter((it) => it.prefix).map((it) => it.name),
  };
}

/** Whether nginx itself has the variable, in any of its modules. nginx does not tell upper and lower case apart. */
export function isBuiltInVariable(name: string, family: 'http' | 'stream'): boolean {
  const lower = name.toLowerCase();
  return built[family].exact.has(lower) || built[family].prefixes.some((it) => lower.startsWith(it));
}

/** The variables that nginx itself has in http or in stream, families left out. */
export function builtInVariables(family: 'http' | 'stream'): Iterable<string> {
  return built[family].exact;
}

/** Modules that an nginx may well be built without: their variables may be anybody's then. */
const OPTIONAL = /geoip|referer|userid|_v3_|acme|jwt|oidc|vendor|session_log|memcached|otel|_ssl_/;
const fixed = new Set(
  variables
    .filter((it) => !it.changeable && !it.prefix && it.contexts.includes('http') && !OPTIONAL.test(it.module))
    .filter((it) => !it.since || !/^1\.(?:2[3-9]|[3-9]\d)\./.test(it.since))
    .map((it) => it.name),
);

/**
 * Whether nginx refuses another definition of the variable, by `set`, `map` and their like: it lacks
 * NGX_HTTP_VAR_CHANGEABLE in nginx's tables.
 */
export function isFixedVariable(name: string): boolean {
  return fixed.has(name.toLowerCase());
}
