import type { Fix } from '../../base/fix.js';
import { type HostPath, hostPath } from '../../base/hostPath.js';
import { serviceIdentity } from '../../deployment/identity.js';
import { interpretedScript, openedScript } from '../../deployment/interpretedScript.js';
import { missingModule } from '../../deployment/nodeModules.js';
import { folderWith, startFaultOf } from '../../deployment/nodeStart.js';
import { may, obstacleAbove, ownershipInFiles, ownershipText, READ } from '../../deployment/rights.js';
import { hasOwnRoot, hiddenBy } from '../../deployment/sandbox.js';
import { isConditional, isStarted, isWorkingCopy } from '../../deployment/startOf.js';
import { type Entry, placeOfEntry, placeOfValue } from '../../syntax/unitSyntax.js';
import { workingDirectoryOf } from '../../systemd/effective/processes.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/script-not-run',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing: '{interpreter} will exit at its start: {path} does not exist.',
    atRoot:
      '{interpreter} will exit at its start: without WorkingDirectory= systemd starts it in /, and {path} does not exist.',
    hidden: '{interpreter} will exit at its start: {key}={value} hides {path} from {unit}.',
    file: '{interpreter} will exit at its start: {user} may not read {path} ({ownership}).',
    directory:
      '{interpreter} will exit at its start: {user} may not enter {blocked} ({ownership}) on the way to {path}.',
    module:
      '{interpreter} will exit at its start: {path} needs {module}, and no node_modules here has it. npm ci installs what package.json names.',
    reads: '{interpreter} will exit at its start: {path} reads {wanted}, and there is no such file.',
    readsFrom:
      '{interpreter} will exit at its start: {path} reads {wanted}, and there is no such file. Relative paths begin where the service starts: WorkingDirectory={folder} is where it lies.',
    require:
      '{interpreter} will exit at its start: {path} is an ES module, because {package} says "type": "module", and calls require(), which those have not. Import, or name the file .cjs.',
    own: '{interpreter} will exit at its start: {path} needs {module}, and there is no such file.',
  },
  docs: {
    summary: 'The script that node, a shell or another interpreter is to run is not there, or not for this service.',
    why: 'systemd finds the interpreter and starts it, so systemctl says nothing of a path; the interpreter opens the script by itself, as User=, in the folder and the sandbox of the service, and exits with `Cannot find module` or `No such file or directory`. nginx then answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/node server.js
-- srv/app/server.js --
require('http').createServer((q, s) => s.end()).listen(3000);
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/node server.js
-- srv/app/server.js --
require('http').createServer((q, s) => s.end()).listen(3000);
`,
    sources: [
      'systemd.exec(5), WorkingDirectory=',
      'https://nodejs.org/api/modules.html#all-together',
      'path_resolution(7), "Permissions"',
    ],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    const script = interpretedScript(service);
    if (!script || hasOwnRoot(service) || isConditional(service)) return;
    // Commands before it may fetch or build what is missing now.
    if (listOf(service, 'Service', 'ExecStartPre').length > 0) return;
    const { host } = around;
    const { interpreter, at } = script;
    const hides = hiddenBy(service, script.path);
    if (hides) {
      const directory = workingDirectoryOf(service).value;
      // Where the folder it starts in is hidden, too, that is said already.
      if (directory && hiddenBy(service, directory)) return;
      const { entry } = hides.setting;
      const with_ = { interpreter, key: entry.key, value: entry.value, path: script.path, unit: service.name.full };
      report({ at, say: 'hidden', with: with_, related: [{ at: placeOfEntry(entry), text: 'hides it' }] });
      return;
    }
    const who = serviceIdentity(service, host);
    const overrides = who?.user === 0 || settingOf(service, 'Service', 'AmbientCapabilities') !== undefined;
    if (who && !overrides) {
      const found = obstacleAbove(who, script.path, host, (it) => around.madeDirectory(it)?.ownership);
      if (found) {
        const directory = workingDirectoryOf(service).value;
        if (directory && `${directory}/`.startsWith(`${found.path}/`)) return;
        const with_ = { interpreter, user: who.name, blocked: found.path, path: script.path };
        const ownership = ownershipText(found.ownership, host);
        report({ at, say: 'directory', with: { ...with_, ownership }, severity: severityOf(found.verdict) });
        return;
      }
    }
    const file = openedScript(script, host);
    // Nobody keeps what a relative path names in /, even where a copy of the machine does not say so.
    const homeless = !settingOf(service, 'Service', 'WorkingDirectory');
    const fromRoot = !script.written.startsWith('/') && homeless;
    if (file === 'missing' || (file === undefined && fromRoot)) {
      const severity = isWorkingCopy(host) ? 'hint' : file === undefined ? 'warning' : 'error';
      report({ at, say: fromRoot ? 'atRoot' : 'missing', with: { interpreter, path: script.path }, severity });
      return;
    }
    if (file === undefined) return;
    const owner = ownershipInFiles(host, file);
    const verdict = who && owner && !overrides ? may(who, owner, READ) : undefined;
    if (verdict === 'no' || verdict === 'likely-no') {
      const with_ = { interpreter, user: who!.name, path: file, ownership: ownershipText(owner!, host) };
      report({ at, say: 'file', with: with_, severity: severityOf(verdict) });
      return;
    }
    if (script.endings.length === 0) return;
    const { value: directory } = workingDirectoryOf(service);
    const ends = startFaultOf(file, homeless ? hostPath('/') : directory, host);
    if (ends?.kind === 'require') {
      report({ at, say: 'require', with: { interpreter, path: file, package: ends.package } });
      return;
    }
    const lacks = missingModule(service, file, host);
    if (!lacks) {
      if (!ends) return;
      const folder = ends.relative === undefined ? undefined : folderWith(ends.relative, file, host);
      const names = { interpreter, path: file, wanted: ends.path };
      if (folder === undefined) report({ at, say: 'reads', with: names, severity: 'warning' });
      else
        report({
          at,
          say: 'readsFrom',
          with: { ...names, folder },
          fixes: [startIn(folder, service, at.node as Entry)],
        });
      return;
    }
    const with_ = { interpreter, path: lacks.from, module: lacks.name };
    if (lacks.name.startsWith('.')) report({ at, say: 'own', with: with_ });
    else report({ at, say: 'module', with: with_, severity: lacks.certain ? 'warning' : 'hint' });
  },
});

const severityOf = (verdict: 'no' | 'likely-no') => (verdict === 'no' ? ('error' as const) : ('warning' as const));

function startIn(folder: HostPath, service: Unit, start: Entry): Fix {
  const setting = settingOf(service, 'Service', 'WorkingDirectory');
  const edit = setting
    ? { at: placeOfValue(setting.entry), text: folder }
    : { at: { node: start, start: 0, end: 0 }, text: `WorkingDirectory=${folder}\n` };
  return { title: `Start in ${folder}`, applicability: 'suggested', edits: [edit] };
}
