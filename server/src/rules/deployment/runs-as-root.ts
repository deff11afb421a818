import { unwrap } from '../../apps/wrappers.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { placeOfCommand } from '../../deployment/serviceApp.js';
import { isStarted, sees } from '../../deployment/startOf.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/runs-as-root',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    root: '{unit} has no User=, so {program} answers the network as root: a hole in the app is one in the whole machine. Give it a user of its own, or DynamicUser=yes.',
  },
  docs: {
    summary: 'An app that answers requests, and runs as root.',
    why: 'Without User= a service runs as root. App servers need no rights of root behind nginx: ports above 1023 and sockets in a RuntimeDirectory= are open to any user.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=app
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
`,
    sources: ['systemd.exec(5), User= and DynamicUser='],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const unit = view.service;
    const of = (key: string) => settingOf(unit, 'Service', key)?.entry.value;
    if (of('User') !== undefined || isOn(of('DynamicUser')) || of('PrivateUsers') !== undefined) return;
    if (sees(unit) === 'own') return;
    const app = view.around.app(unit.name.full);
    if (app ? changesUser(app) : false) return;
    const found = app ? { name: app.server, at: placeOfCommand(app) } : runtimeOf(unit);
    if (found) report({ at: found.at, say: 'root', with: { unit: unit.name.full, program: found.name } });
  },
});

/** Whether the server itself goes on as another user: its options, or configuration that we do not read. */
function changesUser({ server, command, open }: ServiceApp): boolean {
  if (server === 'php-fpm') return true;
  if (server === 'uwsgi')
    return (
      command.given.options.some((it) =>
        /^(?:uid|ini|yaml|yml|xml|json|emperor|emperor-tyrant)$/.test(it.spec.setting),
      ) ||
      open ||
      command.binds.some((it) => it.socket?.user !== undefined)
    );
  if (command.given.options.some((it) => /^(?:user|uid)$/.test(it.spec.setting))) return true;
  const user = command.settings?.of('user');
  return user !== undefined && user.source !== 'default';
}

/** Runtimes of apps that people write, and that answer requests as often as not. */
const RUNTIMES = /^(?:node|nodejs|npm|yarn|pnpm|bun|deno|java|dotnet)$/;

function runtimeOf(unit: Unit) {
  if (listOf(unit, 'Service', 'Type').at(-1)?.entry.value === 'oneshot') return undefined;
  const start = listOf(unit, 'Service', 'ExecStart').at(-1);
  const command = start && parseCommandLine(start.entry.value).commands[0];
  const run = command && !/[@+!]/.test(command.prefixes) ? unwrap(command.program, command.args) : undefined;
  if (!start || !run || !RUNTIMES.test(run.name)) return undefined;
  return { name: run.name, at: placeInValue(start.entry, run.program.start, run.program.end) };
}
