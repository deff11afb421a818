/** The systemd that is installed on this machine. */
import { execFile } from 'node:child_process';

/** Milliseconds. `--version` reads no configuration and takes a few. */
const PATIENCE = 2000;

/**
 * The main version that `systemctl --version` prints, such as `252`; undefined without the program, or without an answer in
 * time. Runs a program: only to be called for the machine itself, in a workspace that is trusted.
 */
export async function installedSystemdVersion(): Promise<string | undefined> {
  for (const program of ['systemctl', 'systemd-analyze']) {
    const version = await versionOf(program);
    if (version !== undefined) return version;
  }
  return undefined;
}

function versionOf(program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: PATIENCE, windowsHide: true }, (error, stdout) => {
      resolve(error ? undefined : /^systemd (\d+)/.exec(stdout)?.[1]);
    });
  });
}
