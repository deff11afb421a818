import { Uri, window } from 'vscode';
import type { Reports } from './reports.js';
import type { Server } from './server.js';

/** Shows the table of a service's exposure beside it; without a uri, that of the active editor. */
export async function showExposure(server: Server, reports: Reports, uri?: string): Promise<void> {
  const of = uri ?? window.activeTextEditor?.document.uri.toString();
  const report = of === undefined ? undefined : await server.ask<string | null>('throughline/hardening', of);
  if (of === undefined || !report) {
    void window.showInformationMessage('Throughline: this file defines no service.');
    return;
  }
  const { path } = Uri.parse(of);
  await reports.showMarkdown(`Exposure of ${path.slice(path.lastIndexOf('/') + 1)}`, report);
}
