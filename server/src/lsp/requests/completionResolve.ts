import { type CompletionItem, CompletionResolveRequest, MarkupKind } from 'vscode-languageserver-protocol';
import { directiveEntries } from '../../catalog/nginx.js';
import { keyEntry } from '../../catalog/systemd.js';
import type { About } from '../../features/completion.js';
import type { Docs } from '../../features/docs.js';
import { directiveDocumentation, keyDocumentation, variableDocumentation } from '../../features/documentation.js';
import { defineRequest } from '../request.js';

/** Documentation comes when an item is looked at: that of all directives together is a book. */
export default defineRequest<CompletionItem, CompletionItem | null>({
  method: CompletionResolveRequest.method,
  capabilities: {},
  fallback: null,
  run(session, item) {
    const value = textOf(item.data as About | undefined, session.docs);
    return Promise.resolve(
      value === undefined ? item : { ...item, documentation: { kind: MarkupKind.Markdown, value } },
    );
  },
});

function textOf(about: About | undefined, docs: Docs): string | undefined {
  if (typeof about !== 'object' || about === null) return undefined;
  if ('directive' in about) {
    const entry = directiveEntries(about.directive).find((it) => it.module === about.module);
    return entry && directiveDocumentation(entry, docs);
  }
  if ('variable' in about) return variableDocumentation(about.variable, docs);
  if (!('key' in about)) return undefined;
  const key = keyEntry(about.section, about.key, about.type);
  return key && keyDocumentation(key, docs);
}
