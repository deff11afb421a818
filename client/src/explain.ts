import { type Disposable, EventEmitter, Uri, window, workspace } from 'vscode';
import type { Server } from './server.js';

const SCHEME = 'throughline-explain';

/** Asks for a URL and shows what it will meet, in a document that cannot be edited. */
export class Explain implements Disposable {
  readonly #server: Server;
  readonly #texts = new Map<string, string>();
  readonly #changed = new EventEmitter<Uri>();
  readonly #provider: Disposable;

  constructor(server: Server) {
    this.#server = server;
    this.#provider = workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: (uri) => this.#texts.get(uri.toString()) ?? '',
    });
  }

  /** `given` spares the question. */
  async run(given?: string): Promise<void> {
    const document = window.activeTextEditor?.document;
    if (!document) return;
    const url =
      given ?? (await window.showInputBox({ title: 'Explain a request', value: 'http://localhost/', prompt: 'URL' }));
    if (url === undefined || url === '') return;
    const found = await this.#server.request<{ markdown: string } | null>('throughline/explain', {
      textDocument: { uri: document.uri.toString() },
      url,
    });
    if (!found) {
      void window.showWarningMessage(
        `Throughline: ${url} is not a URL such as http://example.com/path, or no server runs`,
      );
      return;
    }
    const shown = Uri.from({ scheme: SCHEME, path: `/${url.replaceAll(/[^\w.-]+/g, '_')}.md` });
    this.#texts.set(shown.toString(), found.markdown);
    this.#changed.fire(shown);
    await window.showTextDocument(await workspace.openTextDocument(shown), { preview: true, viewColumn: -2 });
  }

  dispose(): void {
    this.#provider.dispose();
    this.#changed.dispose();
  }
}
