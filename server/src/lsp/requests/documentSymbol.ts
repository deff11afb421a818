import {
  type DocumentSymbol,
  type DocumentSymbolParams,
  DocumentSymbolRequest,
  SymbolKind,
} from 'vscode-languageserver-protocol';
import { documentSymbols, type DocumentSymbol as Outline } from '../../features/symbols.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

const KINDS: Readonly<Record<Outline['kind'], SymbolKind>> = {
  block: SymbolKind.Namespace,
  server: SymbolKind.Class,
  location: SymbolKind.Method,
  upstream: SymbolKind.Interface,
  map: SymbolKind.Enum,
  directive: SymbolKind.Property,
  section: SymbolKind.Namespace,
  key: SymbolKind.Property,
};

export default defineRequest<DocumentSymbolParams, DocumentSymbol[]>({
  method: DocumentSymbolRequest.method,
  capabilities: { documentSymbolProvider: true },
  fallback: [],
  async run(session, { textDocument: { uri } }) {
    return ((await session.ask(uri, (snapshot, path) => documentSymbols(snapshot, path))) ?? []).map(convert);
  },
});

function convert(symbol: Outline): DocumentSymbol {
  return {
    name: symbol.name,
    ...(symbol.detail !== undefined && { detail: symbol.detail }),
    kind: KINDS[symbol.kind],
    range: toRange(symbol.range),
    selectionRange: toRange(symbol.selectionRange),
    children: symbol.children.map(convert),
  };
}
