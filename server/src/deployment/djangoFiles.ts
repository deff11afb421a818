/** Django's files for browsers: the URLs they have, and the folders they are kept in. */

/** Settings of Django with the URL and the folder of files that nginx serves. */
export const DJANGO_FILES = [
  { url: 'STATIC_URL', root: 'STATIC_ROOT' },
  { url: 'MEDIA_URL', root: 'MEDIA_ROOT' },
] as const;

/** The path that a URL setting begins with on this site; undefined for other hosts and for what is not literal. */
export function localUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || /^(?:[a-z]+:)?\/\//i.test(value) || !/^\/?[\w./-]+\/$/.test(value)) return undefined;
  return value.startsWith('/') ? value : `/${value}`;
}
