/** What nginx speaks to a program, and whether the program understands it. */
import type { Listener } from './deployment.js';

/** What the first bytes of a connection are; undefined where the directive does not tell. */
export type Spoken = 'http' | 'https' | 'uwsgi' | 'fastcgi' | 'scgi' | 'memcached' | 'grpc' | 'grpcs';

const BY_DIRECTIVE: Readonly<Record<string, Spoken>> = {
  fastcgi_pass: 'fastcgi',
  scgi_pass: 'scgi',
  memcached_pass: 'memcached',
};

/** @param scheme as it is written before the address, with its slashes; empty where there is none. */
export function spokenBy(directive: string, scheme: string): Spoken | undefined {
  const written = scheme.toLowerCase();
  switch (directive) {
    case 'proxy_pass':
      return written === 'https://' ? 'https' : written === 'http://' ? 'http' : undefined;
    case 'uwsgi_pass':
      return written === 'suwsgi://' ? undefined : 'uwsgi';
    case 'grpc_pass':
      return written === 'grpcs://' ? 'grpcs' : 'grpc';
    default:
      return BY_DIRECTIVE[directive];
  }
}

/** gRPC is HTTP/2 without asking first: hypercorn takes it up, the others answer in HTTP/1.1 that they do not understand. */
const WITHOUT_HTTP2 = new Set(['gunicorn', 'uvicorn', 'daphne', 'uwsgi', 'puma', 'node', 'php-fpm']);

/** Undefined where that is not known. */
export function understands({ app, protocol }: Listener, spoken: Spoken): boolean | undefined {
  if (protocol === undefined) return undefined;
  if (spoken !== 'grpc' && spoken !== 'grpcs') return spoken === protocol;
  if (protocol !== 'http' && protocol !== 'https') return false;
  if (spoken === 'grpcs' && protocol === 'https') return undefined;
  return app && WITHOUT_HTTP2.has(app.server) ? false : undefined;
}
