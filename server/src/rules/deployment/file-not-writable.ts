import type { ArgWord } from '../../apps/argWord.js';
import { lastValue } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import { directoryOf, fileName, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { djangoNeeds } from '../../deployment/djangoFaults.js';
import { type Identity, serviceIdentity } from '../../deployment/identity.js';
import { directoryKeyFor } from '../../deployment/madeDirectories.js';
import {
  ENTER,
  homesAreOwn,
  may,
  type Ownership,
  obstacleAbove,
  ownershipInFiles,
  ownershipText,
  WRITE,
} from '../../deployment/rights.js';
import { hiddenBy, readOnlyBy } from '../../deployment/sandbox.js';
import { showFix } from '../../deployment/sandboxFixes.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { isStarted } from '../../deployment/startOf.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { assign, unitFix } from '../../deployment/unitEdits.js';
import { type HostView, isAbsent } from '../../host/host.js';
import { placeOfEntry, placeOfValue } from '../../syntax/unitSyntax.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Settings of gunicorn that name a file which it opens for writing before it serves anybody. */
const WRITTEN = ['errorlog', 'accesslog', 'pidfile'] as const;

export default defineRule({
  id: 'deployment/file-not-writable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    noDirectory:
      '{unit} fails to start: gunicorn is to write {path}, and {directory} does not exist. Have systemd make it, with LogsDirectory= or RuntimeDirectory=.',
    refused: '{unit} fails to start: {user} may not write {path} ({blocked} is {ownership}).',
    readOnly: '{unit} fails to start: {setting} makes {directory} read-only for it, and gunicorn is to write {path}.',
    temporary:
      '{unit} fails to start: gunicorn makes a temporary file for each worker, and {setting} leaves it no folder for that. PrivateTmp=true gives it one.',
    database:
      'Clients of {view}() will get 500: it asks the database {path}, and {user} may not write {what}. Give it to {user}, or run {unit} as its owner.',
    hidden: '{unit} fails to start: {setting} hides {directory} from it, and gunicorn is to write {path}.',
  },
  docs: {
    summary: 'A log or a pid file that an app server is told to write and cannot.',
    why: "gunicorn opens its log files and its pid file before it starts workers; when that fails it exits. It does so as the service's User=, inside the service's sandbox. Silent where owners in the file tree are not those of a machine.",
    bad: `-- etc/systemd/system/app.service --
[Service]
User=ann
ProtectSystem=strict
PrivateTmp=true
ExecStart=/usr/bin/gunicorn --access-logfile /var/log/app/access.log app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=ann
ProtectSystem=strict
PrivateTmp=true
LogsDirectory=app
ExecStart=/usr/bin/gunicorn --access-logfile /var/log/app/access.log app.wsgi
`,
    sources: ['gunicorn/util.py, check_is_writable()', 'gunicorn/pidfile.py, Pidfile.create()', 'systemd.exec(5)'],
  },

  check(view, report) {
    if (view.part !== 'app' || !isStarted(view.app.unit)) return;
    const { app, around } = view;
    const { unit, command } = app;
    const [need] = djangoNeeds(app, around.host).filter((it) => it.is === 'database');
    if (need) {
      const user = settingOf(unit, 'Service', 'User');
      const what = isAbsent(hostPath(need.what), around.host) ? directoryOf(hostPath(need.what)) : need.what;
      const names = { unit: unit.name.full, view: need.view, path: need.what, user: need.within, what };
      const at = user ? placeOfValue(user.entry) : placeOfCommand(app);
      report({ at, say: 'database', with: names, severity: 'warning' });
    }
    if (app.server !== 'gunicorn') return;
    const who = serviceIdentity(unit, around.host);
    temporaryFiles(app, around.host, report);
    for (const name of WRITTEN) {
      const word = lastValue(command.given, name);
      const configured = word ? undefined : command.settings?.of(name);
      const text = word?.text ?? (configured?.source === 'config' ? configured.value : undefined);
      if (typeof text !== 'string' || text === '-' || text === '' || /[$%]/.test(text)) continue;
      const path = text.startsWith('/') ? hostPath(text) : command.directory && joinPath(command.directory, text);
      if (!path) continue;
      const directory = directoryOf(path);
      const at = word ? placeOfArgWord(app, word) : placeOfCommand(app);
      const known = { unit: unit.name.full, path };
      const mount = hiddenBy(unit, path);
      const sandbox = mount?.setting ?? readOnlyBy(unit, path);
      if (sandbox) {
        const setting = `${sandbox.entry.key}=${sandbox.entry.value}`;
        const related = [{ at: placeOfEntry(sandbox.entry), text: 'this keeps it from writing' }];
        const own = mount
          ? showFix(unit, around.host, mount, directory, 'write')
          : writableFixes(app, around.host, path, word);
        const fixes = [...own, ...journalFix(app, name, word)];
        report({ at, say: mount ? 'hidden' : 'readOnly', with: { ...known, setting, directory }, related, fixes });
        continue;
      }
      if (isMadeByCommand(unit, directory)) continue;
      const fixes = [...makeFix(app, around.host, path, word), ...journalFix(app, name, word)];
      if (isMissing(around, directory)) report({ at, say: 'noDirectory', with: { ...known, directory }, fixes });
      else if (who) {
        const blocked = refusal(who, path, app, around);
        // systemd gives a directory that stands there already to the user, not what is in it.
        const own = blocked?.with.blocked === directory ? fixes : journalFix(app, name, word);
        if (blocked) report({ at, ...blocked, with: { ...known, ...blocked.with }, fixes: own });
      }
    }
  },
});

/**
 * WorkerTmp in gunicorn/workers/workertmp.py: a file in worker_tmp_dir, else where tempfile finds a folder that it can
 * write in: TMPDIR and its kin, /tmp, /var/tmp, /usr/tmp and the current one.
 */
function temporaryFiles(
  app: ServiceApp,
  host: HostView,
  report: (it: {
    at: Place;
    say: 'temporary';
    with: { unit: string; setting: string };
    related: Related;
    fixes: Fix[];
  }) => void,
): void {
  const { unit, command, environment } = app;
  const given = command.settings?.of('worker_tmp_dir');
  if (given?.source !== 'default' || !command.directory) return;
  if (['TMPDIR', 'TEMP', 'TMP'].some((it) => environment(it) !== undefined)) return;
  const folders = [...TEMPORARY, command.directory];
  const settings = folders.map(
    (it) => readOnlyBy(unit, joinPath(it, 'wgunicorn')) ?? hiddenBy(unit, joinPath(it, 'x'))?.setting,
  );
  const [first] = settings;
  if (!first || settings.some((it) => it === undefined)) return;
  const setting = `${first.entry.key}=${first.entry.value}`;
  const related = [{ at: placeOfEntry(first.entry), text: 'this makes them read-only' }];
  const fixes = unitFix('Give it a /tmp of its own: PrivateTmp=true', assign(unit, host, ['PrivateTmp', '=', 'true']));
  report({ at: placeOfCommand(app), say: 'temporary', with: { unit: unit.name.full, setting }, related, fixes });
}

type Related = readonly { readonly at: Place; readonly text: string }[];

/** /usr/tmp is there on no system of today. */
const TEMPORARY = ['/tmp', '/var/tmp'].map(hostPath);

function refusal(who: Identity, path: HostPath, { unit }: ServiceApp, around: Surroundings) {
  if (who.user === 0 || listOf(unit, 'Service', 'AmbientCapabilities').length > 0) return undefined;
  const { host } = around;
  const made = (it: HostPath): Ownership | undefined => around.madeDirectory(it)?.ownership;
  const above = obstacleAbove(who, path, host, made);
  const directory = directoryOf(path);
  const own = made(directory);
  const file = own ? undefined : ownershipInFiles(host, path);
  const blocked = file ? path : directory;
  const ownership = file ?? own ?? ownershipInFiles(host, directory);
  const verdict = above?.verdict ?? (ownership && may(who, ownership, file ? WRITE : WRITE | ENTER));
  if (verdict !== 'no' && verdict !== 'likely-no') return undefined;
  const found = above ?? { path: blocked, ownership: ownership! };
  // A checkout by root looks like this as well.
  if (!above && !own && found.ownership.user === 0 && (found.ownership.mode & 0o777) === (file ? 0o644 : 0o755)) {
    if (!/^\/(?:var\/log|run|etc|usr)(?:\/|$)/.test(found.path) && !homesAreOwn(host)) return undefined;
  }
  return {
    say: 'refused',
    severity: verdict === 'no' ? 'error' : 'warning',
    with: { user: who.name, blocked: found.path, ownership: ownershipText(found.ownership, host) },
  } as const;
}

/** Beside everybody else's files only root may make one; in a directory of its own the service may. */
function ownFix(app: ServiceApp, host: HostView, key: string, path: HostPath, word: ArgWord | undefined): Fix[] {
  const { unit } = app;
  if (!word || settingOf(unit, 'Service', 'PIDFile') || unit.name.instance !== undefined) return [];
  const { prefix } = unit.name;
  const text = `${directoryOf(path)}/${prefix}/${fileName(path)}`;
  const change = assign(unit, host, [key, '+=', prefix]);
  return unitFix(`Write ${text} instead (${key}=${prefix})`, change, { at: placeOfArgWord(app, word), text });
}

/** systemd makes the directory and gives it to the service's user. */
function makeFix(app: ServiceApp, host: HostView, path: HostPath, word: ArgWord | undefined): Fix[] {
  const { unit } = app;
  const directory = directoryOf(path);
  const own = directoryKeyFor(directory);
  if (!own) return [];
  if (own.name === '') return ownFix(app, host, own.key, path, word);
  return unitFix(`Have systemd make it: ${own.key}=${own.name}`, assign(unit, host, [own.key, '+=', own.name]));
}

function writableFixes(app: ServiceApp, host: HostView, path: HostPath, word: ArgWord | undefined): Fix[] {
  const { unit } = app;
  const directory = directoryOf(path);
  const title = `Let it write there: ReadWritePaths=${directory}`;
  // Of two that name the same place the one that forbids wins.
  const isIn = ['ReadOnlyPaths', 'BindReadOnlyPaths'].some((key) =>
    listOf(unit, 'Service', key).some((it) => it.entry.value.split(/\s+/).includes(directory)),
  );
  // Not even the file system lets others than root make files beside everybody else's.
  const isShared = directoryKeyFor(directory)?.name === '' && settingOf(unit, 'Service', 'User') !== undefined;
  const open = isIn || isShared ? [] : unitFix(title, assign(unit, host, ['ReadWritePaths', '+=', directory]));
  return [...makeFix(app, host, path, word), ...open];
}

/** gunicorn writes to its standard error, which is the journal. */
function journalFix(app: ServiceApp, name: string, word: ArgWord | undefined): Fix[] {
  if (name === 'pidfile' || !word) return [];
  const title = 'Log to the journal: -';
  return [{ title, applicability: 'suggested', edits: [{ at: placeOfArgWord(app, word), text: '-' }] }];
}

function isMissing(around: Surroundings, directory: HostPath): boolean {
  return !around.madeDirectory(directory) && isAbsent(directory, around.host);
}

/** A command of the unit's own may make the directory: then nothing is said. */
function isMadeByCommand(unit: Unit, directory: HostPath): boolean {
  return listOf(unit, 'Service', 'ExecStartPre').some(
    (it) => it.entry.value.includes(directory) || /\.sh\b|\$/.test(it.entry.value),
  );
}
