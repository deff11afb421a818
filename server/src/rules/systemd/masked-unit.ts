import { directoryOf, type HostPath } from '../../base/hostPath.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { placeOfHeader, placeOfValue } from '../../syntax/unitSyntax.js';
import { unitsNamedIn } from '../../systemd/dependencies.js';
import { activatedService } from '../../systemd/socketActivation.js';
import { expanded, findFragment, isMasked, sectionOf, settingOf, type Unit } from '../../systemd/unit.js';
import { parseUnitName, type UnitName } from '../../systemd/unitName.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/masked-unit',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    needed:
      'systemd cannot start {unit}: {key}= needs {name}, which is masked ({path}). `systemctl unmask {name}`, or Wants= if the service works without it.',
    triggered: 'systemd refuses to start {unit}: {name}, which it starts, is masked ({path}).',
  },
  docs: {
    summary: 'A unit needs, or starts, one that is masked.',
    why: 'A link to /dev/null, or an empty file, masks a unit: nothing can start it, and what requires it fails with "Unit is masked".',
    bad: `-- etc/systemd/system/app.service --
[Unit]
Requires=cache.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/cache.service link=/dev/null --
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Wants=cache.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/cache.service link=/dev/null --
`,
    sources: ['systemctl(1), mask', 'transaction_add_job_and_dependencies() in src/core/transaction.c'],
  },

  check(view, report) {
    if (view.part !== 'unit' || isMasked(view.unit) || !view.unit.fragment) return;
    const { unit, around } = view;
    const { path } = view.unit.fragment;
    if (/^\/(?:usr\/)?lib\/systemd\//.test(path)) return;
    const words = { unit: unit.name.full };
    for (const { key, name, at } of unitsNamedIn(unit, 'Unit', ['Requires', 'BindsTo', 'Requisite'])) {
      const mask = maskOf(name, directoryOf(path), around);
      if (mask !== undefined) report({ at, say: 'needed', with: { ...words, key, name: name.full, path: mask } });
    }
    const triggered = triggeredBy(unit);
    const mask = triggered && maskOf(triggered, directoryOf(path), around);
    const setting = settingOf(unit, sectionOf(unit), unit.name.type === 'socket' ? 'Service' : 'Unit');
    const head = unit.fragment?.sections.find((it) => it.name === sectionOf(unit));
    const at = setting ? placeOfValue(setting.entry) : head && placeOfHeader(head);
    if (at && mask !== undefined)
      report({ at, say: 'triggered', with: { ...words, name: triggered!.full, path: mask } });
  },
});

/** The service of a socket, and what a timer or path unit starts. */
function triggeredBy(unit: Unit): UnitName | undefined {
  if (unit.name.instance !== undefined) return undefined;
  if (unit.name.type === 'socket') {
    const service = activatedService(unit)?.name;
    return service?.instance === undefined ? service : undefined;
  }
  if (unit.name.type !== 'timer' && unit.name.type !== 'path') return undefined;
  const setting = settingOf(unit, sectionOf(unit), 'Unit');
  const text = setting ? expanded(unit, setting) : `${unit.name.prefix}.service`;
  return text === undefined ? undefined : parseUnitName(text);
}

/** What masks the unit: the first file of its name along the load path, if it is a link to /dev/null or empty. */
function maskOf(name: UnitName, beside: HostPath, around: Surroundings): HostPath | undefined {
  const fragment = findFragment(around.host, name, beside);
  if (fragment.is !== 'found') return undefined;
  const facts = around.host.stat(fragment.path);
  if (facts.known && facts.value?.real === '/dev/null') return fragment.path;
  // What stands in an editor counts, so the file's size on the disk does not.
  const service = around.service(name.full);
  return service && isMasked(service) ? service.fragment?.path : undefined;
}
