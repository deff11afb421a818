import { DocumentLink, Range, Uri, window } from 'vscode';
import type { Reports } from './reports.js';
import type { Server } from './server.js';

interface Span {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

interface Explained {
  readonly text: string;
  readonly links: readonly { readonly range: Span; readonly target: string; readonly at: Span }[];
}

/** Asks for a URL, unless one is given, and shows beside the file what it will meet. */
export async function explain(server: Server, reports: Reports, given?: string): Promise<void> {
  const document = window.activeTextEditor?.document;
  if (!document) return;
  const url =
    given ??
    (await window.showInputBox({
      title: 'Explain a Request',
      value: 'http://localhost/',
      prompt: 'URL that a client asks for',
    }));
  if (url === undefined || url === '') return;
  const found = await server.request<Explained | null>('throughline/explain', {
    textDocument: { uri: document.uri.toString() },
    url,
  });
  if (!found) {
    void window.showWarningMessage(
      `Throughline: ${url} is not a URL such as http://example.com/path, or no server runs`,
    );
    return;
  }
  const links = found.links.map(({ range, target, at }) => {
    const { start, end } = range;
    const shown = new Range(start.line, start.character, end.line, end.character);
    // The editor's own way to name a position in a file.
    const fragment = `L${String(at.start.line + 1)},${String(at.start.character + 1)}`;
    return new DocumentLink(shown, Uri.parse(target).with({ fragment }));
  });
  await reports.showText(`Explain ${url.replaceAll(/[^\w.-]+/g, ' ').trim()}`, found.text, links);
}
