import { directoryOf, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { isMadeAtRun, isMadeForService, isStarted, sees } from '../../deployment/startOf.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import type { FileFacts } from '../../host/host.js';
import { placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { type Command, parseCommandLine } from '../../systemd/commandLine.js';
import { workingDirectoryOf } from '../../systemd/effective/processes.js';
import { expandSpecifiers } from '../../systemd/specifiers.js';
import { expanded, listOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/start-check-fails',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    command: '{unit} fails to start: {command} before it ends with an error, because {why}.',
    gate: 'systemd will not start {unit}: {command} (ExecCondition=) ends with an error, because {why}.',
    condition: 'systemd will skip the start of {unit} without an error: {key} asks for {path}, and {why}.',
    assertion: '{unit} fails to start: {key} asks for {path}, and {why}.',
  },
  docs: {
    summary: 'What has to be true before a service starts is not: a command before it, or a condition of the unit.',
    why: 'When a command of ExecStartPre= ends with an error the service is not started, unless a - stands before it. With a condition that does not hold the start is skipped, and systemctl calls that success. Said of commands that look at files only, where the files are known not to be there.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStartPre=/usr/bin/test -f .env
ExecStart=/usr/bin/env true
-- srv/app/app.py --
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStartPre=/usr/bin/test -f .env
ExecStart=/usr/bin/env true
-- srv/app/.env --
`,
    sources: ['systemd.service(5), ExecStartPre=', 'systemd.unit(5), ConditionPathExists=', 'test(1)'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    const unit = service.name.full;
    for (const [name, wanted] of Object.entries(CONDITIONS))
      for (const kind of ['Condition', 'Assert'] as const)
        for (const setting of listOf(service, 'Unit', kind + name)) {
          const value = expanded(service, setting) ?? '';
          // One of those with a bar has to hold; the others all have to.
          if (!/^!?\s*\//.test(value)) continue;
          const path = hostPath(value.replace(/^!\s*/, ''));
          const why = value.startsWith('!')
            ? presence(path, wanted, around)
            : absence(path, wanted, service, around, new Set());
          if (why === undefined) continue;
          const names = { unit, key: `${kind}${name}=`, path: value, why };
          const at = placeOfValue(setting.entry);
          // A service that may be left out is nobody's mistake, unless nginx asks it.
          if (kind === 'Condition' && !isAsked(unit, around)) continue;
          if (kind === 'Condition') report({ at, say: 'condition', with: names, severity: 'warning' });
          else report({ at, say: 'assertion', with: names });
          return;
        }
    if (sees(service) === 'own') return;
    const made = new Set<HostPath>();
    for (const key of ['ExecCondition', 'ExecStartPre'] as const)
      for (const { entry } of listOf(service, 'Service', key))
        for (const command of parseCommandLine(entry.value).commands) {
          const why = failure(command, service, around, made);
          if (why !== undefined && !command.prefixes.includes('-')) {
            const { program, args } = command;
            const at = placeInValue(entry, program.start, args.at(-1)?.end ?? program.end);
            const shown = { unit, command: entry.value.slice(program.start, args.at(-1)?.end ?? program.end), why };
            report({ at, say: key === 'ExecCondition' ? 'gate' : 'command', with: shown });
            return;
          }
          for (const it of pathsOf(command, service)) made.add(it);
        }
  },
});

function isAsked(unit: string, around: Surroundings): boolean {
  const sockets = around.socketsOf(unit).map((it) => it.unit.name.full);
  return [unit, ...sockets].some((it) =>
    around.listenersOf(it).some(({ address }) => around.connectionsTo(address).length > 0),
  );
}

type Wanted = FileFacts['kind'] | 'any' | 'filled';

/** unit_condition_test: those that ask for one path. */
const CONDITIONS: Readonly<Record<string, Wanted>> = {
  PathExists: 'any',
  PathIsDirectory: 'directory',
  FileNotEmpty: 'filled',
  FileIsExecutable: 'file',
};

/** Why what is asked for is not there; undefined where it is, or where that is not known. */
function absence(
  path: HostPath,
  wanted: Wanted,
  service: Unit,
  around: Surroundings,
  made: ReadonlySet<HostPath>,
): string | undefined {
  for (let at = path; at !== '/'; at = directoryOf(at)) if (made.has(at)) return undefined;
  if (isMadeAtRun(path) || isMadeForService(service, path) || around.madeDirectory(path)) return undefined;
  const there = around.host.stat(path);
  if (!there.known) return undefined;
  if (!there.value) return `${path} does not exist`;
  const { kind, size } = there.value;
  if (wanted === 'filled') return kind === 'file' && size === 0 ? `${path} is empty` : undefined;
  return wanted === 'any' || kind === wanted ? undefined : `${path} is no ${wanted}`;
}

function presence(path: HostPath, wanted: Wanted, { host }: Surroundings): string | undefined {
  const there = host.stat(path);
  return wanted === 'any' && there.known && there.value ? `${path} exists` : undefined;
}

const TESTS: Readonly<Record<string, Wanted>> = {
  '-e': 'any',
  '-f': 'file',
  '-d': 'directory',
  '-s': 'filled',
  '-r': 'any',
  '-x': 'any',
  '-w': 'any',
};
/** Commands that end with an error when a file that they are given is not there; of cp and install the last is made. */
const READERS = /^(?:cat|ls|stat|chmod|rm|cp|head|tail|wc|readlink|rmdir|install|mv)$/;

/** Why a command that runs before the start ends with an error; undefined where it does not, or where that is open. */
function failure(
  command: Command,
  service: Unit,
  around: Surroundings,
  made: ReadonlySet<HostPath>,
): string | undefined {
  const { program, args } = command;
  const name = program.text.slice(program.text.lastIndexOf('/') + 1);
  const words = args.map((it) => it.text);
  const gone = (path: HostPath | undefined, wanted: Wanted): string | undefined =>
    path && absence(path, wanted, service, around, made);
  if (name === 'false' && words.length === 0) return 'it always does';
  if (name === 'test') {
    const [flag, path] = words;
    const wanted = words.length === 2 ? TESTS[flag!] : undefined;
    return wanted && gone(pathOf(path!, service), wanted);
  }
  // Python ends with 2 where it finds no script of that name.
  if (/^python[\d.]*$/.test(name) && /^[^-$%].*\.py$/.test(words[0] ?? ''))
    return gone(pathOf(words[0]!, service), 'any');
  if (!READERS.test(name) || words.some((it) => /^--?(?:f|\w*f\w*|force|ignore.*|recursive.*|d|D|directory)$/.test(it)))
    return undefined;
  const operands = pathsOf(command, service);
  const read = /^(?:cp|mv|install)$/.test(name) ? operands.slice(0, -1) : operands;
  return read.map((it) => gone(it, 'any')).find((it) => it !== undefined);
}

/** Operands that are paths; those with variables, unknown specifiers or patterns are left out. */
function pathsOf({ args }: Command, service: Unit): HostPath[] {
  return args.flatMap(({ text }) => (text.startsWith('/') ? (pathOf(text, service) ?? []) : []));
}

/** A path as the command sees it, relative to WorkingDirectory=. */
function pathOf(text: string, service: Unit): HostPath | undefined {
  const value = expandSpecifiers(text, service.name);
  if (!value || /[$*?[\]]/.test(value)) return undefined;
  if (value.startsWith('/')) return hostPath(value);
  const { value: directory } = workingDirectoryOf(service);
  return directory && joinPath(directory, value);
}
