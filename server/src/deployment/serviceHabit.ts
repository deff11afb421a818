/** What is known of how the program of a service starts, where it is no app server. */
import { type Habit, habitOf } from '../apps/programHabits.js';
import { type UnwrappedCommand, unwrap } from '../apps/wrappers.js';
import type { Entry } from '../syntax/unitSyntax.js';
import { parseCommandLine } from '../systemd/commandLine.js';
import { listOf, type Unit } from '../systemd/unit.js';

export interface ServiceHabit {
  readonly habit: Habit;
  readonly run: UnwrappedCommand;
  /** The one `ExecStart=`. */
  readonly entry: Entry;
}

/** Undefined for services with several commands, below a shell, and of programs that nothing is known of. */
export function serviceHabit(service: Unit): ServiceHabit | undefined {
  const [start, ...more] = listOf(service, 'Service', 'ExecStart');
  const [command, ...others] = start ? parseCommandLine(start.entry.value).commands : [];
  if (!start || !command || more.length + others.length > 0 || command.prefixes.includes('@')) return undefined;
  const run = unwrap(command.program, command.args);
  if (!run || run.wrapped) return undefined;
  const args = run.args.map((it) => it.text);
  const habit = habitOf(run.name, args);
  return habit && { habit, run, entry: start.entry };
}
