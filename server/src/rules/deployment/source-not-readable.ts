import { lastValue } from '../../apps/options.js';
import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { appModule, appSpec, djangoSettings } from '../../deployment/appModule.js';
import { serviceIdentity } from '../../deployment/identity.js';
import { may, obstacleAbove, ownershipInFiles, ownershipText, READ } from '../../deployment/rights.js';
import { hasOwnRoot, hiddenBy } from '../../deployment/sandbox.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { isStarted } from '../../deployment/startOf.js';
import type { HostView } from '../../host/host.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/source-not-readable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    file: '{server} will exit at its start: {user} may not read {blocked} ({ownership}).',
    directory: '{server} will exit at its start: {user} may not enter {blocked} ({ownership}) on the way to {file}.',
  },
  docs: {
    summary: "A file of the app, or of its server's settings, that the service's user may not read.",
    why: 'The app is read as User=. Python then stops with PermissionError, or finds no module behind a closed directory; the server exits, and nginx answers 502. Files that root has cloned or copied with a strict umask are like that.',
    bad: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
app:x:990:990::/srv/app:/usr/sbin/nologin
-- etc/group --
root:x:0:
app:x:990:
-- etc/systemd/system/app.service --
[Service]
User=app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/wsgi.py mode=600 owner=0:0 --
application = make()
`,
    good: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
app:x:990:990::/srv/app:/usr/sbin/nologin
-- etc/group --
root:x:0:
app:x:990:
-- etc/systemd/system/app.service --
[Service]
User=app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/wsgi.py mode=640 owner=0:990 --
application = make()
`,
    sources: ['path_resolution(7), "Permissions"', 'FileLoader.get_data() in importlib/_bootstrap_external.py'],
  },

  check(view, report) {
    if (view.part !== 'app' || !isStarted(view.app.unit)) return;
    const { app, around } = view;
    const { host } = around;
    const { unit } = app;
    const who = serviceIdentity(unit, host);
    // A capability may override the bits; who starts as root may read all, whatever its workers become.
    if (!who || who.user === 0 || hasOwnRoot(unit) || settingOf(unit, 'Service', 'AmbientCapabilities')) return;
    const at = appSpec(app)?.at;
    for (const file of at ? filesOf(app, host) : []) {
      if (hiddenBy(unit, file)) continue;
      const names = { server: app.server, user: who.name };
      const found = obstacleAbove(who, file, host, (it) => around.madeDirectory(it)?.ownership);
      if (found) {
        const ownership = ownershipText(found.ownership, host);
        const severity = found.verdict === 'no' ? ('error' as const) : ('warning' as const);
        // The way to the directory it starts in is another rule's.
        if (!`${app.workingDirectory ?? ''}/`.startsWith(`${found.path}/`))
          report({ at: at!, say: 'directory', with: { ...names, blocked: found.path, ownership, file }, severity });
        return;
      }
      const owner = ownershipInFiles(host, file);
      const verdict = owner && may(who, owner, READ);
      if (!owner || (verdict !== 'no' && verdict !== 'likely-no')) continue;
      const severity = verdict === 'no' ? ('error' as const) : ('warning' as const);
      const ownership = ownershipText(owner, host);
      report({ at: at!, say: 'file', with: { ...names, blocked: file, ownership }, severity });
      return;
    }
  },
});

/** What the server reads before it answers: its settings, the app's module, and Django's settings. */
function filesOf(app: ServiceApp, host: HostView): HostPath[] {
  const { directory, given } = app.command;
  const named = app.server === 'gunicorn' ? lastValue(given, 'config')?.text.replace(/^file:/, '') : undefined;
  const isPath = named !== undefined && !/^python:|\$/.test(named);
  const config = !isPath
    ? undefined
    : named.startsWith('/')
      ? hostPath(named)
      : directory && joinPath(directory, named);
  const found = appModule(app, host);
  const settings = djangoSettings(app, host);
  return [
    ...(config && isThere(host, config) ? [config] : []),
    ...(found.is === 'found' ? [found.file.path] : []),
    ...(settings ? [settings.file.path] : []),
  ];
}

function isThere(host: HostView, path: HostPath): boolean {
  const facts = host.stat(path);
  return facts.known && facts.value?.kind === 'file';
}
