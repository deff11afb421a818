/** What keeps a service from running, and nginx from loading its configuration: in the words of the rules that say so. */
import type { HostPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import type { Finding } from '../../rules/rule.js';
import type { Entry } from '../../syntax/unitSyntax.js';
import { filesOf, settingOf, type Unit } from '../../systemd/unit.js';
import type { Snapshot } from '../../workspace/hostSpace.js';
import { type CheckOptions, diagnostics, type FindingsMemory } from '../diagnostics.js';

/** What goes wrong, in a sentence, and where it is written. */
export interface Fault {
  readonly why: string;
  readonly at: Place | undefined;
}

export type Findings = ReadonlyMap<HostPath, readonly Finding[]>;

/** Errors and warnings of all files, as the editor shows them. */
export function allFindings(snapshot: Snapshot, memory: FindingsMemory, options: CheckOptions): Findings {
  const files = [...new Set([...snapshot.nginxFiles, ...snapshot.unitFiles])];
  return new Map(
    files.map((it) => [
      it,
      diagnostics(snapshot, it, memory, options).filter(
        ({ severity }) => severity === 'error' || severity === 'warning',
      ),
    ]),
  );
}

/** Rules that say of a unit's files that its program does not run, or does not stay or listen. */
export const STOPS_SERVICE: ReadonlySet<string> = new Set([
  'systemd/hidden-from-service',
  'systemd/masked-unit',
  'systemd/missing-account',
  'systemd/missing-environment-file',
  'systemd/missing-program',
  'systemd/missing-working-directory',
  'systemd/missing-interpreter',
  'systemd/missing-output-directory',
  'systemd/missing-sandbox-path',
  'systemd/protect-home-hides-path',
  'systemd/nothing-to-start',
  'systemd/refused-combination',
  'systemd/several-exec-start',
  'deployment/app-import-fails',
  'deployment/app-not-found',
  'deployment/bind-not-permitted',
  'deployment/daemon-under-systemd',
  'deployment/refused-option',
  'deployment/file-not-writable',
  'deployment/sandbox-blocks-listener',
  'deployment/php-pool-not-started',
  'deployment/preparation-not-permitted',
  'deployment/script-not-run',
  'deployment/service-not-permitted',
  'deployment/socket-accepts-for-server',
  'deployment/source-not-readable',
  'deployment/start-check-fails',
  'deployment/start-script-fails',
  'deployment/user-not-changeable',
]);

/** What rules say of the answers of an app that does start. */
const ANSWERS: Readonly<Record<string, number>> = {
  'deployment/app-import-fails': 504,
  'deployment/app-raises': 500,
  'deployment/app-runs-itself': 504,
  'deployment/sandbox-blocks-listener': 504,
  'deployment/factory-not-called': 500,
  'deployment/uwsgi-without-app': 500,
  'deployment/wrong-interface': 500,
};

/** What keeps a service from its start is no answer, and the other way round. */
function answersItself(it: Finding): boolean {
  return it.rule in ANSWERS && !stops(it, false);
}

/** The status of every answer of a service's app, where the rules know it, and why. */
export function answerFault(
  findings: Findings,
  service: Unit,
): { status: number; why: string; own?: true } | undefined {
  for (const file of filesOf(service)) {
    const found = findings.get(file.path)?.find((it) => answersItself(it) && concerns(it, service));
    const status = found && ANSWERS[found.rule]!;
    // 504 is nginx's own, when it has waited for long enough.
    if (status) return { status, why: found.message, ...(status === 504 && { own: true }) };
  }
  return undefined;
}

/** The first thing that the rules say against the start of a service. */
export function startFault(findings: Findings, service: Unit, activated: boolean): Fault | undefined {
  for (const file of filesOf(service)) {
    const found = findings
      .get(file.path)
      ?.find(
        (it) =>
          (stops(it, activated) || isGivenUp(it, service) || (file === service.fragment && isNotLoaded(it))) &&
          concerns(it, service),
      );
    if (found) return { why: found.message, at: found.at };
  }
  return undefined;
}

/** What never gets ready is stopped after TimeoutStartSec=; with Restart= it answers again for as long. */
function isGivenUp({ rule }: Finding, service: Unit): boolean {
  if (rule !== 'deployment/start-never-finishes') return false;
  return /^(?:no)?$/.test(settingOf(service, 'Service', 'Restart')?.entry.value ?? '');
}

/** A drop-in that cannot be read is left out, the unit's own file is the unit: unit_load_fragment(), unit_load_dropin(). */
function isNotLoaded({ rule, messageId }: Finding): boolean {
  return rule === 'systemd/unreadable-line' && messageId === 'header';
}

/** What is said of a template's file may hold for other instances. */
function concerns({ instances }: Finding, service: Unit): boolean {
  return instances === undefined || instances.includes(service.name.full);
}

function stops({ rule, at, severity, messageId }: Finding, activated: boolean): boolean {
  if (rule === 'deployment/uwsgi-without-app') return !/^(?:noName|noModule|fails)$/.test(messageId);
  if (rule === 'deployment/app-runs-itself') return messageId === 'blocks';
  if (rule === 'deployment/app-import-fails') return messageId !== 'exitsAgain';
  // It listens, and what comes to it is dropped.
  if (rule === 'deployment/sandbox-blocks-listener') return messageId !== 'denied';
  if (rule === 'deployment/file-not-writable') return messageId !== 'database';
  // A service that inherits its socket does not bind.
  if (rule === 'deployment/bind-not-permitted') return !activated;
  // Of other keys systemd ignores what it refuses.
  if (rule === 'systemd/refused-value')
    return messageId === 'fatal' || (severity === 'error' && /^ExecStart/.test((at.node as Entry).key ?? ''));
  return STOPS_SERVICE.has(rule);
}

/**
 * Errors of nginx's own rules are what nginx refuses to load (the suite test/oracle holds them to it); then a start
 * fails, and a reload leaves the old configuration in force.
 */
export function loadFault(findings: Findings, loaded: ReadonlySet<HostPath>): Fault | undefined {
  for (const [file, found] of findings) {
    const starts = !found.some((it) => it.rule === 'deployment/bind-not-permitted');
    const other = found.find((it) => keepsNginx(it) && (starts || it.rule !== 'deployment/address-taken'));
    if (other) return { why: other.message, at: other.at };
    // What nginx does not read does not matter to it.
    if (!loaded.has(file)) continue;
    const first = found.find(
      (it) => it.rule.startsWith('nginx/') && (it.severity === 'error' || it.rule === 'nginx/module-not-loaded'),
    );
    if (first) return { why: first.message, at: first.at };
  }
  return undefined;
}

/**
 * Services are there before nginx, which then gives up; a name that only a name server may know is no address; and a key
 * has to be that of its certificate, which has to be one.
 */
function keepsNginx({ rule, messageId }: Finding): boolean {
  if (BAD_FOR_NGINX.has(rule)) return true;
  return rule === 'deployment/address-taken' && messageId === 'nginx';
}

const BAD_FOR_NGINX: ReadonlySet<string> = new Set([
  'deployment/key-of-another-certificate',
  'deployment/name-without-address',
  'deployment/no-certificate-in-file',
]);
