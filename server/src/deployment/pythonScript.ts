/** What keeps a Python script from running that a service starts by itself: `python3 app.py`. */
import { directoryOf, type HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { workingDirectoryOf } from '../systemd/effective/processes.js';
import { listOf, type Unit } from '../systemd/unit.js';
import { type ImportFault, importFault } from './importFaults.js';
import { pythonFile } from './pythonFiles.js';
import { serviceEnvironment } from './serviceEnvironment.js';
import { installedBeside } from './sitePackages.js';
import { isMadeForService } from './startOf.js';

/** What ends a script may end it as it was meant. */
const MEANT = new Set(['exits', 'raises']);

/** The first fault of running the file; the interpreter looks first in its folder. */
export function pythonScriptFault(service: Unit, path: HostPath, host: HostView): ImportFault | undefined {
  const file = pythonFile(host, path);
  const environment = serviceEnvironment(service, host);
  if (!file || environment('PYTHONPATH') !== undefined) return undefined;
  const folders = [directoryOf(path)];
  const program = listOf(service, 'Service', 'ExecStart').at(-1)?.entry.value.split(/\s+/)[0] ?? '';
  const installed = installedBeside(program.replace(/^[-:+!|]+/, ''), host);
  const opener = {
    host,
    environment,
    directory: workingDirectoryOf(service).value,
    isMade: (it: HostPath) => isMadeForService(service, it),
    refusedTo: () => undefined,
    closedTo: () => undefined,
  };
  const fault = importFault([{ file, name: '__main__' }], { host, folders, installed, environment, opener });
  return fault && !MEANT.has(fault.fault) ? fault : undefined;
}
