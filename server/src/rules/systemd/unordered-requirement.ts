import { placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { expandSpecifiers } from '../../systemd/specifiers.js';
import { assignmentsOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/unordered-requirement',
  severity: 'hint',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unit',
  messages: {
    unordered:
      '{key}= alone does not order: systemd starts {other} at the same time as {unit}. Add After={other} if it must be up before.',
    loose:
      'BindsTo= without After={other} is looser than it reads: {unit} may start while {other} is not up yet. With After= it runs only while {other} does.',
  },
  docs: {
    summary: 'A required service without an order to it.',
    why: 'Requirement and order are separate: without After= both are started at once, and this one may run before the other is ready.',
    bad: `-- etc/systemd/system/app.service --
[Unit]
Requires=db.service
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Requires=db.service
After=db.service
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.unit(5), Requires= and After='],
  },

  check({ unit }, report) {
    if (unit.name.type !== 'service') return;
    const ordered = new Set(['After', 'Before'].flatMap((key) => namesIn(unit, key).map((it) => it.name)));
    for (const key of ['Requires', 'BindsTo', 'Requisite']) {
      for (const { name, at } of namesIn(unit, key)) {
        // Sockets, mounts, devices and targets are ordered by rules of their own, as often as not.
        if (!name || ordered.has(name)) continue;
        if (key === 'BindsTo' && /\.(?:mount|device|service|socket)$/.test(name) && !isOwn(unit, name))
          report({ at, say: 'loose', with: { other: name, unit: unit.name.full } });
        else if (key !== 'BindsTo' && name.endsWith('.service'))
          report({ at, say: 'unordered', with: { key, other: name, unit: unit.name.full } });
      }
    }
  },
});

/** A socket is ordered before its service by itself: socket_add_default_dependencies() and unit_trigger_dependency(). */
function isOwn({ name }: Unit, other: string): boolean {
  return other.endsWith('.socket') && other.slice(0, -'.socket'.length) === name.full.slice(0, -'.service'.length);
}

/** The units that a dependency names. An empty assignment does not reset it: config_parse_unit_deps(). */
function namesIn(unit: Unit, key: string) {
  return assignmentsOf(unit, 'Unit', key).flatMap(({ entry }) =>
    splitWords(entry.value).words.map((it) => ({
      name: expandSpecifiers(it.text, unit.name),
      at: placeInValue(entry, it.start, it.end),
    })),
  );
}
