// What the numbers have in common: medians, percentiles, wall time of a program.
import { spawnSync } from 'node:child_process';

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const median = (values) => quantile(values, 0.5);

/** Wall time in milliseconds of each of `times` runs; the first `warm` runs are not counted. */
export function timeProgram(command, args, { times, warm = 2, accept = [0], env }) {
  const taken = [];
  for (let i = 0; i < times + warm; i++) {
    const started = performance.now();
    const { status, stderr } = spawnSync(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: env ?? process.env,
    });
    if (!accept.includes(status)) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
    if (i >= warm) taken.push(performance.now() - started);
  }
  return taken;
}
