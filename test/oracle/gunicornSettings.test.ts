/**
 * What gunicorn makes of options, GUNICORN_CMD_ARGS, config file and environment is what we say, and what it refuses we
 * report: random cases, against Debian's release and the newest one (in a virtual environment that scripts/oracles.mjs
 * makes).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGunicorn, variableArguments } from '../../server/src/apps/gunicorn.js';
import { configFault, optionFaults } from '../../server/src/apps/gunicornFaults.js';
import type { GunicornConfig } from '../../server/src/apps/gunicornSettings.js';
import { pythonNames } from '../../server/src/apps/pythonValues.js';
import { hostPath } from '../../server/src/base/hostPath.js';
import { parsePython } from '../../server/src/syntax/pythonModule.js';
import { grammars } from '../fixture/deployment.js';

const home = process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles';
const PYTHONS = ['/usr/bin/python3', join(home, 'servers/bin/python')];
const CASES = Number(process.env.THROUGHLINE_GUNICORN ?? 250);
const folder = mkdtempSync(join(tmpdir(), 'throughline-gunicorn-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = [
  'bind',
  'workers',
  'worker_class',
  'threads',
  'timeout',
  'graceful_timeout',
  'keepalive',
  'umask',
  'pidfile',
  'accesslog',
  'errorlog',
  'loglevel',
  'forwarded_allow_ips',
  'pythonpath',
  'raw_env',
  'daemon',
  'preload_app',
  'sendfile',
  'wsgi_app',
  'max_requests',
  'certfile',
  'proc_name',
];

interface Case {
  readonly args: readonly string[];
  readonly variable: string;
  readonly config: string;
  readonly names: readonly string[];
}

/** Park and Miller's generator, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const NUMBERS = ['1', '3', '0', '1_0', '30', ' 4', '-1', 'x', '1.5', '30s', '07', '0x3'];
const BINDS = [
  '127.0.0.1:8001',
  ':8002',
  'localhost',
  'unix:/tmp/a.sock',
  'unix:b.sock',
  '[::1]:8003',
  'tcp://h:5',
  '8000',
  '/run/x.sock',
  '127.0.0.1:99999',
  'h:80a',
  'http://h:1',
  'fd://3',
];
const VALUES: readonly (readonly [options: readonly string[], values: readonly string[]])[] = [
  [['-b', '--bind', '--bin'], BINDS],
  [['-w', '--workers', '--worker'], NUMBERS],
  [['-t', '--timeout'], NUMBERS],
  [['--graceful-timeout', '--graceful'], NUMBERS],
  [['--threads', '--max-requests', '--keep-alive'], NUMBERS],
  [
    ['-m', '--umask'],
    ['0', '7', '007', '0o27', '027', '0x1f', '9', 'z', '0z', '08'],
  ],
  [
    ['-k', '--worker-class'],
    ['sync', 'gthread', 'gthred', 'synk', 'gunicorn.workers.sync.SyncWorker'],
  ],
  [
    ['-p', '--pid', '--access-logfile', '--error-logfile', '--log-file'],
    ['/tmp/x', '-', 'a b'],
  ],
  [
    ['--forwarded-allow-ips', '--forwarded-allow'],
    ['*', '10.0.0.1,10.0.0.2', '127.0.0.1,::1'],
  ],
  [
    ['--pythonpath', '-n', '--name', '--log-level'],
    ['/srv/a', 'info', 'x'],
  ],
  [
    ['-e', '--env'],
    ['A=1', 'B=2', 'C'],
  ],
];
const FLAGS = ['-D', '--daemon', '--preload', '--no-sendfile', '-R', '--reload'];
const WRONG = ['--wokers', '--host', '--nothing=1'];
const LINES = [
  'bind = "127.0.0.1:7001"',
  'bind = ["unix:/tmp/c.sock", ":7002"]',
  'bind = "/run/y.sock"',
  'bind = ":1, :2"',
  'workers = 5',
  'workers = "0x4"',
  'workers = "many"',
  'workers = [1]',
  'workers = True',
  'n = 2\nworkers = n * 2 + 1',
  'timeout = 90',
  'timeout = -2',
  'umask = 0o077',
  'umask = "027"',
  'worker_class = "gthread"',
  'worker_class = "gthreat"',
  'accesslog = "-"',
  'daemon = True',
  'preload_app = False',
  'raw_env = ["D=4"]',
  'forwarded_allow_ips = "*"',
  'wsgi_app = "b:app"',
  'wrokers = 3',
  'import os\nproc_name = os.environ.get("NONE", "p")',
];

function caseOf(next: (below: number) => number): Case {
  const pick = <T>(of: readonly T[]): T => of[next(of.length)]!;
  const words = (most: number): string[] => {
    const all: string[] = [];
    for (let i = next(most); i > 0; i--) {
      const kind = next(14);
      if (kind === 0) all.push(pick(WRONG));
      else if (kind < 4) all.push(pick(FLAGS));
      else {
        const [options, values] = pick(VALUES);
        const [option, value] = [pick(options), pick(values)];
        if (option.startsWith('--') && next(2) === 0) all.push(`${option}=${value}`);
        else if (!option.startsWith('--') && next(3) === 0) all.push(`${option}${value}`);
        else all.push(option, value);
      }
    }
    return all;
  };
  const args = words(5);
  if (next(3) > 0) args.splice(next(2) * args.length, 0, 'a:app');
  const config = Array.from({ length: next(4) }, () => pick(LINES)).join('\n');
  const variable =
    next(3) === 0
      ? words(3)
          .map((it) => (it.includes(' ') ? `'${it}'` : it))
          .join(' ')
      : '';
  return { args, variable, config: `${config}\n`, names: NAMES };
}

function ours(of: Case, variables: Readonly<Record<string, string>>): 'refused' | Record<string, unknown> {
  const environment = (name: string) => (name === 'GUNICORN_CMD_ARGS' ? of.variable || undefined : variables[name]);
  const { values, open } = pythonNames(
    parsePython(of.config),
    hostPath('/x/gunicorn.conf.py'),
    environment,
    () => undefined,
  );
  expect(open).toBe(false);
  const config: GunicornConfig = { value: (name) => values.get(name), at: () => undefined, assigned: () => [] };
  const args = of.args.map((text) => ({ text, start: 0, end: text.length }));
  const { given, settings, app } = readGunicorn(args, environment, hostPath('/x'), config);
  const inVariable = variableArguments(environment);
  expect(inVariable).not.toBe('unknown');
  const inConfig = NAMES.some((it) => {
    // A setting that a stronger source replaces is converted all the same, and no more than that.
    const written = values.get(it);
    const fault = written === undefined ? undefined : configFault(it, written);
    return fault && (settings!.of(it).source === 'config' || fault.fault === 'number' || fault.fault === 'negative');
  });
  const faults = [...optionFaults(given), ...(inVariable && inVariable !== 'unknown' ? optionFaults(inVariable) : [])];
  if (faults.some((it) => counts(it.fault, settings!, it.value)) || inConfig) return 'refused';
  if (!app && settings!.of('wsgi_app').value === null) return 'refused';
  return Object.fromEntries(NAMES.map((it) => [it, settings!.of(it).value]));
}

/** Addresses, classes and variables are looked at once they are used: what a stronger source replaces is not. */
function counts(
  fault: string,
  settings: NonNullable<ReturnType<typeof readGunicorn>['settings']>,
  value: string,
): boolean {
  if (fault === 'address') return (settings.of('bind').value as readonly string[]).includes(value);
  if (fault === 'worker') return settings.of('worker_class').value === value;
  if (fault === 'variable') return (settings.of('raw_env').value as readonly string[]).includes(value);
  return true;
}

const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { PORT: '8123', WEB_CONCURRENCY: '6', FORWARDED_ALLOW_IPS: '*' },
];

describe.each(PYTHONS)('gunicorn of %s', (python) => {
  const there = existsSync(python) && spawnSync(python, ['-c', 'import gunicorn']).status === 0;
  beforeAll(grammars);

  if (!there) console.warn(`${python} has no gunicorn, so its cases are left out: node scripts/oracles.mjs servers`);

  it.skipIf(!there && !(process.env.CI && python.startsWith('/usr/'))).each(ENVIRONMENTS)(
    'with %o',
    { timeout: 120_000 },
    (variables) => {
      expect(there, `${python} has no gunicorn`).toBe(true);
      const next = random(20261124);
      const all = Array.from({ length: CASES }, () => caseOf(next));
      const ran = spawnSync(python, [new URL('gunicornSettings.py', import.meta.url).pathname], {
        cwd: folder,
        input: JSON.stringify(all),
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder, ...variables },
        maxBuffer: 1 << 26,
      });
      expect(ran.status, ran.stderr).toBe(0);
      const theirs = JSON.parse(ran.stdout) as ('refused' | Record<string, unknown>)[];
      const differ = all.flatMap((it, i) => {
        const mine = JSON.stringify(ours(it, variables));
        const real = JSON.stringify(theirs[i] === 'refused' ? 'refused' : sorted(theirs[i] as Record<string, unknown>));
        return mine === real
          ? []
          : [
              `${it.args.join(' ')} | ${it.variable} | ${it.config.trim().replaceAll('\n', '; ')}\n  ours   ${mine}\n  theirs ${real}`,
            ];
      });
      expect(theirs.filter((it) => it !== 'refused').length).toBeGreaterThan(CASES / 5);
      expect(differ.slice(0, 12)).toEqual([]);
    },
  );
});

/** In the order of NAMES. gunicorn 20 trusts ::1 only when it is told to. */
function sorted(values: Record<string, unknown>): Record<string, unknown> {
  const of = (name: string): unknown => {
    const value = values[name] ?? null;
    return name === 'forwarded_allow_ips' && JSON.stringify(value) === '["127.0.0.1"]' ? ['127.0.0.1', '::1'] : value;
  };
  return Object.fromEntries(NAMES.map((it) => [it, of(it)]));
}
