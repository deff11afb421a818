import { ViewColumn, window, workspace } from 'vscode';
import type { Server } from './server.js';

/** Opens the table of a service's exposure beside it; without a uri, that of the active editor. */
export async function showExposure(server: Server, uri?: string): Promise<void> {
  const of = uri ?? window.activeTextEditor?.document.uri.toString();
  const report = of === undefined ? undefined : await server.ask<string | null>('throughline/hardening', of);
  if (!report) {
    void window.showInformationMessage('Throughline: this file defines no service.');
    return;
  }
  const document = await workspace.openTextDocument({ language: 'markdown', content: report });
  await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preview: true });
}
