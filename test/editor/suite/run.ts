/** Runs the Mocha suites in this process: inside an extension host, whether code-server's or Electron's. */
import Mocha from 'mocha';

export interface TestResult {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly milliseconds: number;
  readonly error: string | undefined;
}

export interface SuiteReport {
  readonly tests: readonly TestResult[];
  /** What was measured on the way, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Suites write what they measure here. */
export const figures: Record<string, number> = {};

export async function runSuites(): Promise<SuiteReport> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: false });
  mocha.suite.emit('pre-require', globalThis as never, 'suite', mocha);
  // Loaded only now: the suites call describe and it as they are loaded.
  // The deployment first: its first test measures activation, which nothing may have caused before.
  await import('./deployment.test.js');
  await import('./language.test.js');
  const tests: TestResult[] = [];
  const before = new Set<unknown>(
    ['uncaughtException', 'unhandledRejection'].flatMap((it) => process.listeners(it as 'exit')),
  );
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    // Extensions share a process: what others leave uncaught (telemetry without a network) is not a failure of ours.
    runner.on('test', () => {
      for (const event of ['uncaughtException', 'unhandledRejection']) {
        for (const listener of process.listeners(event as 'exit'))
          if (!before.has(listener)) process.removeListener(event, listener);
      }
    });
    runner.on('pass', (test) => add(test, 'passed', undefined));
    runner.on('pending', (test) => add(test, 'pending', undefined));
    runner.on('fail', (test, error) => add(test as Mocha.Test, 'failed', String(error.stack ?? error)));
  });
  return { tests, figures };

  function add(test: Mocha.Test, state: TestResult['state'], error: string | undefined): void {
    tests.push({ title: test.fullTitle(), state, milliseconds: test.duration ?? 0, error });
  }
}

/** Entry for @vscode/test-electron: rejects when a test fails. */
export async function run(): Promise<void> {
  const { tests } = await runSuites();
  for (const { title, state, error } of tests) console.log(`${state} ${title}${error ? `\n${error}` : ''}`);
  const failed = tests.filter((it) => it.state === 'failed').length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
