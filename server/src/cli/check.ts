/** `throughline check`: diagnoses and prints; the exit code says how bad it is. */
import { dirname, join, relative } from 'node:path';
import { NEWEST, type NginxTarget, parseNginxVersion } from '../catalog/nginxVersion.js';
import { NEWEST_SYSTEMD, parseSystemdVersion, type SystemdTarget } from '../catalog/systemdVersion.js';
import { severitiesFor } from '../features/audience.js';
import {
  type CheckOptions,
  DEFAULT_CHECKS,
  diagnostics,
  FindingsMemory,
  filesToCheck,
} from '../features/diagnostics.js';
import { type LocatedFinding, located } from '../features/located.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { installedNginxVersion } from '../host/node/nginxProgram.js';
import { installedSystemdVersion } from '../host/node/systemdProgram.js';
import type { Severity } from '../rules/rule.js';
import { loadGrammars } from '../syntax/parsers.js';
import type { Language, Snapshot } from '../workspace/hostSpace.js';
import { isWanted, type LoadedHost, loadHosts, Refusal, settledSnapshot } from './load.js';
import { jsonReport } from './reporters/json.js';
import { prettyReport } from './reporters/pretty.js';
import type { Report } from './reporters/report.js';

export interface CheckArguments {
  readonly root?: string;
  readonly format: 'pretty' | 'json';
  readonly failOn: 'error' | 'warning' | 'information';
  readonly as?: Language;
  readonly nginxVersion?: string;
  readonly nginxModule?: readonly string[];
  readonly systemdVersion?: string;
  readonly pedantic?: boolean;
}

const RANK: Readonly<Record<Severity, number>> = { error: 3, warning: 2, information: 1, hint: 0 };

/** Returns the exit code: 0 nothing at or above the threshold, 1 something, 2 could not run. */
export async function runCheck(paths: readonly string[], args: CheckArguments): Promise<number> {
  try {
    await loadGrammars(readGrammars(__dirname));
    const loaded = loadHosts(paths, args);
    const hosts = await Promise.all(
      loaded.map(async (it) =>
        checkHost(it, {
          ...DEFAULT_CHECKS,
          severities: severitiesFor(args.pedantic ?? false, {}),
          target: await targetOf(it, args),
          systemd: await systemdTargetOf(it, args.systemdVersion),
        }),
      ),
    );
    const report = combined(hosts);
    process.stdout.write(args.format === 'json' ? jsonReport(report) : prettyReport(report, process.stdout));
    for (const { snapshot, loaded } of hosts) {
      for (const { path, why } of snapshot.skipped) {
        if (isWanted(path, loaded.wanted)) process.stderr.write(`throughline: ${path}: ${why}\n`);
      }
    }
    return report.findings.some((it) => RANK[it.severity] >= RANK[args.failOn]) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`throughline: ${error.message}\n`);
    return 2;
  }
}

interface CheckedHost {
  readonly loaded: LoadedHost;
  readonly snapshot: Snapshot;
  readonly files: number;
  readonly findings: readonly LocatedFinding[];
}

/** The version that was asked for, else that of this machine for its own files, else the newest. */
async function targetOf({ space }: LoadedHost, args: CheckArguments): Promise<NginxTarget> {
  const asked = args.nginxVersion;
  const text = asked ?? (space.root === '/' ? await installedNginxVersion() : undefined);
  const version = text === undefined ? undefined : parseNginxVersion(text);
  if (asked !== undefined && !version)
    throw new Refusal(`--nginx-version ${asked}: a version is written as 1.22 or 1.26.3`);
  return { ...NEWEST, ...(version && { version }), modules: args.nginxModule ?? [] };
}

/** Like targetOf(), for systemd. */
export async function systemdTargetOf({ space }: LoadedHost, asked: string | undefined): Promise<SystemdTarget> {
  const text = asked ?? (space.root === '/' ? await installedSystemdVersion() : undefined);
  const version = text === undefined ? undefined : parseSystemdVersion(text);
  if (asked !== undefined && version === undefined)
    throw new Refusal(`--systemd-version ${asked}: a version is written as 252 or 257.4`);
  return version === undefined ? NEWEST_SYSTEMD : { version };
}

function checkHost(loaded: LoadedHost, options: CheckOptions): CheckedHost {
  const memory = new FindingsMemory();
  return settledSnapshot(loaded.space, (snapshot) => {
    const files = [...filesToCheck(snapshot, memory)].filter((it) => isWanted(it, loaded.wanted)).sort();
    const findings = files.flatMap((path) =>
      diagnostics(snapshot, path, memory, options).flatMap((it) => located(snapshot, it) ?? []),
    );
    return { loaded, snapshot, files: files.length, findings };
  });
}

function combined(hosts: readonly CheckedHost[]): Report {
  const origin = new Map(hosts.flatMap((host) => host.findings.map((it) => [it, host] as const)));
  const roots = hosts.map((it) => it.loaded.space.root);
  const root = roots.reduce(commonFolder);
  return {
    root,
    files: hosts.reduce((sum, it) => sum + it.files, 0),
    findings: hosts.flatMap((it) => it.findings),
    relative: (path, finding) => relative(root, join(origin.get(finding)!.loaded.space.root, path)),
    textOf: (path, finding) => origin.get(finding)!.loaded.space.text(path),
  };
}

function commonFolder(a: string, b: string): string {
  let folder = a;
  while (folder !== '/' && b !== folder && !b.startsWith(`${folder}/`)) folder = dirname(folder);
  return folder;
}
