import { execFile } from 'node:child_process';
import { window, workspace } from 'vscode';
import type { Reports } from './reports.js';

/** Pages as the server names them, `systemd.exec(5)`: nothing else may become an argument of a program. */
const PAGE = /^([\w.@-]+)\((\d)\)$/;

/** Shows a manual page as `man` of this machine formats it, at the paragraph on `key` if there is one. */
export async function openManual(reports: Reports, page: unknown, key: unknown): Promise<void> {
  const [, name, section] = PAGE.exec(String(page)) ?? [];
  if (name === undefined || section === undefined || !workspace.isTrusted) return;
  const text = await formatted(name, section);
  if (text === undefined) {
    void window.showInformationMessage(`Throughline: man does not show ${name}(${section}).`);
    return;
  }
  const lines = text.split('\n');
  const at = typeof key === 'string' ? lines.findIndex((it) => it.trim().split(/,\s*/).includes(`${key}=`)) : -1;
  await reports.showText(`${name}(${section})`, text, [], Math.max(at, 0));
}

function formatted(name: string, section: string): Promise<string | undefined> {
  const env = { ...process.env, MANWIDTH: '100', MANPAGER: 'cat', PAGER: 'cat', LC_ALL: 'C.UTF-8', GROFF_NO_SGR: '1' };
  return new Promise((resolve) => {
    execFile('man', ['--', section, name], { env, timeout: 10_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
      // Bold is a letter over itself.
      resolve(error || stdout === '' ? undefined : stdout.replaceAll(/.\u0008/g, ''));
    });
  });
}
