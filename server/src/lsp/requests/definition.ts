import { type DefinitionLink, type DefinitionParams, DefinitionRequest } from 'vscode-languageserver-protocol';
import { definition } from '../../features/definition.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<DefinitionParams, DefinitionLink[]>({
  method: DefinitionRequest.method,
  capabilities: { definitionProvider: true },
  fallback: [],
  async run(session, { textDocument: { uri }, position }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return [];
    const found = await session.ask(uri, (snapshot, path) => {
      const uriOf = session.uriOf(snapshot.space);
      return definition(snapshot, path, offset).map((it) => ({
        originSelectionRange: toRange(it.origin),
        targetUri: uriOf(it.file),
        targetRange: toRange(it.range),
        targetSelectionRange: toRange(it.range),
      }));
    });
    return found ?? [];
  },
});
