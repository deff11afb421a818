/** What a service needs before its program runs: systemd fails the start with 203/EXEC, 200/CHDIR or 217/USER without. */
import { type HostPath, hostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { placeInValue, placeOfValue } from '../syntax/unitSyntax.js';
import { isOn } from '../systemd/booleans.js';
import { parseCommandLine } from '../systemd/commandLine.js';
import { groupOf, ownDirectories, userOf, workingDirectoryOf } from '../systemd/effective/processes.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import { expanded, isMasked, listOf, settingOf, type Unit } from '../systemd/unit.js';

/** Something that the files name, and where. */
export interface Named<T = string> {
  readonly value: T;
  readonly at: Place;
}

/** What the running machine makes is in no copy of it. */
export const isMadeAtRun = (path: HostPath): boolean =>
  /^\/(?:run|var\/run|tmp|var\/tmp|proc|sys|dev)(?:\/|$)/.test(path);

/** A working copy of git's leaves out what is built or installed. */
export function isWorkingCopy(host: HostView): boolean {
  const copy = host.stat(hostPath('/.git'));
  return copy.known && copy.value !== undefined;
}

/** Whether systemd would start the service from what the tree holds; masked ones and templates without an instance are not. */
export function isStarted(service: Unit): boolean {
  return (
    service.fragment !== undefined &&
    // Packages ship units for programs of other packages; whether those are there is not their author's mistake.
    !/^(?:\/usr)?\/lib\/systemd\//.test(service.fragment.path) &&
    !isMasked(service) &&
    service.name.instance !== ''
  );
}

/** systemd.exec(5): a file system of its own, or conditions that may keep the service from starting at all. */
export function sees(service: Unit): 'host' | 'own' {
  const own = ['RootDirectory', 'RootImage', 'MountImages', 'BindPaths', 'BindReadOnlyPaths', 'ExtensionImages'];
  return own.some((key) => listOf(service, 'Service', key).length > 0) ? 'own' : 'host';
}

/** Whether conditions decide at start whether the service runs: then what is missing may be meant to be. */
export function isConditional(service: Unit): boolean {
  return [service.fragment, ...service.dropIns].some((file) =>
    file?.sections.some(
      (it) => it.name === 'Unit' && it.entries.some((entry) => /^(?:Condition|Assert)/.test(entry.key)),
    ),
  );
}

/** The program of each command that has to succeed, as an absolute path. A `-` before it lets it fail. */
export function programsOf(service: Unit): Named<HostPath>[] {
  return ['ExecStartPre', 'ExecStart'].flatMap((key) =>
    listOf(service, 'Service', key).flatMap(({ entry }) =>
      parseCommandLine(entry.value).commands.flatMap(({ prefixes, program }) => {
        const text = expandSpecifiers(program.text, service.name);
        if (prefixes.includes('-') || !text?.startsWith('/') || text.includes('$')) return [];
        return [{ value: hostPath(text), at: placeInValue(entry, program.start, program.end) }];
      }),
    ),
  );
}

/** Words that only a shell knows: no system has programs of these names, and systemd looks for programs alone. */
const SHELL_WORDS = new Set([
  'cd',
  'source',
  '.',
  'export',
  'exec',
  'eval',
  'set',
  'unset',
  'if',
  'for',
  'while',
  'pushd',
]);

/** Commands of a service that name a word of the shell where a program belongs. */
export function shellWordsOf(service: Unit): Named[] {
  return ['ExecStartPre', 'ExecStart'].flatMap((key) =>
    listOf(service, 'Service', key).flatMap(({ entry }) =>
      parseCommandLine(entry.value).commands.flatMap(({ prefixes, program: { text, start, end } }) =>
        SHELL_WORDS.has(text) && !prefixes.includes('-') ? [{ value: text, at: placeInValue(entry, start, end) }] : [],
      ),
    ),
  );
}

/** The directory that the program starts in; undefined if none is named, if it may be missing, or if the machine decides. */
export function neededDirectoryOf(service: Unit): Named<HostPath> | undefined {
  const { value, at, optional } = workingDirectoryOf(service);
  return value !== undefined && at && !optional ? { value, at } : undefined;
}

/** `User=` or `Group=` by name; numbers need no entry, and DynamicUser= makes its own. */
export function accountOf(service: Unit, key: 'User' | 'Group'): Named | undefined {
  const { value, at } = key === 'User' ? userOf(service) : groupOf(service);
  if (value === undefined || !at || /^\d+$/.test(value)) return undefined;
  return isOn(settingOf(service, 'Service', 'DynamicUser')?.entry.value) ? undefined : { value, at };
}

/** Environment files that must be there: without `-`, and without a pattern. */
export function environmentFilesOf(service: Unit): Named<HostPath>[] {
  return listOf(service, 'Service', 'EnvironmentFile').flatMap((setting) => {
    const value = expanded(service, setting);
    if (!value?.startsWith('/') || /[*?[]/.test(value)) return [];
    return [{ value: hostPath(value), at: placeOfValue(setting.entry) }];
  });
}

/** systemd makes these folders before it starts anything: RuntimeDirectory= and its kin in systemd.exec(5). */
export function isMadeForService(service: Unit, path: HostPath): boolean {
  return ownDirectories(service).some((it) => path === it.path || it.path.startsWith(`${path}/`));
}

/** Commands before the program that run outside of the service's sandbox, as written: "+" in systemd.service(5). */
export function preparers(service: Unit): string[] {
  return listOf(service, 'Service', 'ExecStartPre').flatMap(({ entry }) =>
    /^[-@:|!]*\+/.test(entry.value) ? [entry.value] : [],
  );
}
