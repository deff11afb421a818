import { dashFault, isForSh } from '../../apps/dashFaults.js';
import { hostPath } from '../../base/hostPath.js';
import { interpretedScript } from '../../deployment/interpretedScript.js';
import { hasOwnRoot } from '../../deployment/sandbox.js';
import { isConditional, isStarted, programsOf } from '../../deployment/startOf.js';
import { type HostView, isText } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/start-script-fails',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    syntax:
      '{unit} will end at its start: {script} is run by /bin/sh, which is dash here, and line {line} ({word}) is no syntax of its own. Begin the script with #!/bin/bash.',
    command:
      '{unit} will end at its start with status 127: {script} is run by /bin/sh, which is dash here and knows no {word} (line {line}). Write a dot for it, or begin the script with #!/bin/bash.',
  },
  docs: {
    summary: 'A start script for /bin/sh that says what only bash understands, on Debian or Ubuntu.',
    why: "Debian's /bin/sh is dash. An array or `function` ends the script where dash reads it; `source` is a command that it does not find, and `set -e` ends the script there. The service fails, and nginx answers 502.",
    bad: `-- etc/os-release --
ID=debian
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/start.sh
-- srv/app/start.sh mode=0755 --
#!/bin/sh
set -e
source /srv/app/venv/bin/activate
exec gunicorn app:app
`,
    good: `-- etc/os-release --
ID=debian
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/start.sh
-- srv/app/start.sh mode=0755 --
#!/bin/sh
set -e
. /srv/app/venv/bin/activate
exec gunicorn app:app
`,
    sources: ['dash(1)', 'https://wiki.debian.org/DashAsBinSh', 'https://wiki.ubuntu.com/DashAsBinSh'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    const { host } = around;
    if (hasOwnRoot(service) || isConditional(service) || !shIsDash(host)) return;
    const given = interpretedScript(service);
    const scripts = programsOf(service).map(({ value, at }) => ({ path: value, at, named: false }));
    if (given?.interpreter === 'sh') scripts.push({ path: given.path, at: given.at, named: true });
    for (const { path, at, named } of scripts) {
      const file = host.read(path);
      if (!file.known || !isText(file.value) || file.value.text.length > 20_000) continue;
      const { text } = file.value;
      const fault = named || isForSh(text) ? dashFault(text) : undefined;
      if (!fault) continue;
      const { word, line } = fault;
      report({ at, say: fault.fault, with: { unit: service.name.full, script: path, word, line } });
    }
  },
});

/** By where /bin/sh leads; else by the system's name, which that of a copy may have to do with: os-release(5). */
function shIsDash(host: HostView): boolean {
  const sh = host.stat(hostPath('/bin/sh'));
  if (sh.known && sh.value) return /\/dash$/.test(sh.value.real);
  const release = host.read(hostPath('/etc/os-release'));
  const text = release.known && isText(release.value) ? release.value.text : '';
  return /^ID(?:_LIKE)?=["']?(?:[\w ]* )?(?:debian|ubuntu)\b/m.test(text);
}
