import {
  commands,
  type Disposable,
  type DocumentLink,
  EventEmitter,
  languages,
  Range,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';

const SCHEME = 'throughline-report';

/** Texts that the server has written, as documents that cannot be changed and that nobody is asked to save. */
export class Reports implements Disposable {
  readonly #texts = new Map<string, { readonly text: string; readonly links: DocumentLink[] }>();
  readonly #changed = new EventEmitter<Uri>();
  readonly #disposables: readonly Disposable[];

  constructor() {
    this.#disposables = [
      this.#changed,
      workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) => this.#texts.get(uri.toString())?.text ?? '',
      }),
      languages.registerDocumentLinkProvider(
        { scheme: SCHEME },
        { provideDocumentLinks: ({ uri }) => this.#texts.get(uri.toString())?.links ?? [] },
      ),
    ];
  }

  /** Opens a text beside the active editor, named as Markdown, whose lines editors wrap. A second one of the same name takes the first one's place. `line` counts from 0. */
  async showText(name: string, text: string, links: DocumentLink[], line = 0): Promise<void> {
    const uri = this.#keep(`/${name}.md`, text, links);
    await window.showTextDocument(await workspace.openTextDocument(uri), {
      selection: new Range(line, 0, line, 0),
      preview: true,
      viewColumn: ViewColumn.Beside,
    });
  }

  /** Shows Markdown as it is meant to be read; as text where the editor has no preview. */
  async showMarkdown(name: string, text: string): Promise<void> {
    const uri = this.#keep(`/${name}.md`, text, []);
    try {
      await commands.executeCommand('markdown.showPreviewToSide', uri);
    } catch {
      await this.showText(name, text, []);
    }
  }

  #keep(path: string, text: string, links: DocumentLink[]): Uri {
    const uri = Uri.from({ scheme: SCHEME, path });
    this.#texts.set(uri.toString(), { text, links });
    this.#changed.fire(uri);
    return uri;
  }

  dispose(): void {
    for (const it of this.#disposables) it.dispose();
  }
}
