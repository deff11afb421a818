import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionParams,
  CompletionRequest,
  InsertTextFormat,
} from 'vscode-languageserver-protocol';
import { completion, type CompletionItem as Item } from '../../features/completion.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

const KINDS: Readonly<Record<Item['kind'], CompletionItemKind>> = {
  directive: CompletionItemKind.Property,
  block: CompletionItemKind.Module,
  value: CompletionItemKind.EnumMember,
  variable: CompletionItemKind.Variable,
  upstream: CompletionItemKind.Interface,
  address: CompletionItemKind.Reference,
  file: CompletionItemKind.File,
  location: CompletionItemKind.Method,
  section: CompletionItemKind.Module,
  key: CompletionItemKind.Property,
  unit: CompletionItemKind.Reference,
  name: CompletionItemKind.Constant,
};

export default defineRequest<CompletionParams, CompletionItem[]>({
  method: CompletionRequest.method,
  capabilities: {
    completionProvider: { triggerCharacters: ['$', '[', '=', '/', ':', '@', '%'], resolveProvider: true },
  },
  fallback: [],
  async run(session, { textDocument: { uri }, position }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return [];
    const { snippets } = session.client;
    const found = await session.ask(uri, (snapshot, path) => {
      const { target, systemd } = session.checksFor(snapshot.space);
      return completion(snapshot, path, offset, { snippets, nginx: target, systemd });
    });
    return (found ?? []).map((item) => convert(item, snippets));
  },
});

function convert(item: Item, snippets: boolean): CompletionItem {
  return {
    label: item.label,
    kind: KINDS[item.kind],
    ...(item.detail !== undefined && { detail: item.detail }),
    ...(item.about !== undefined && { data: item.about }),
    ...(item.sortText !== undefined && { sortText: item.sortText }),
    insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range: toRange(item.range), newText: item.insertText },
  };
}
