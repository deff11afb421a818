/**
 * The program behind its wrappers: `env X=Y prog`, `/bin/sh -c 'cd /srv && exec prog'`, `poetry run prog`, `python -m prog`.
 * Nothing is executed; where a shell would decide, the answer is undefined.
 */
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import { readStartScript, type StartScript } from './startScript.js';

export interface UnwrappedCommand {
  /** The last part of the program's name, without a Python version: `gunicorn`, `manage.py`, `node`. */
  readonly name: string;
  readonly program: ArgWord;
  readonly args: readonly ArgWord[];
  /** A shell has read its words, which puts in `${NAME:-default}`. */
  readonly shell: boolean;
  /** What wrappers add to the environment. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where a wrapper goes before it starts the program. */
  readonly directory: string | undefined;
  /** The program runs below a shell or a starter that may not hand signals and readiness on. */
  readonly wrapped: boolean;
  /** The interpreter, where the line names one. */
  readonly python: ArgWord | undefined;
  /** A shell has read variables from a file before, other than a virtual environment's. */
  readonly sourced: boolean;
  /** The script that starts it: its words do not stand in the unit. */
  readonly script: StartScript | undefined;
}

/** The text of a script that a word names; undefined where it names none. */
export type ReadScript = (word: ArgWord) => string | undefined;

const PYTHON = /^(?:python|pypy)(?:\d+(?:\.\d+)*)?$/;
const SHELL = /^(?:ba|da|z|k)?sh$/;
const PYTHON_VALUE_OPTIONS = new Set(['-W', '-X']);
/** Starters whose first operand is the program, with the options of theirs that take a value. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  nice: ['-n'],
  ionice: ['-c', '-n'],
  stdbuf: ['-i', '-o', '-e'],
  authbind: ['--depth'],
  'dumb-init': [],
  tini: ['-p', '-e'],
  'ddtrace-run': [],
  chpst: ['-u', '-U', '-e', '-n'],
  'opentelemetry-instrument': [],
  nohup: [],
};
const RUNNERS = new Set(['poetry', 'pipenv', 'pdm', 'rye', 'uv', 'hatch', 'newrelic-admin', 'bundle']);
const RUNNER_VALUE_OPTIONS = new Set([
  '--project',
  '--directory',
  '-C',
  '-P',
  '--python',
  '-p',
  '--with',
  '--env-file',
  '--extra',
  '--group',
]);

/** Follows wrappers to the program that stays. Undefined when a shell's own syntax decides. */
export function unwrap(
  program: ArgWord,
  args: readonly ArgWord[],
  given: Environment = () => undefined,
  read: ReadScript = () => undefined,
): UnwrappedCommand | undefined {
  const environment = new Map<string, string>();
  let current = program;
  let rest = args;
  let directory: string | undefined;
  let wrapped = false;
  let script: StartScript | undefined;
  let sourced = false;
  let isShell = false;
  for (let depth = 0; depth < 8; depth++) {
    const name = baseName(current.text);
    let words: readonly ArgWord[] | undefined;
    const starts = SHELL.test(name) && /^[^-]/.test(rest[0]?.text ?? '') ? rest[0]! : current;
    const text = script || (SHELL.test(name) && starts === current) ? undefined : read(starts);
    const found =
      text === undefined ? undefined : readStartScript(text, program, rest.slice(starts === current ? 0 : 1), given);
    if (found) {
      script = found;
      directory = found.directory ?? directory;
      for (const [key, value] of found.environment) environment.set(key, value);
      wrapped ||= !found.exec;
      sourced ||= found.sourced;
      words = found.words;
    } else if (name === 'env') words = afterEnv(rest, environment);
    else if (SHELL.test(name)) {
      const shell = afterShell(rest, environment);
      if (!shell) return undefined;
      directory = shell.directory ?? directory;
      wrapped ||= !shell.exec;
      isShell = true;
      sourced ||= shell.sourced;
      words = shell.words;
    } else if (RUNNERS.has(name)) {
      words = afterRunner(rest);
      wrapped = true;
    } else if (STARTERS[name]) words = operandsAfter(rest, STARTERS[name]);
    else break;
    const [first, ...more] = words ?? [];
    if (!first) return undefined;
    current = first;
    rest = more;
  }
  const name = baseName(current.text);
  const plain = { environment, directory, wrapped, script, sourced, shell: isShell };
  if (!PYTHON.test(name))
    return { ...plain, name: withoutVersion(name), program: current, args: rest, python: undefined };
  return { ...plain, ...afterPython(current, rest) };
}

function afterPython(
  python: ArgWord,
  args: readonly ArgWord[],
): Pick<UnwrappedCommand, 'name' | 'program' | 'args' | 'python'> {
  for (let i = 0; i < args.length; i++) {
    const { text } = args[i]!;
    if (text === '-m' && args[i + 1])
      return { name: args[i + 1]!.text, program: args[i + 1]!, args: args.slice(i + 2), python };
    if (PYTHON_VALUE_OPTIONS.has(text)) i++;
    else if (!text.startsWith('-'))
      return { name: withoutVersion(baseName(text)), program: args[i]!, args: args.slice(i + 1), python };
    else if (text === '-c') break;
  }
  return { name: 'python', program: python, args, python };
}

function afterEnv(args: readonly ArgWord[], environment: Map<string, string>): readonly ArgWord[] | undefined {
  for (let i = 0; i < args.length; i++) {
    const { text } = args[i]!;
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
    if (assignment) environment.set(assignment[1]!, assignment[2]!);
    else if (text === '-u' || text === '-C') i++;
    else if (text === '-S' || text.startsWith('--split-string')) return undefined;
    else if (!text.startsWith('-')) return args.slice(i);
  }
  return undefined;
}

function operandsAfter(args: readonly ArgWord[], valued: readonly string[]): readonly ArgWord[] {
  for (let i = 0; i < args.length; i++) {
    const { text } = args[i]!;
    if (text === '--') return args.slice(i + 1);
    if (valued.includes(text)) i++;
    else if (!text.startsWith('-')) return args.slice(i);
  }
  return [];
}

function afterRunner(args: readonly ArgWord[]): readonly ArgWord[] | undefined {
  const run = args.findIndex((it) => it.text === 'run' || it.text === 'run-program' || it.text === 'exec');
  if (run < 0) return undefined;
  return operandsAfter(args.slice(run + 1), [...RUNNER_VALUE_OPTIONS]);
}

interface ShellCommand {
  readonly words: readonly ArgWord[];
  readonly exec: boolean;
  readonly directory: string | undefined;
  readonly sourced: boolean;
}

/** `-c 'cd DIR && . venv/bin/activate && exec PROGRAM ...'`; undefined for any other shell text. */
function afterShell(args: readonly ArgWord[], environment: Map<string, string>): ShellCommand | undefined {
  const flag = args.findIndex((it) => /^-[a-z]*c$/.test(it.text));
  const script = flag < 0 ? undefined : args[flag + 1];
  if (!script) return undefined;
  const parts = script.text.split(/&&|;/);
  let at = 0;
  let directory: string | undefined;
  let sourced = false;
  for (const [index, part] of parts.entries()) {
    const words = shellWords(script, withoutRedirections(part), at);
    at += part.length + (script.text[at + part.length] === '&' ? 2 : 1);
    if (!words) return undefined;
    const first = words[0]?.text;
    if (first === undefined) continue;
    if (first === 'cd' && words[1]) directory = words[1].text;
    else if (first === 'source' || first === '.') sourced ||= !/\/activate$/.test(words[1]?.text ?? '');
    else if (NEUTRAL.has(first)) continue;
    else if (first === 'export') for (const it of words.slice(1)) assign(it.text, environment);
    else if (index === parts.length - 1) {
      let begin = 0;
      while (words[begin] && assign(words[begin]!.text, environment)) begin++;
      const exec = words[begin]?.text === 'exec';
      // The usual shells run the last command of -c in their own place, with or without exec; dash since 0.5.11.
      return { words: words.slice(exec ? begin + 1 : begin), exec, directory, sourced };
    } else return undefined;
  }
  return undefined;
}

/** Commands that neither go elsewhere nor end the shell. */
const NEUTRAL = new Set(['set', 'umask', 'ulimit', 'echo', 'sleep', 'true', ':']);

/** Blanks in the place of `>> app.log 2>&1`, so that what stands beside them keeps its place. */
function withoutRedirections(part: string): string {
  return part.replace(/(?<=\s)(?:\d?>&\d|(?:\d|&)?>>?\s*[\w./-]+)(?=\s|$)/g, (it) => ' '.repeat(it.length));
}

function assign(text: string, environment: Map<string, string>): boolean {
  const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
  if (assignment) environment.set(assignment[1]!, assignment[2]!);
  return assignment !== null;
}

/** Words of a simple shell command; undefined where the shell would expand, redirect or branch. */
function shellWords(script: ArgWord, part: string, at: number): ArgWord[] | undefined {
  if (/[|&<>()`\\*?#\n]|\$\(/.test(part)) return undefined;
  // Without escapes the text is what stands between the quotes of the value.
  const quote = script.end - script.start - script.text.length === 2 ? 1 : 0;
  const words: ArgWord[] = [];
  for (const match of part.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)) {
    const start = script.start + quote + at + match.index;
    words.push({ text: match[0].replace(/["']/g, ''), start, end: start + match[0].length });
  }
  return words;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function withoutVersion(name: string): string {
  return (
    /^(?:gunicorn|uwsgi|flask|uvicorn|hypercorn)(?=[\d.-]*$)/.exec(name)?.[0] ??
    (/^uwsgi[_-]/.test(name) ? 'uwsgi' : name)
  );
}
