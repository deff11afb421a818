/** What a service's own command line listens on, as far as an app server that we know says so. */
import { type ArgWord, gunicornArgs, readGunicornArgs } from '../apps/gunicorn.js';
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { placeInValue, placeOfValue } from '../syntax/unitSyntax.js';
import { parseCommandLine } from '../systemd/commandLine.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import { assignmentsOf, expanded, listOf, settingOf, type Unit } from '../systemd/unit.js';

export interface ServiceListens {
  /** The app server that the command runs, if we know it. */
  readonly server: 'gunicorn' | undefined;
  readonly addresses: readonly { readonly address: Address; readonly at: Place }[];
}

const NOTHING: ServiceListens = { server: undefined, addresses: [] };

/** Reads the last `ExecStart=` that counts. No addresses when a config file or the environment may decide. */
export function serviceListens(service: Unit, host: HostView): ServiceListens {
  const start = listOf(service, 'Service', 'ExecStart').at(-1);
  const command = start && parseCommandLine(start.entry.value).commands[0];
  if (!start || !command) return NOTHING;
  const words = command.args.map(
    (it): ArgWord => ({ ...it, text: expandSpecifiers(it.text, service.name) ?? it.text }),
  );
  const args = gunicornArgs(command.program.text, words);
  if (!args) return NOTHING;
  const directory = workingDirectory(service);
  const gunicorn = readGunicornArgs(args, directory);
  if (gunicorn.binds.length > 0) {
    const addresses = gunicorn.binds.flatMap((it) =>
      it.address ? [{ address: it.address, at: placeInValue(start.entry, it.word.start, it.word.end) }] : [],
    );
    return { server: 'gunicorn', addresses };
  }
  if (gunicorn.config || environmentMayBind(service) || mayHaveConfigFile(directory, host)) {
    return { server: 'gunicorn', addresses: [] };
  }
  const address: Address = { kind: 'tcp', host: '127.0.0.1', port: 8000 };
  return { server: 'gunicorn', addresses: [{ address, at: placeOfValue(start.entry) }] };
}

function workingDirectory(service: Unit): HostPath | undefined {
  const setting = settingOf(service, 'Service', 'WorkingDirectory');
  if (!setting) return hostPath('/');
  const value = expanded(service, setting)?.replace(/^-/, '');
  return value?.startsWith('/') ? hostPath(value) : undefined;
}

/** GUNICORN_CMD_ARGS and PORT decide the bind; an environment file may hold them. */
function environmentMayBind(service: Unit): boolean {
  if (assignmentsOf(service, 'Service', 'EnvironmentFile').length > 0) return true;
  return listOf(service, 'Service', 'Environment').some((it) => /\b(?:GUNICORN_CMD_ARGS|PORT)=/.test(it.entry.value));
}

/** gunicorn reads gunicorn.conf.py from its working directory: only a host that knows there is none rules it out. */
function mayHaveConfigFile(directory: HostPath | undefined, host: HostView): boolean {
  if (!directory) return true;
  const file = host.stat(joinPath(directory, 'gunicorn.conf.py'));
  return file.known && file.value !== undefined;
}
