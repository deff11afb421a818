import type { Range } from 'vscode-languageserver-protocol';
import { type Explanation, explain } from '../../features/explain/explain.js';
import { explanationDocument } from '../../features/explain/text.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

interface ExplainParams {
  /** A document of the host that is asked. */
  readonly textDocument: { readonly uri: string };
  readonly url: string;
}

interface Explained extends Explanation {
  /** To be shown as it is. */
  readonly text: string;
  /** Where the text names places, and which. */
  readonly links: readonly { readonly range: Range; readonly target: string; readonly at: Range }[];
}

/** A request of our own: what a URL will meet, as data and as a document. Null where the URL is none. */
export default defineRequest<ExplainParams, Explained | null>({
  method: 'throughline/explain',
  capabilities: {},
  fallback: null,
  async run(session, { textDocument: { uri }, url }) {
    const asked = { url, method: 'GET', client: '127.0.0.1' };
    const found = await session.ask(uri, (snapshot, _, { memory }) => {
      const explanation = explain(snapshot, asked, memory, session.checksFor(snapshot.space));
      if (!explanation) return undefined;
      const { text, links } = explanationDocument(explanation);
      const uriOf = session.uriOf(snapshot.space);
      const toLink = ({ line, start, end, file, at }: (typeof links)[number]) => ({
        range: { start: { line, character: start }, end: { line, character: end } },
        target: uriOf(file),
        at: toRange(at),
      });
      return { ...explanation, text, links: links.map(toLink) };
    });
    return found ?? null;
  },
});
