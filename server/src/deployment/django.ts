/** What Django makes of a request's Host and scheme, as far as its settings are literal. */
import { type PyValue, UNKNOWN } from '../apps/pythonValues.js';
import type { Place } from '../base/place.js';
import type { DjangoSettings } from './appModule.js';
import { placeInPython } from './pythonFiles.js';

/** A setting's value: undefined where the settings certainly do not set it, UNKNOWN where that cannot be told. */
export function djangoSetting({ names }: DjangoSettings, name: string): PyValue | undefined {
  return names.values.has(name) ? names.values.get(name) : names.open ? UNKNOWN : undefined;
}

/** Where a setting is assigned in the settings file itself. */
export function placeOfSetting({ file }: DjangoSettings, name: string): Place | undefined {
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === name);
  return set?.kind === 'assign' ? placeInPython(file, set.start, set.end) : undefined;
}

/** Whether a middleware runs; undefined where MIDDLEWARE is not literal. */
export function hasMiddleware(settings: DjangoSettings, name: string): boolean | undefined {
  const list = djangoSetting(settings, 'MIDDLEWARE');
  if (list === undefined) return false;
  if (!Array.isArray(list) || list.some((it) => typeof it !== 'string')) return undefined;
  return list.includes(name);
}

/**
 * The hosts that Django takes, in small letters. Undefined where that cannot be told. With DEBUG an empty list means
 * this machine: HttpRequest.get_host() in django/http/request.py.
 */
export function allowedHosts(settings: DjangoSettings): readonly string[] | undefined {
  const value = djangoSetting(settings, 'ALLOWED_HOSTS') ?? [];
  const debug = djangoSetting(settings, 'DEBUG');
  if (!Array.isArray(value) || value.some((it) => typeof it !== 'string')) return undefined;
  if (value.length === 0 && debug === UNKNOWN) return undefined;
  if (value.length === 0 && debug === true) return ['.localhost', '127.0.0.1', '[::1]'];
  return (value as string[]).map((it) => it.toLowerCase());
}

/** validate_host() and is_same_domain() in django/http/request.py and django/utils/http.py. */
export function isAllowed(host: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (it) => it === '*' || it === host || (it.startsWith('.') && (host.endsWith(it) || host === it.slice(1))),
  );
}

/** The domain of a Host header; undefined where Django refuses it whatever is allowed: host_validation_re. */
export function domainOf(host: string): string | undefined {
  const lower = host.toLowerCase();
  const match = /^([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::\d+)?$/.exec(lower);
  return match?.[1]?.replace(/\.$/, '');
}
