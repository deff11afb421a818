import { type Disposable, LanguageStatusSeverity, languages } from 'vscode';
import { commands } from './commands.js';
import { documents } from './documents.js';
import { type ServerState, statusText } from './serverState.js';

/** The entry behind the braces in the status bar: says whether the server is up, and offers to restart it when not. */
export class StatusItem implements Disposable {
  readonly #item = languages.createLanguageStatusItem('throughline.server', documents);

  /** Starts out as starting, since the item is made when the extension is. */
  constructor() {
    this.#item.name = 'Throughline';
    this.show({ kind: 'starting' });
  }

  /** Shows `state`. */
  show(state: ServerState): void {
    const { text, detail, busy, error, restart } = statusText(state);
    this.#item.text = text;
    this.#item.detail = detail;
    this.#item.busy = busy;
    this.#item.severity = error ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
    this.#item.command = restart
      ? { command: commands.restartServer, title: 'Restart Server' }
      : { command: commands.showOutput, title: 'Show Output' };
  }

  /** Removes the item from the status bar. */
  dispose(): void {
    this.#item.dispose();
  }
}
