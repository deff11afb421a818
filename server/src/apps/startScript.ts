/**
 * A shell script that a service starts, read as far as it only prepares for the program that stays: assignments, `cd`,
 * `source`, simple commands, and at its end `exec gunicorn ...`. Nothing is executed; where the shell would decide, the
 * answer is undefined.
 */
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';

export interface StartScript {
  /** The words of the last command, which the shell becomes or waits for. */
  readonly words: readonly ArgWord[];
  readonly exec: boolean;
  readonly environment: ReadonlyMap<string, string>;
  readonly directory: string | undefined;
  /** It reads variables from a file that is no virtual environment's. */
  readonly sourced: boolean;
  /** It may make files and folders. */
  readonly makes: boolean;
}

const SHEBANG = /^#![ \t]*(?:\/usr)?\/bin\/(?:env[ \t]+)?(?:ba|da|z|k)?sh\b/;
/** Opens what a shell runs under a condition, or more than once. */
const OPENS = /^(?:if|for|while|until|case|select|function)\b|^[\w-]+\s*\(\)/;
const CLOSES = /^(?:fi|done|esac|\})(?:\s|;|$)/;

/** Undefined for what is no shell script, and where the last command depends on what only a shell knows. */
export function readStartScript(
  text: string,
  at: ArgWord,
  args: readonly ArgWord[],
  given: Environment,
): StartScript | undefined {
  if (!SHEBANG.test(text)) return undefined;
  const variables = new Variables(given);
  const environment = new Map<string, string>();
  let directory: string | undefined;
  let depth = 0;
  let last: { line: string; exec: boolean } | undefined;
  for (const whole of logicalLines(text)) {
    const line = whole.trim();
    if (OPENS.test(line) && !/(?:;\s*|\s)(?:fi|done|esac|\})\s*$/.test(line)) depth++;
    if (CLOSES.test(line)) depth--;
    const assigned = /^(?:export\s+|readonly\s+|local\s+)?([A-Za-z_]\w*)=(.*)$/s.exec(line);
    if (assigned) {
      const value = depth > 0 || OPENS.test(line) ? undefined : shellValue(assigned[2]!, variables);
      // `A=b program` is a command.
      if (value !== undefined || !/^\S+\s+\S/.test(assigned[2]!)) {
        variables.set(assigned[1]!, value);
        if (/^export\s/.test(line) && value !== undefined) environment.set(assigned[1]!, value);
        continue;
      }
    }
    if (depth > 0 || OPENS.test(line) || CLOSES.test(line)) {
      if (/^exec\s/.test(line) || /\bexec\s+\S/.test(line)) return undefined;
      continue;
    }
    const changed = /^cd\s+("[^"]*"|'[^']*'|\S+)(?:\s*\|\|.*)?$/.exec(line);
    if (changed) {
      directory = shellValue(changed[1]!, variables);
      if (directory === undefined) return undefined;
      continue;
    }
    const source = /^(?:source|\.)\s+("[^"]*"|\S+)/.exec(line)?.[1];
    if (source !== undefined) {
      if (!/\/activate"?$/.test(source)) variables.sourced = true;
      continue;
    }
    if (/^(?:set|export|unset|ulimit|umask|trap|shopt|echo|printf|test|\[|wait|exit|true|:)(?:\s|$)/.test(line))
      continue;
    last = { line, exec: /^exec\s/.test(line) };
    if (last.exec) break;
  }
  const words = last && wordsOf(last.line.replace(/^exec\s+/, ''), variables, at, args);
  if (!last || !words) return undefined;
  const makes = /\b(?:mkdir|install|touch|chown|chmod|ln|cp|rsync)\b/.test(text);
  return { words, exec: last.exec, environment, directory, sourced: variables.sourced, makes };
}

/** What the script sets, and behind it what it is started with. */
class Variables {
  private readonly own = new Map<string, string | undefined>();
  sourced = false;

  constructor(private readonly given: Environment) {}

  set(name: string, value: string | undefined): void {
    this.own.set(name, value);
  }

  /** Undefined where it is not known; empty where it is not set. */
  get(name: string): string | undefined {
    if (this.own.has(name)) return this.own.get(name);
    const given = this.given(name);
    if (given === 'unknown' || this.sourced || /^(?:\d|HOME|PWD|PATH)$/.test(name)) return undefined;
    return given ?? '';
  }
}

/** Lines with their continuations, without comments and blank ones. */
function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .filter((it) => !/^\s*(?:#|$)/.test(it));
}

/** A single word's value; undefined where it is not one, or a shell would have to find it. */
function shellValue(text: string, variables: Variables): string | undefined {
  const bare = text.replace(/\s+#.*$/, '').trim();
  if (/^"[^"]*"$/.test(bare)) return filled(bare.slice(1, -1), variables);
  if (/^'[^']*'$/.test(bare)) return bare.slice(1, -1);
  return /[\s"'`;&|<>()]/.test(bare) ? undefined : filled(bare, variables);
}

/** A text with its variables put in; undefined where one of them is not known. */
function filled(text: string, variables: Variables): string | undefined {
  if (/`|\$\(|\\/.test(text)) return undefined;
  let known = true;
  const value = text.replace(/\$(?:\{(\w+)(?::-([^}$]*))?\}|(\w+))/g, (_, braced, fallback, bare) => {
    const found = variables.get(braced ?? bare);
    if (found === undefined) known = false;
    return found === '' && fallback !== undefined ? fallback : (found ?? '');
  });
  return known && !value.includes('$') ? value : undefined;
}

function wordsOf(
  line: string,
  variables: Variables,
  { start, end }: ArgWord,
  args: readonly ArgWord[],
): readonly ArgWord[] | undefined {
  const words: ArgWord[] = [];
  const redirected = line.replace(/\s+(?:\d?>>?|2>&1|&>>?|<)\s*\S*/g, '');
  if (/&\s*$/.test(redirected)) return undefined;
  for (const [word] of redirected.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)) {
    if (word.startsWith('#')) break;
    if (word === '"$@"' || word === '$@' || word === '$*') {
      words.push(...args);
      continue;
    }
    if (/^[;&|]/.test(word) || /[;|&]$/.test(word)) return undefined;
    const parts = [...word.matchAll(/"([^"]*)"|'([^']*)'|([^"']+)/g)].map(([, double, single, bare]) =>
      single !== undefined ? single : filled((double ?? bare)!, variables),
    );
    if (parts.some((it) => it === undefined)) {
      // What it is for may not matter; that it is not known has to be seen.
      words.push({ text: `$${word.replace(/\W/g, '')}`, start, end });
    } else words.push({ text: parts.join(''), start, end });
  }
  return words;
}
