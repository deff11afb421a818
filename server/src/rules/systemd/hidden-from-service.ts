import { type HostPath, hostPath, isWithin, joinPath } from '../../base/hostPath.js';
import { hiddenBy } from '../../deployment/sandbox.js';
import { isConditional, isStarted, neededDirectoryOf, programsOf } from '../../deployment/startOf.js';
import type { HostView } from '../../host/host.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { expanded, listOf, type Setting, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/hidden-from-service',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    directory:
      'systemd cannot start {unit}: {setting} hides {path} from it, where it is to work. Take that out, or bind it in with BindReadOnlyPaths={path}.',
    program:
      'systemd cannot start {unit}: {setting} hides {path} from it. Take that out, or bind it in with BindReadOnlyPaths=.',
    noExec: 'systemd cannot start {unit}: {setting} lets nothing be executed at {path}. Add ExecPaths={path}.',
    root: 'systemd cannot start {unit}: paths are those within {root} (RootDirectory=), and there is no {path} there.',
  },
  docs: {
    summary: 'The sandbox of a service hides the program or the directory that it needs.',
    why: 'InaccessiblePaths= and TemporaryFileSystem= put something empty in the place, NoExecPaths= forbids to execute what is there, and with RootDirectory= all paths are taken within it. Each start fails with status=200/CHDIR or 203/EXEC; the same command works in a shell.',
    bad: `-- etc/systemd/system/app.service --
[Service]
InaccessiblePaths=/srv
WorkingDirectory=/srv/app
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Service]
TemporaryFileSystem=/srv:ro
BindReadOnlyPaths=/srv/app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/sleep 60
`,
    sources: [
      'systemd.exec(5), InaccessiblePaths=, TemporaryFileSystem=, NoExecPaths=, RootDirectory=',
      'setup_namespace() in src/core/namespace.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    // A condition may be there to keep it from such a start.
    if (isConditional(service)) return;
    const unit = service.name.full;
    const root = ownRoot(service);
    for (const { value: path, at } of programsOf(service)) {
      if (root && lacks(around.host, root.path, path)) {
        const related = [{ at, text: 'the program' }];
        report({ at: placeOfEntry(root.setting.entry), say: 'root', with: { unit, root: root.path, path }, related });
        return;
      }
      const hidden = hides(service, path);
      const forbids = hidden ?? noExec(service, path);
      if (!forbids) continue;
      report({
        at: placeOfEntry(forbids.entry),
        say: hidden ? 'program' : 'noExec',
        with: { unit, setting: textOf(forbids), path },
        related: [{ at, text: 'the program' }],
      });
      return;
    }
    const directory = neededDirectoryOf(service);
    const hidden = directory && hides(service, directory.value);
    if (!directory || !hidden) return;
    report({
      at: placeOfEntry(hidden.entry),
      say: 'directory',
      with: { unit, setting: textOf(hidden), path: directory.value },
      related: [{ at: directory.at, text: 'where it is to work' }],
    });
  },
});

function textOf({ entry }: Setting): string {
  return `${entry.key}=${entry.value}`;
}

/** ProtectHome= has a rule of its own. What is emptied is itself there to be entered. */
function hides(service: Unit, path: HostPath): Setting | undefined {
  const hidden = hiddenBy(service, path);
  if (!hidden || !/^(?:InaccessiblePaths|InaccessibleDirectories|TemporaryFileSystem)$/.test(hidden.setting.entry.key))
    return undefined;
  return pathsIn(service, hidden.setting)?.includes(path) ? undefined : hidden.setting;
}

/** The innermost of NoExecPaths= and ExecPaths= decides. Undefined where nothing forbids it, or specifiers decide. */
function noExec(service: Unit, path: HostPath): Setting | undefined {
  let deepest: { setting: Setting; length: number; forbids: boolean } | undefined;
  for (const key of ['NoExecPaths', 'ExecPaths'] as const) {
    for (const setting of listOf(service, 'Service', key)) {
      const paths = pathsIn(service, setting);
      if (!paths) return undefined;
      for (const it of paths)
        if (isWithin(path, it) && it.length >= (deepest?.length ?? 0))
          deepest = { setting, length: it.length, forbids: key === 'NoExecPaths' };
    }
  }
  return deepest?.forbids ? deepest.setting : undefined;
}

function pathsIn(service: Unit, setting: Setting): HostPath[] | undefined {
  const text = expanded(service, setting);
  return text === undefined
    ? undefined
    : splitWords(text)
        .words.map((it) => it.text.replace(/^[-+]*/, '').replace(/:.*$/, ''))
        .filter((it) => it.startsWith('/'))
        .map(hostPath);
}

/** Settings that bring something else into the root, so that nobody can tell from the host what is there. */
const BROUGHT = [
  ...['RootImage', 'MountImages', 'BindPaths', 'BindReadOnlyPaths', 'ExtensionImages', 'ExtensionDirectories'],
  ...['RootOverlay', 'RootMStack'],
];

function ownRoot(service: Unit): { path: HostPath; setting: Setting } | undefined {
  const setting = settingOf(service, 'Service', 'RootDirectory');
  const text = setting && expanded(service, setting);
  if (!text?.startsWith('/') || BROUGHT.some((it) => listOf(service, 'Service', it).length > 0)) return undefined;
  const path = hostPath(text);
  return path === '/' ? undefined : { path, setting: setting! };
}

/** A root that is not there itself is one that is still to be made. */
function lacks(host: HostView, root: HostPath, path: HostPath): boolean {
  const folder = host.stat(root);
  const facts = host.stat(joinPath(root, path.slice(1)));
  return folder.known && folder.value?.kind === 'directory' && facts.known && !facts.value;
}
