/** The nginx that is installed on this machine. */
import { execFile } from 'node:child_process';

/** Milliseconds. `nginx -v` reads no configuration and takes a few. */
const PATIENCE = 2000;

/**
 * The version that `nginx -v` prints, such as `1.22.1`; undefined without a program, or without an answer in time. Runs
 * a program: only to be called for the machine itself, in a workspace that is trusted.
 */
export async function installedNginxVersion(): Promise<string | undefined> {
  // The folder of system programs is not in every user's PATH.
  for (const program of ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx']) {
    const version = await versionOf(program);
    if (version !== undefined) return version;
  }
  return undefined;
}

function versionOf(program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['-v'], { timeout: PATIENCE, windowsHide: true }, (error, stdout, stderr) => {
      resolve(error ? undefined : /nginx\/(\d+\.\d+\.\d+)/.exec(`${stderr}${stdout}`)?.[1]);
    });
  });
}
