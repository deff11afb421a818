/** Runs the built command line as a user does. */
import { spawnSync } from 'node:child_process';

const bin = new URL('../../server/bin/throughline.cjs', import.meta.url).pathname;
export const examples = new URL('../../examples', import.meta.url).pathname;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that takes longer than `timeout` milliseconds is ended, and its status is null. */
export function throughline(
  args: readonly string[],
  options: { cwd?: string; timeout?: number; uid?: number } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    timeout: options.timeout ?? 20_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1' },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  return { status, stdout, stderr };
}

export interface JsonReport {
  readonly version: number;
  readonly root: string;
  readonly files: number;
  readonly diagnostics: readonly {
    readonly file: string;
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly related: readonly { readonly file: string }[];
    readonly fixes: readonly {
      readonly title: string;
      readonly safe: boolean;
      readonly edits: readonly { readonly file: string; readonly newText: string }[];
      readonly creates: readonly { readonly file: string; readonly text: string }[];
    }[];
  }[];
}

/** The JSON report of a run; throws with the run's words when there is none. */
export function report(args: readonly string[], options: Parameters<typeof throughline>[1] = {}): JsonReport {
  const ran = throughline(['check', '--format', 'json', ...args], options);
  try {
    return JSON.parse(ran.stdout) as JsonReport;
  } catch {
    throw new Error(`no JSON, status ${ran.status}: ${ran.stderr}`);
  }
}
