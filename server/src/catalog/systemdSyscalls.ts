/** The system calls and groups of `SystemCallFilter=`, as systemd 252, 257 and 262 list them. Knows no file. */
import table from '../../catalog/systemd-syscalls.json' with { type: 'json' };

export const SYSTEM_CALLS: ReadonlySet<string> = new Set(table.names.split(' '));

/** Group -> the first of the three versions that has it. */
export const SYSTEM_CALL_GROUPS: ReadonlyMap<string, number> = new Map(Object.entries(table.groups));
