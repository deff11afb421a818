/** The manual pages that are installed on this machine. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Milliseconds; man formats the longest page in half a second. */
const PATIENCE = 10_000;

/** `systemd.exec(5)`; nothing else may become an argument of a program. */
const PAGE = /^([\w.@-]+)\((\d)\)$/;

/** Whether the page, such as `systemd.exec(5)`, lies where man looks. */
export function hasManual(page: string): boolean {
  const [, name, section] = PAGE.exec(page) ?? [];
  const folders = ['/usr/share/man', '/usr/local/share/man'].map((it) => `${it}/man${section}/${name}.${section}`);
  return name !== undefined && folders.some((it) => existsSync(it) || existsSync(`${it}.gz`));
}

/** The page as `man` formats it, plain; undefined without an answer. Runs a program: in trusted workspaces only. */
export function manualText(page: string): Promise<string | undefined> {
  const [, name, section] = PAGE.exec(page) ?? [];
  if (name === undefined || section === undefined) return Promise.resolve(undefined);
  const env = { ...process.env, MANWIDTH: '100', MANPAGER: 'cat', PAGER: 'cat', LC_ALL: 'C.UTF-8', GROFF_NO_SGR: '1' };
  const options = { env, timeout: PATIENCE, windowsHide: true, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile('man', ['--', section, name], options, (error, stdout) => {
      // Bold is a letter over itself.
      resolve(error || stdout === '' ? undefined : stdout.replaceAll(/.\u0008/g, ''));
    });
  });
}
