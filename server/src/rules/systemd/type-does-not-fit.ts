import type { Fix } from '../../base/fix.js';
import { serviceHabit } from '../../deployment/serviceHabit.js';
import { isStarted } from '../../deployment/startOf.js';
import { placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { serviceType } from '../../systemd/serviceType.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/type-does-not-fit',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    forking:
      '{unit} will be stopped after its start timeout: Type=forking waits until the first process ends, and {program} stays in the foreground.',
    notify:
      '{unit} will be stopped after its start timeout: Type={type} waits for word from {program}, which sends none.',
    background:
      '{unit} will stop right after its start: with {option} {program} goes to the background, and with Type={type} systemd ends a service whose first process ends.',
  },
  docs: {
    summary: 'Type= expects something else of the program than what it does.',
    why: 'With Type=forking or notify the service stays "activating" until TimeoutStartSec= (90 seconds) has gone, and is killed. With simple or exec a program that goes to the background looks as if it had ended, and systemd kills what is left.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=forking
ExecStart=/usr/bin/node /srv/app/server.js
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=exec
ExecStart=/usr/bin/node /srv/app/server.js
`,
    sources: ['systemd.service(5), Type=', 'service_sigchld_event() in src/core/service.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const unit = view.service;
    // App servers have rules of their own.
    if (view.around.app(unit.name.full)) return;
    const found = serviceHabit(unit);
    if (!found) return;
    const { habit, run, entry } = found;
    const type = serviceType(unit);
    const setting = settingOf(unit, 'Service', 'Type');
    const program = run.name;
    const name = unit.name.full;
    const at = setting && placeOfValue(setting.entry);
    const to = (text: string): Fix[] =>
      at ? [{ title: `Make the service Type=${text}`, applicability: 'suggested', edits: [{ at, text }] }] : [];
    const related = [{ at: placeInValue(entry, run.program.start, run.program.end), text: 'the program' }];
    if (habit.runs === 'foreground' && type === 'forking' && at)
      report({ at, say: 'forking', with: { unit: name, program }, related, fixes: to('exec') });
    else if (habit.notifies === 'never' && /^notify/.test(type) && at)
      report({ at, say: 'notify', with: { unit: name, program, type }, related, fixes: to('exec') });
    else if (habit.runs === 'background' && (type === 'simple' || type === 'exec')) {
      const kill = settingOf(unit, 'Service', 'KillMode')?.entry.value ?? '';
      if (isOn(settingOf(unit, 'Service', 'RemainAfterExit')?.entry.value) || /^(?:process|none)$/.test(kill)) return;
      const word = run.args.find((it) => it.text === habit.because);
      report({
        at: word ? placeInValue(entry, word.start, word.end) : related[0]!.at,
        say: 'background',
        with: { unit: name, program, type, option: habit.because ?? '' },
      });
    }
  },
});
