/** `throughline explain`: says what a request will meet, step by step, and what the client will get. */
import { DEFAULT_CHECKS, FindingsMemory } from '../features/diagnostics.js';
import { explain, parseUrl } from '../features/explain/explain.js';
import { explanationLines } from '../features/explain/text.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { parseOffset } from '../nginx/values.js';
import { loadGrammars } from '../syntax/parsers.js';
import { loadHosts, Refusal, settledSnapshot } from './load.js';

export interface ExplainArguments {
  readonly root?: string;
  readonly format: 'pretty' | 'json';
  readonly method: string;
  /** The address that the request arrives on, when it is not the URL's own. */
  readonly address?: string;
  readonly client: string;
  /** Bytes; `k`, `m` and `g` may follow. */
  readonly bodySize?: string;
}

/** Returns the exit code: 0, or 2 when there is nothing to ask. */
export async function runExplain(url: string, args: ExplainArguments): Promise<number> {
  try {
    if (!parseUrl(url)) throw new Refusal(`${url}: a URL is written as http://example.com/path`);
    const body = args.bodySize === undefined ? undefined : parseOffset(args.bodySize);
    if (args.bodySize !== undefined && body === undefined)
      throw new Refusal(`--body-size ${args.bodySize}: a size is written as 2048, 10k or 2m`);
    await loadGrammars(readGrammars(__dirname));
    const [loaded] = loadHosts([], args);
    const { method, address, client } = args;
    const memory = new FindingsMemory();
    const found = settledSnapshot(loaded!.space, (snapshot) =>
      explain(snapshot, { url, method, address, client, body }, memory, DEFAULT_CHECKS),
    )!;
    process.stdout.write(
      `${args.format === 'json' ? JSON.stringify(found, null, 2) : explanationLines(found).join('\n')}\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`throughline: ${error.message}\n`);
    return 2;
  }
}
