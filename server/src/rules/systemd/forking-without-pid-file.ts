import { serviceHabit } from '../../deployment/serviceHabit.js';
import { isStarted } from '../../deployment/startOf.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/forking-without-pid-file',
  severity: 'hint',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    guessed:
      'Without PIDFile= systemd guesses which process is the main one of {unit}. Where several stay it finds none, and {consequence}.',
  },
  docs: {
    summary: 'Type=forking without a PIDFile=.',
    why: 'systemd takes the one process that is left for the main one. A daemon with workers leaves several; then nobody notices when the main one ends, Restart= does not work, and $MAINPID is empty in ExecReload=.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=forking
ExecStart=/usr/sbin/appd
Restart=on-failure
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=forking
PIDFile=/run/appd.pid
ExecStart=/usr/sbin/appd
Restart=on-failure
`,
    sources: ['systemd.service(5), Type= and GuessMainPID=', 'service_search_main_pid() in src/core/service.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const unit = view.service;
    const of = (key: string) => settingOf(unit, 'Service', key)?.entry.value;
    const type = settingOf(unit, 'Service', 'Type');
    if (type?.entry.value !== 'forking' || of('PIDFile') !== undefined) return;
    // That these never fork other rules say.
    if (view.around.app(unit.name.full) || serviceHabit(unit)?.habit.runs === 'foreground') return;
    // Who says these has thought of it.
    if (of('GuessMainPID') !== undefined || isOn(of('RemainAfterExit'))) return;
    const restart = of('Restart') ?? 'no';
    const consequence =
      restart !== 'no'
        ? `Restart=${restart} never sees it end`
        : /\$\{?MAINPID/.test(of('ExecReload') ?? '')
          ? '$MAINPID in ExecReload= is empty'
          : 'its end goes unnoticed';
    report({ at: placeOfValue(type.entry), say: 'guessed', with: { unit: unit.name.full, consequence } });
  },
});
