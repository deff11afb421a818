import { DEFAULT_CHECKS, FindingsMemory } from '../../features/diagnostics.js';
import { type Explanation, explain } from '../../features/explain/explain.js';
import { explanationMarkdown } from '../../features/explain/text.js';
import { defineRequest } from '../request.js';

interface ExplainParams {
  /** A document of the host that is asked. */
  readonly textDocument: { readonly uri: string };
  readonly url: string;
}

/** A request of our own: what a URL will meet, as data and as a document. Null where the URL is none. */
export default defineRequest<ExplainParams, (Explanation & { readonly markdown: string }) | null>({
  method: 'throughline/explain',
  capabilities: {},
  fallback: null,
  async run(session, { textDocument: { uri }, url }) {
    const memory = new FindingsMemory();
    const asked = { url, method: 'GET', client: '127.0.0.1' };
    const found = await session.ask(uri, (snapshot) => explain(snapshot, asked, memory, DEFAULT_CHECKS));
    return found ? { ...found, markdown: explanationMarkdown(found) } : null;
  },
});
