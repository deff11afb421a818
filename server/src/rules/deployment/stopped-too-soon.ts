import { placeOfArgWord } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { parseTimeSpan } from '../../systemd/timeSpan.js';
import { expanded, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Seconds: DefaultTimeoutStopSec= as systemd is built. */
const USUAL = 90;

export default defineRule({
  id: 'deployment/stopped-too-soon',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    soon: 'systemd kills {unit} {stop} s after it asked it to stop, while gunicorn lets requests finish for up to {graceful} s (graceful_timeout). Requests that are longer under way are cut off.',
    usual:
      'systemd kills {unit} 90 s after it asked it to stop, unless DefaultTimeoutStopSec= says otherwise, while gunicorn lets requests finish for up to {graceful} s (graceful_timeout). TimeoutStopSec={wanted} leaves it the time.',
  },
  docs: {
    summary: 'systemd kills an app server before the time that it gives its requests to finish.',
    why: 'On a stop or restart gunicorn waits for requests for graceful_timeout; after TimeoutStopSec= systemd sends SIGKILL, and nginx answers 502 for what was under way. Said only where graceful_timeout is set.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --graceful-timeout 120 app.wsgi
TimeoutStopSec=5
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --graceful-timeout 120 app.wsgi
TimeoutStopSec=130
`,
    sources: ['systemd.service(5), TimeoutStopSec=', 'gunicorn/arbiter.py, Arbiter.stop()'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { unit, command } = view.app;
    const graceful = command.settings?.of('graceful_timeout');
    const stop = ['TimeoutStopSec', 'TimeoutSec'].map((key) => settingOf(unit, 'Service', key)).find((it) => it);
    const text = stop && expanded(unit, stop);
    const microseconds = text === undefined ? undefined : parseTimeSpan(text);
    if (!graceful || graceful.source === 'default' || typeof graceful.value !== 'number') return;
    if (!stop) {
      const at = graceful.word ? placeOfArgWord(view.app, graceful.word) : graceful.at;
      const words = { unit: unit.name.full, graceful: graceful.value, wanted: graceful.value + 10 };
      if (at && graceful.value > USUAL) report({ at, say: 'usual', with: words });
      return;
    }
    // Zero is no limit: config_parse_service_timeout().
    if (microseconds === undefined || microseconds === 0n) return;
    const seconds = Number(microseconds / 1_000_000n);
    if (seconds >= graceful.value) return;
    const at = graceful.word ? placeOfArgWord(view.app, graceful.word) : graceful.at;
    report({
      at: placeOfValue(stop.entry),
      say: 'soon',
      with: { unit: unit.name.full, stop: seconds, graceful: graceful.value },
      related: at ? [{ at, text: 'gunicorn is given its time here' }] : [],
      fixes: [
        {
          title: `Let systemd wait ${graceful.value + 10} s`,
          applicability: 'suggested',
          edits: [{ at: placeOfValue(stop.entry), text: String(graceful.value + 10) }],
        },
        ...(graceful.word && seconds > 0
          ? [
              {
                title: `Let gunicorn give its requests ${seconds} s`,
                applicability: 'suggested' as const,
                edits: [{ at: placeOfArgWord(view.app, graceful.word), text: String(seconds) }],
              },
            ]
          : []),
      ],
    });
  },
});
