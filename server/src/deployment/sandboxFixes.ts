/** Repairs of a sandbox that hides what its service needs. */
import type { Fix } from '../base/fix.js';
import type { HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Setting, Unit } from '../systemd/unit.js';
import { type Assignment, assign, unitFix } from './unitEdits.js';

/**
 * Shows a place to a service again. What ProtectHome=tmpfs and TemporaryFileSystem= have emptied can be mounted there; of a
 * place that is closed nothing can be, so the setting itself gives way; what a list closes, somebody has closed on purpose.
 */
export function showFix(
  unit: Unit,
  host: HostView,
  { setting, way }: { readonly setting: Setting; readonly way: 'closed' | 'empty' },
  path: HostPath,
  use: 'read' | 'write',
): Fix[] {
  const { key } = setting.entry;
  const fix = (title: string, ...assignment: Assignment): Fix[] =>
    unitFix(`${title}: ${assignment[0]}=${assignment[2]}`, assign(unit, host, assignment));
  const { full } = unit.name;
  if (way === 'empty' && (key === 'ProtectHome' || key === 'TemporaryFileSystem')) {
    const bind = use === 'read' ? 'BindReadOnlyPaths' : 'BindPaths';
    return fix(`Show ${full} just this place`, bind, '+=', path);
  }
  if (key === 'PrivateTmp') return fix(`Share /tmp with the rest of the machine`, key, '=', 'no');
  if (key !== 'ProtectHome') return [];
  return use === 'read'
    ? fix(`Let ${full} read homes`, key, '=', 'read-only')
    : fix(`Let ${full} use homes`, key, '=', 'no');
}
