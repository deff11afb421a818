import { type DocumentLink, type DocumentLinkParams, DocumentLinkRequest } from 'vscode-languageserver-protocol';
import { documentLinks } from '../../features/documentLinks.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<DocumentLinkParams, DocumentLink[]>({
  method: DocumentLinkRequest.method,
  capabilities: { documentLinkProvider: { resolveProvider: false } },
  fallback: [],
  async run(session, { textDocument: { uri } }) {
    const found = await session.ask(uri, (snapshot, path) => documentLinks(snapshot, path));
    return (found ?? []).map(({ range, target, tooltip }) => ({ range: toRange(range), target, tooltip }));
  },
});
