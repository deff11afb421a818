/** The two worlds of an nginx configuration whose names do not meet. */
import type { BodyContext } from './contexts.js';

/** `http` and `stream` have names of their own. */
export type Family = 'http' | 'stream';

const HTTP: readonly string[] = ['http', 'server', 'location', 'limit_except', 'lif', 'sif', 'upstream'];

export function familyOf(context: BodyContext): Family | undefined {
  if (context.startsWith('stream')) return 'stream';
  return HTTP.includes(context) ? 'http' : undefined;
}
