/** Services that are not started because another one that they require is not. */
import type { Deployment } from '../../deployment/deployment.js';
import { unitsNamedIn } from '../../systemd/dependencies.js';
import { serviceType } from '../../systemd/serviceType.js';
import type { Unit } from '../../systemd/unit.js';
import { type Fault, type Findings, startFault } from './stops.js';

/**
 * What a service requires and comes after has to be up first: job_finish_and_invalidate() in src/core/job.c fails those
 * that wait for it. A simple one counts as up before its program runs, and without After= nothing is waited for.
 */
export function requirementFault(
  findings: Findings,
  services: Deployment['services'],
  service: Unit,
  seen: ReadonlySet<string> = new Set(),
): Fault | undefined {
  const after = new Set(unitsNamedIn(service, 'Unit', ['After']).map((it) => it.name.full));
  for (const { name, at } of unitsNamedIn(service, 'Unit', ['Requires', 'BindsTo', 'Requisite'])) {
    const required = services.get(name.full);
    if (!required || !after.has(name.full) || seen.has(name.full)) continue;
    const isWaitedFor = /^(?:oneshot|exec|notify|notify-reload|forking)$/.test(serviceType(required));
    const fault =
      (isWaitedFor ? startFault(findings, required, false) : undefined) ??
      requirementFault(findings, services, required, new Set([...seen, name.full]));
    if (fault) return { why: `${service.name.full} requires ${name.full}, which does not start: ${fault.why}`, at };
  }
  return undefined;
}
