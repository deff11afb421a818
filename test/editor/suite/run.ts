/** Runs the Mocha suites in this process: inside an extension host, whether code-server's or Electron's. */
import Mocha from 'mocha';
import * as vscode from 'vscode';

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

const UNCAUGHT = ['uncaughtException', 'unhandledRejection'];

/** Suites write what they measure here. */
export const figures: Record<string, number> = {};

/** Runs all tests, or those whose full title has `only` in it. */
export async function runSuites(only?: string): Promise<SuiteReport> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: false, ...(only && { fgrep: only }) });
  mocha.suite.emit('pre-require', globalThis as never, 'suite', mocha);
  // Loaded only now: the suites call describe and it as they are loaded.
  // The deployment first: its first test measures activation, which nothing may have caused before.
  await import('./deployment.test.js');
  await import('./language.test.js');
  const tests: TestResult[] = [];
  const ours = vscode.extensions.getExtension('throughline.throughline')!.extensionPath;
  const uncaught: string[] = [];
  const hear = (reason: unknown) => {
    const stack = String((reason as Error | undefined)?.stack ?? reason);
    if (stack.includes(ours)) uncaught.push(stack);
  };
  const before = new Set<unknown>([hear, ...UNCAUGHT.flatMap((it) => process.listeners(it as 'exit'))]);
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    // Extensions share a process: what others leave uncaught (telemetry without a network) is not a failure of ours,
    // so Mocha does not listen. What we leave uncaught is.
    runner.on('test', () => {
      for (const event of UNCAUGHT) {
        for (const listener of process.listeners(event as 'exit'))
          if (!before.has(listener)) process.removeListener(event, listener);
        if (!process.listeners(event as 'exit').includes(hear)) process.on(event, hear);
      }
    });
    runner.on('pass', (test) => add(test, 'passed', undefined));
    runner.on('pending', (test) => add(test, 'pending', undefined));
    runner.on('fail', (test, error) => add(test as Mocha.Test, 'failed', String(error.stack ?? error)));
  });
  for (const event of UNCAUGHT) process.removeListener(event, hear);
  tests.push({
    title: 'nothing that we did is left uncaught',
    state: uncaught.length === 0 ? 'passed' : 'failed',
    milliseconds: 0,
    error: uncaught.length === 0 ? undefined : uncaught.join('\n'),
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
