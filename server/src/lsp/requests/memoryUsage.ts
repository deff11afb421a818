import { defineRequest } from '../request.js';

/** Bytes that the server uses. For bug reports and the benchmark; under `node --expose-gc` garbage is collected first. */
export interface MemoryUsage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

export default defineRequest<null, MemoryUsage>({
  method: 'throughline/memoryUsage',
  capabilities: {},
  fallback: { rss: 0, heapUsed: 0, external: 0 },
  run: (session) => Promise.resolve(session.runtime.memoryUsage()),
});
