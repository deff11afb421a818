import type { AppServer } from '../../apps/appCommand.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { type Entry, placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { listOf, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** What gunicorn does with signals that do not stop it: docs/content/signals.md and Arbiter.SIGNALS in gunicorn/arbiter.py. */
const GUNICORN: Readonly<Record<string, string>> = {
  HUP: 'reads its configuration anew',
  USR1: 'opens its logs anew',
  USR2: 'starts a second master',
  TTIN: 'starts one more worker',
  TTOU: 'ends one worker',
  WINCH: 'ends its workers and stays',
};

/** Servers that leave SIGHUP to the kernel, which ends them. uvicorn minds it where it has several workers. */
const ENDED_BY_HUP: ReadonlySet<AppServer> = new Set([
  'uvicorn',
  'hypercorn',
  'daphne',
  'waitress',
  'flask',
  'http.server',
]);

export default defineRule({
  id: 'deployment/wrong-signal',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    stays:
      'systemctl stop sends {signal}, on which gunicorn {does}: {unit} is killed after TimeoutStopSec=, and its requests with it. gunicorn stops gracefully on SIGTERM, which is the default.',
    cuts: 'On {signal} gunicorn stops without waiting for requests that are under way. On SIGTERM, which is the default, it waits for them.',
    ends: 'systemctl reload {unit} ends the service: {signal} {how}. {instead}',
  },
  docs: {
    summary: 'A signal that means something else to the app server.',
    why: 'gunicorn stops gracefully on TERM, at once on INT and QUIT, and reads its configuration anew on HUP. Many servers know no reload; a HUP that nobody handles ends them, and Restart=on-failure takes that for a clean end.',
    bad: `-- etc/systemd/system/app.service --
[Service]
User=app
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
ExecReload=/bin/kill -s TERM $MAINPID
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=app
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
ExecReload=/bin/kill -s HUP $MAINPID
`,
    sources: ['gunicorn, "Signal Handling"', 'signal(7)', 'systemd.kill(5), KillSignal='],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    const { unit, server } = app;
    const name = unit.name.full;
    const related = [{ at: placeOfCommand(app), text: 'the server' }];
    const kill = settingOf(unit, 'Service', 'KillSignal');
    if (kill && server === 'gunicorn' && !app.unwrapped.wrapped) {
      const signal = bare(kill.entry.value);
      const at = placeOfValue(kill.entry);
      const fixes = [
        { title: 'Change to SIGTERM', applicability: 'suggested', edits: [{ at, text: 'SIGTERM' }] },
      ] as const;
      const does = GUNICORN[signal];
      const common = { at, related, fixes };
      if (does !== undefined) report({ ...common, say: 'stays', with: { signal: `SIG${signal}`, does, unit: name } });
      else if (/^(?:INT|QUIT|KILL)$/.test(signal))
        report({ ...common, say: 'cuts', with: { signal: `SIG${signal}` }, severity: 'information' });
    }
    for (const { entry } of listOf(unit, 'Service', 'ExecReload')) {
      const sent = signalSent(entry);
      if (!sent) continue;
      const how = howItEnds(app, sent.signal);
      if (how === undefined) continue;
      const reloads = server === 'gunicorn' || server === 'uwsgi';
      const { at } = sent;
      report({
        at,
        say: 'ends',
        with: {
          unit: name,
          signal: `SIG${sent.signal}`,
          how,
          instead: reloads
            ? 'HUP makes it read its code and configuration anew.'
            : 'Without ExecReload= only a restart takes new code.',
        },
        related,
        fixes:
          reloads && sent.isNamed
            ? [
                {
                  title: 'Send HUP',
                  applicability: 'suggested',
                  edits: [{ at, text: entry.value.slice(sent.start, sent.end).replace(/[A-Z]+$|\d+$/, 'HUP') }],
                },
              ]
            : [],
      });
    }
  },
});

function howItEnds({ server, command, environment }: ServiceApp, signal: string): string | undefined {
  if (signal === 'KILL') return 'ends any process at once';
  if (server === 'uwsgi') return undefined;
  if (signal === 'TERM' || signal === 'INT') return `tells ${server} to stop`;
  if (signal === 'QUIT' && server === 'gunicorn') return 'tells gunicorn to stop';
  if (signal !== 'HUP' || !ENDED_BY_HUP.has(server)) return undefined;
  const workers = command.given.options.some((it) => /^(?:workers|reload)$/.test(it.spec.setting));
  // WEB_CONCURRENCY asks uvicorn for workers as well.
  return workers || environment('WEB_CONCURRENCY') !== undefined
    ? undefined
    : `means nothing to ${server}, and the kernel ends who does not mind it`;
}

interface Sent {
  /** Without `SIG`. */
  readonly signal: string;
  readonly at: ReturnType<typeof placeInValue>;
  /** Of the word that names it, or of the whole command. */
  readonly start: number;
  readonly end: number;
  readonly isNamed: boolean;
}

const NUMBERS: Readonly<Record<string, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  9: 'KILL',
  10: 'USR1',
  12: 'USR2',
  15: 'TERM',
};

/** The signal that a `kill ... $MAINPID` sends; undefined for other commands. */
function signalSent(entry: Entry): Sent | undefined {
  const [command, ...others] = parseCommandLine(entry.value).commands;
  if (!command || others.length > 0 || !/(?:^|\/)kill$/.test(command.program.text)) return undefined;
  if (!command.args.some((it) => /^\$\{?MAINPID\}?$/.test(it.text))) return undefined;
  for (const [i, word] of command.args.entries()) {
    const split = /^(?:-s|--signal)$/.test(word.text) ? command.args[i + 1] : undefined;
    const text = split?.text ?? /^-(?:-signal=)?([A-Z]\w*|\d+)$/i.exec(word.text)?.[1];
    if (text === undefined || text === 's') continue;
    const { start, end } = split ?? word;
    return { signal: bare(text), at: placeInValue(entry, start, end), start, end, isNamed: true };
  }
  const { start, end } = command.program;
  return { signal: 'TERM', at: placeInValue(entry, start, end), start, end, isNamed: false };
}

function bare(signal: string): string {
  return NUMBERS[signal] ?? signal.toUpperCase().replace(/^SIG/, '');
}
