import { directoryOf } from '../../base/hostPath.js';
import { unitsNamedIn } from '../../systemd/dependencies.js';
import { linkedFrom, startedBy } from '../../systemd/starts.js';
import { isMasked } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/stopped-not-started',
  severity: 'hint',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    partOf:
      '{other} stops and restarts {unit} with it, and does not start it: after `systemctl stop {other}` and `start`, {unit} stays stopped. WantedBy={other} in [Install], or Wants={unit} there, starts it too.',
  },
  docs: {
    summary: 'PartOf= of a unit that does not start this one.',
    why: 'PartOf= hands on stop and restart only. Whoever stops the other unit and starts it again has this one stopped.',
    bad: `-- etc/systemd/system/worker.service --
[Unit]
PartOf=app.service
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=multi-user.target
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/worker.service --
[Unit]
PartOf=app.service
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=app.service
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.unit(5), PartOf='],
  },

  check(view, report) {
    if (view.part !== 'unit' || isMasked(view.unit) || !view.unit.fragment) return;
    const { unit, around } = view;
    // Instances are started by whoever makes them, generators among them.
    if (unit.name.instance !== undefined) return;
    const { path } = view.unit.fragment;
    if (/^\/(?:usr\/)?lib\/systemd\/|^\/run\//.test(path)) return;
    const parts = unitsNamedIn(unit, 'Unit', ['PartOf']);
    if (parts.length === 0) return;
    const wanted = unitsNamedIn(unit, 'Install', ['WantedBy', 'RequiredBy', 'UpheldBy']).map((it) => it.name.full);
    const links = linkedFrom(around.host, unit.name.full, directoryOf(path));
    for (const { name, at } of parts) {
      const other = around.service(name.full);
      // What is not in the tree, and targets of others, may want it all the same.
      if (!other?.fragment || wanted.includes(name.full) || links.includes(name.full)) continue;
      const starts = startedBy(other);
      if (starts.includes(unit.name.full)) continue;
      report({ at, say: 'partOf', with: { unit: unit.name.full, other: name.full } });
    }
  },
});
