import { spawnSync } from 'node:child_process';

/** What a program said. */
export interface Answer {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program to its end and returns its exit status with all that it wrote. */
export function run(program: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}

/** Why tests that ask `program` cannot run here, or undefined when they can. Where CI is set, none may be skipped. */
export function missing(program: string): string | undefined {
  const { error } = spawnSync(program, ['--version']);
  if (!error) return undefined;
  const reason = `${program} is not installed, so nothing can say whether it accepts the snippets`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}
