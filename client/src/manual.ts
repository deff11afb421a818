import { window } from 'vscode';
import type { Reports } from './reports.js';
import type { Server } from './server.js';

/** Shows a manual page of this machine, such as `systemd.exec(5)`, at the paragraph on `key` if there is one. */
export async function openManual(server: Server, reports: Reports, page: unknown, key: unknown): Promise<void> {
  const found = await server.request<{ text: string; line: number } | null>('throughline/manual', { page, key });
  if (found) await reports.showText(String(page), found.text, [], found.line);
  else void window.showInformationMessage(`Throughline: man does not show ${String(page)}.`);
}
