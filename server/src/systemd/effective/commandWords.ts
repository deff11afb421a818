/** What a program is started with: specifiers and variables replaced, as replace_env_argv() in src/basic/env-util.c does. */
import type { Command, CommandWord } from '../commandLine.js';
import { expandSpecifiers } from '../specifiers.js';
import type { UnitName } from '../unitName.js';
import { isEnvironmentName } from '../values/names.js';
import { cutWords } from '../values/words.js';
import type { Environment } from './environment.js';

export interface Argument {
  /** Undefined when the files do not tell. */
  readonly text: string | undefined;
  /** The word that it came from; a `$VAR` may give several arguments, or none. */
  readonly word: CommandWord;
}

/**
 * The arguments after the program. `$VAR` as a word of its own is cut at blanks, its quotes go, and it vanishes when unset; `${VAR}` is
 * replaced anywhere in a word; `$$` is a dollar sign; the prefix `:` switches all of it off.
 */
export function argumentsOf(command: Command, unit: UnitName, environment: Environment): Argument[] {
  const literal = command.prefixes.includes(':');
  return command.args.flatMap((word): Argument[] => {
    const text = expandSpecifiers(word.text, unit);
    if (text === undefined || literal) return [{ text, word }];
    if (!/^\$(?![{$])/.test(text)) return [{ text: replaced(text, environment), word }];
    const value = variableValue(text.slice(1), environment);
    if (value === undefined) return [{ text: undefined, word }];
    return cutWords(value, { open: true }).words.map((it) => ({ text: it.text, word }));
  });
}

/** replace_env_full(): with a colon between the braces nothing is replaced; a name that can be none counts as unset. */
function replaced(text: string, environment: Environment): string | undefined {
  let sure = true;
  const result = text.replace(/\$\$|\$\{([^}:]*)\}|\$\{[^}:]*:/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const value = variableValue(name, environment);
    if (value === undefined) sure = false;
    return value ?? whole;
  });
  return sure ? result : undefined;
}

// Set by the manager for every process: "Environment Variables Set or Propagated by the Service Manager", systemd.exec(5).
const OF_THE_MANAGER =
  /^(?:PATH|LANG|LC_\w+|USER|LOGNAME|HOME|SHELL|TERM|MAINPID|MANAGERPID|LISTEN_\w+|NOTIFY_SOCKET|WATCHDOG_\w+|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_\w+|\w+_DIRECTORY|SERVICE_RESULT|EXIT_\w+|MONITOR_\w+|PIDFILE|REMOTE_\w+|TRIGGER_\w+|XDG_\w+)$/;

/** A variable that nobody sets, or nobody can set, is empty. */
function variableValue(name: string, { variables, unsure, complete }: Environment): string | undefined {
  if (!isEnvironmentName(name)) return '';
  if (unsure.has(name) || !complete) return undefined;
  return variables.get(name)?.value ?? (OF_THE_MANAGER.test(name) ? undefined : '');
}
