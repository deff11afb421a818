/** The URI of a request as nginx keeps it in $uri. */

export interface NormalUri {
  /** Decoded, without `.`, `..` and doubled slashes. One character per byte. */
  readonly uri: string;
  readonly args: string;
}

/**
 * ngx_http_parse_complex_uri() in src/http/ngx_http_parse.c. Undefined for what nginx answers with 400.
 * @param raw path and query as they stand in the request line.
 */
export function normalUri(raw: string, mergeSlashes = true): NormalUri | undefined {
  if (!raw.startsWith('/')) return undefined;
  const hash = raw.indexOf('#');
  const text = hash < 0 ? raw : raw.slice(0, hash);
  const question = text.indexOf('?');
  const path = question < 0 ? text : text.slice(0, question);
  const args = question < 0 ? '' : text.slice(question + 1);
  const decoded: string[] = [];
  for (let i = 0; i < path.length; i++) {
    if (path[i] !== '%') {
      decoded.push(path[i]!);
      continue;
    }
    const code = /^[0-9a-fA-F]{2}/.exec(path.slice(i + 1, i + 3))?.[0];
    if (code === undefined || code === '00') return undefined;
    decoded.push(String.fromCharCode(Number.parseInt(code, 16)));
    i += 2;
  }
  const uri = withoutDots(decoded.join(''), mergeSlashes);
  return uri === undefined ? undefined : { uri, args };
}

function withoutDots(path: string, mergeSlashes: boolean): string | undefined {
  const parts = path.slice(1).split('/');
  const kept: string[] = [];
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    if (part === '..') {
      if (kept.length === 0) return undefined;
      kept.pop();
      if (isLast) kept.push('');
    } else if (part === '.') {
      if (isLast) kept.push('');
    } else if (part === '' && mergeSlashes && !isLast) continue;
    else kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** What ngx_escape_uri() leaves alone in a path that nginx sends on or redirects to: NGX_ESCAPE_URI. */
export function escapeUri(uri: string): string {
  return uri.replace(
    /[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
