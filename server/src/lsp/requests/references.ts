import { type Location, type ReferenceParams, ReferencesRequest } from 'vscode-languageserver-protocol';
import { references } from '../../features/references.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<ReferenceParams, Location[]>({
  method: ReferencesRequest.method,
  capabilities: { referencesProvider: true },
  fallback: [],
  async run(session, { textDocument: { uri }, position }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return [];
    const found = await session.ask(uri, (snapshot, path) => {
      const uriOf = session.uriOf(snapshot.space);
      return references(snapshot, path, offset).map((it) => ({ uri: uriOf(it.file), range: toRange(it.range) }));
    });
    return found ?? [];
  },
});
