import { directoryOf } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { isSpecialUnit, isVendorUnit } from '../../catalog/systemd.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { placeOfHeader, placeOfValue } from '../../syntax/unitSyntax.js';
import { unitsNamedIn } from '../../systemd/dependencies.js';
import { expanded, findFragment, isMasked, sectionOf, settingOf, type Unit } from '../../systemd/unit.js';
import { parseUnitName, type UnitName } from '../../systemd/unitName.js';
import { defineRule, type Report } from '../rule.js';

/** Without these units the job fails; without those of the other keys it goes on. */
const NEEDED = ['Requires', 'BindsTo', 'Requisite'];
const WISHED = ['Wants', 'Upholds', 'After', 'Before', 'PartOf', 'OnFailure', 'OnSuccess', 'Conflicts'];

const messages = {
  needed:
    'systemd cannot start {unit}: {key}= needs {name}, and no folder of units has it ("Unit {name} not found"). Create it, or use Wants= if the service works without it.',
  near: 'There is no {name} here: systemd cannot start {unit} without it ("Unit {name} not found"). Is {near} meant?',
  wished: 'There is no {name} here, and {key}= does nothing for a unit that is not there. Is {near} meant?',
  also: 'There is no {name}: systemctl enable {unit} fails to enable it too, and goes on without.',
  triggered:
    '{unit} starts {name}, and there is no such unit: systemd refuses to start {unit}. Create it, or name another with Unit=.',
  nearTriggered: '{unit} starts {name}, and there is no such unit: systemd refuses to start {unit}. Is {near} meant?',
} as const;

export default defineRule({
  id: 'systemd/unknown-unit',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages,
  docs: {
    summary: 'A unit depends on, or starts, a unit that does not exist.',
    why: 'Requires=, BindsTo= and Requisite= of a unit that is not there make each start fail; a timer or path unit without its unit cannot be started. After=, Wants= and their like are skipped in silence, which hides a misspelt name. In a tree that holds a part of a machine only names that nearly are those of a unit in it are reported.',
    bad: `-- etc/systemd/system/app.service --
[Unit]
Requires=databse.service
After=databse.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/database.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Requires=database.service
After=database.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/database.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: [
      'systemd.unit(5), Requires= and After=',
      'timer_start() in src/core/timer.c: "Unit to trigger not loaded."',
      'transaction_add_job_and_dependencies() in src/core/transaction.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'unit' || isMasked(view.unit)) return;
    const { unit, around } = view;
    // Of packages we are told what their authors did not get wrong.
    if (/^(?:\/usr)?\/lib\/systemd\//.test(unit.fragment?.path ?? '')) return;
    const named = [...unitsNamedIn(unit, 'Unit', [...NEEDED, ...WISHED]), ...unitsNamedIn(unit, 'Install', ['Also'])];
    for (const { key, name, at } of named) {
      const absence = absenceOf(unit, name, around);
      if (!absence) continue;
      const { certain } = absence;
      const near = around.unitNear(name.full);
      const words = { unit: unit.name.full, key, name: name.full };
      const fixes = near === undefined ? [] : [renamed(at, near)];
      if (!NEEDED.includes(key)) {
        if (near !== undefined && near !== unit.name.full)
          report({ at, say: 'wished', with: { key, name: name.full, near }, severity: 'hint', fixes });
        else if (key === 'Also' && certain && near === undefined)
          report({ at, say: 'also', with: { name: name.full, unit: unit.name.full }, severity: 'warning' });
      } else if (near !== undefined && near !== unit.name.full)
        report({ at, say: 'near', with: { ...words, near }, severity: certain ? 'error' : 'warning', fixes });
      else if (certain) report({ at, say: 'needed', with: words });
    }
    checkTriggered(unit, around, report);
  },
});

/** Units of these types need a file; the others come from generators, from the kernel or from nothing. */
const WITH_FILE = ['service', 'socket', 'timer', 'path', 'target'];
const GENERATED = ['generator', 'generator.early', 'generator.late'].map((it) => `/run/systemd/${it}`);

/** Undefined where the unit exists or nobody can know. */
function absenceOf(unit: Unit, name: UnitName, around: Surroundings): { readonly certain: boolean } | undefined {
  if (!WITH_FILE.includes(name.type) || isSpecialUnit(name.full) || name.full === unit.name.full) return undefined;
  if (around.hasUnit(name)) return undefined;
  const beside = directoryOf(unit.fragment!.path);
  const fragment = findFragment(around.host, name, beside);
  if (fragment.is !== 'absent') return undefined;
  if (!fragment.certain) return isVendorUnit(name.full) ? undefined : { certain: false };
  // Generators make units at boot, one of them of each script in /etc/init.d.
  for (const folder of [...GENERATED, '/etc/init.d']) {
    const file = folder === '/etc/init.d' ? name.prefix : name.full;
    const there = around.host.stat(`${folder}/${file}` as typeof beside);
    if (!there.known) return { certain: false };
    if (there.value) return undefined;
  }
  return { certain: true };
}

function checkTriggered(unit: Unit, around: Surroundings, report: Report<typeof messages>): void {
  if (unit.name.type !== 'timer' && unit.name.type !== 'path') return;
  if (unit.name.instance === '') return;
  const setting = settingOf(unit, sectionOf(unit), 'Unit');
  const at0 = unit.name.instance === undefined ? '' : `@${unit.name.instance}`;
  const text = setting ? expanded(unit, setting) : `${unit.name.prefix}${at0}.service`;
  const name = text === undefined ? undefined : parseUnitName(text);
  const head = unit.fragment?.sections.find((it) => it.name === sectionOf(unit));
  const absence = name && absenceOf(unit, name, around);
  const at = setting ? placeOfValue(setting.entry) : head && placeOfHeader(head);
  if (!absence || !at) return;
  const near = around.unitNear(name.full);
  const severity = absence.certain ? 'error' : 'warning';
  const words = { unit: unit.name.full, name: name.full };
  if (near === undefined) report({ at, say: 'triggered', with: words, severity });
  else
    report({ at, say: 'nearTriggered', with: { ...words, near }, severity, fixes: setting ? [renamed(at, near)] : [] });
}

function renamed(at: Place, near: string) {
  return { title: `Write ${near}`, applicability: 'suggested', edits: [{ at, text: near }] } as const;
}
