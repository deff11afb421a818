// What the numbers have in common: medians, percentiles, wall time of a program.
import { spawnSync } from 'node:child_process';

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const median = (values) => quantile(values, 0.5);

function timed([command, args, { accept = [0], env } = {}]) {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: env ?? process.env,
  });
  if (!accept.includes(status)) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

/**
 * Median wall time in milliseconds of each program, and of the first one's ratio to each. They run in turn, `times` times,
 * so that what else the machine does meanwhile slows all of them alike, and a ratio is one of neighbours; the first `warm`
 * rounds are not counted. A program is `[command, args, { accept, env }]`, of which `accept` lists the good exit codes.
 */
export function timeInTurn(programs, { times, warm = 2 }) {
  const rounds = [];
  for (let i = 0; i < times + warm; i++) {
    const taken = programs.map(timed);
    if (i >= warm) rounds.push(taken);
  }
  return {
    medians: programs.map((_, i) => median(rounds.map((it) => it[i]))),
    ratios: programs.map((_, i) => median(rounds.map((it) => it[0] / it[i]))),
    differences: programs.map((_, i) => median(rounds.map((it) => it[0] - it[i]))),
  };
}
