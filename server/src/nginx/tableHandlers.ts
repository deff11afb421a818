/** Handlers of what nginx puts into hash tables, and of the sizes of these: ngx_hash_init() in src/core/ngx_hash.c. */
import { fault, type Handler } from './argumentReaders.js';
import { bucketOf, isLong } from './hashSizes.js';
import { parseNumber } from './values.js';

/** ngx_http_merge_types(): a table whose buckets nobody can make larger. With `*` there is none. */
const types: Handler = (args) => {
  const at = args.includes('*') ? -1 : args.findIndex(isLong);
  return at < 0
    ? undefined
    : fault(
        at + 1,
        'at most 46 bytes long: nginx has no room for more in its table of types, and no directive to make any',
      );
};

/** ngx_http_fastcgi_init_params() and its like: names of headers, without what parameters have before them. */
const header =
  (before: string): Handler =>
  ([name]) =>
    name!.startsWith(before) && isLong(name!.slice(before.length))
      ? fault(
          1,
          `a name of at most 46 bytes${before && ` behind ${before}`}: nginx has no room for more in its table of headers`,
        )
      : undefined;

const least: Handler = ([value]) => (parseNumber(value!) === 0 ? fault(1, 'a whole number above 0') : undefined);

// 65536 less the line of a cache.
const most: Handler = ([value]) =>
  bucketOf(parseNumber(value!) ?? 0) > 65_472 ? fault(1, 'a number up to 65472') : undefined;

/** Both sizes of the tables that nginx builds in every configuration. */
export const TABLE_HANDLERS: Readonly<Record<string, Handler>> = {
  addition_types: types,
  charset_types: types,
  gzip_types: types,
  ssi_types: types,
  sub_filter_types: types,
  xslt_types: types,
  grpc_set_header: header(''),
  variables_hash_max_size: least,
  types_hash_max_size: least,
  proxy_headers_hash_max_size: least,
  variables_hash_bucket_size: most,
  types_hash_bucket_size: most,
  proxy_headers_hash_bucket_size: most,
};

export const longHeader = header('HTTP_');
export const longType = types;
