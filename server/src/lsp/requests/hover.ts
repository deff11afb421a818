import { type Hover, type HoverParams, HoverRequest, MarkupKind } from 'vscode-languageserver-protocol';
import { hover } from '../../features/hover.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<HoverParams, Hover | null>({
  method: HoverRequest.method,
  capabilities: { hoverProvider: true },
  fallback: null,
  async run(session, { textDocument: { uri }, position }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return null;
    const found = await session.ask(uri, (snapshot, path) => hover(snapshot, path, offset, session.docs));
    return found
      ? { contents: { kind: MarkupKind.Markdown, value: found.markdown }, range: toRange(found.range) }
      : null;
  },
});
