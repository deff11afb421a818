/** The user's settings, checked: what is not understood is left at its default, and said. */

import { NEWEST, type NginxTarget, parseNginxVersion } from '../catalog/nginxVersion.js';
import { NEWEST_SYSTEMD, parseSystemdVersion, type SystemdTarget } from '../catalog/systemdVersion.js';
import { severitiesFor } from '../features/audience.js';
import type { CheckOptions } from '../features/diagnostics.js';
import { allRules } from '../rules/all.generated.js';
import type { Severity } from '../rules/rule.js';

export interface Settings {
  readonly root: string;
  readonly checks: CheckOptions;
  /** Undefined: whatever is installed, where that can be asked. */
  readonly target: NginxTarget | undefined;
  readonly hardeningLens: boolean;
  readonly explainLens: boolean;
  /** The systemd that the user named. */
  readonly systemd: SystemdTarget | undefined;
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
  const target = readTarget(settings.nginxVersion, complain);
  const systemd = readSystemd(settings.systemdVersion, complain);
  const modules = readModules(settings.nginxModules, complain);
  const flag = (name: string, usual: boolean): boolean => {
    const given = settings[name] ?? usual;
    if (typeof given !== 'boolean') complain(`throughline.${name} must be true or false.`);
    return typeof given === 'boolean' ? given : usual;
  };
  return {
    root: typeof root === 'string' ? root : '',
    checks: {
      severities: severitiesFor(flag('pedantic', false), severities),
      target: { ...(target ?? NEWEST), modules },
      systemd: systemd ?? NEWEST_SYSTEMD,
    },
    target,
    hardeningLens: flag('hardeningLens', false),
    explainLens: flag('explainLens', true),
    systemd,
  };
}

function readTarget(value: unknown, complain: (message: string) => void): NginxTarget | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const version = typeof value === 'string' ? parseNginxVersion(value) : undefined;
  if (!version) complain('throughline.nginxVersion must be a version such as 1.22 or 1.26.3, or empty.');
  return version && { version };
}

function readModules(value: unknown, complain: (message: string) => void): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((it) => typeof it === 'string')) return value;
  complain('throughline.nginxModules must be a list of names: of modules or of directives.');
  return [];
}

function readSystemd(value: unknown, complain: (message: string) => void): SystemdTarget | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const version = typeof value === 'string' ? parseSystemdVersion(value) : undefined;
  if (version === undefined) complain('throughline.systemdVersion must be a version such as 252 or 257.4, or empty.');
  return version === undefined ? undefined : { version };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
