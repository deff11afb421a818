/** The user's settings, checked: what is not understood is left at its default, and said. */

import type { CheckOptions } from '../features/diagnostics.js';
import { allRules } from '../rules/all.generated.js';
import type { Severity } from '../rules/rule.js';

export interface Settings {
  readonly root: string;
  readonly checks: CheckOptions;
}

const SEVERITIES: readonly string[] = ['off', 'error', 'warning', 'information', 'hint'];

/** Reads the value of the section `throughline`. `complain` hears of what is wrong with it. */
export function readSettings(value: unknown, complain: (message: string) => void): Settings {
  const settings = isRecord(value) ? value : {};
  const root = settings.root;
  if (root !== undefined && root !== null && typeof root !== 'string')
    complain('throughline.root must be a text: the path of a folder.');
  const severities: Record<string, Severity | 'off'> = {};
  if (isRecord(settings.checks)) {
    for (const [rule, severity] of Object.entries(settings.checks)) {
      if (!allRules.some((it) => it.id === rule)) complain(`throughline.checks: there is no check "${rule}".`);
      else if (!SEVERITIES.includes(String(severity)))
        complain(`throughline.checks: ${rule} is one of ${SEVERITIES.join(', ')}.`);
      else severities[rule] = severity as Severity | 'off';
    }
  }
  return { root: typeof root === 'string' ? root : '', checks: { severities } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
