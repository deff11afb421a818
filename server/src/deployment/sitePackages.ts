/** Where the interpreter of an app finds installed packages: the folders of a virtual environment, site.py in Python's library. */
import { directoryOf, fileName, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import type { ServiceApp } from './serviceApp.js';

export interface Installed {
  readonly folders: readonly HostPath[];
  /** All that the interpreter looks through is listed: what is in none of the folders is not installed. */
  readonly complete: boolean;
}

const NOTHING: Installed = { folders: [], complete: false };

/** The `bin` folder of a virtual environment holds the program or the interpreter that the service starts. */
export function installedFor(app: ServiceApp, host: HostView): Installed {
  const home = app.command.uwsgi?.home;
  if (home !== undefined) return home.startsWith('/') ? ofEnvironment(hostPath(home), host) : NOTHING;
  const { python, program } = app.unwrapped;
  return installedBeside((python ?? program).text, host);
}

/** What the interpreter finds that is, or lies beside, the program of that path. */
export function installedBeside(started: string, host: HostView): Installed {
  if (!started.startsWith('/')) return NOTHING;
  const bin = directoryOf(hostPath(started));
  if (fileName(bin) !== 'bin') return NOTHING;
  return /^\/(?:usr(?:\/local)?)?\/?bin$/.test(bin) ? ofTheSystem(host) : ofEnvironment(directoryOf(bin), host);
}

/** /usr/lib/python3/dist-packages and /usr/local: Debian's. A user's own folder may bring more, so this is never all. */
function ofTheSystem(host: HostView): Installed {
  const local = host.list(hostPath('/usr/local/lib'));
  const versions = (local.known && local.value?.filter((it) => /^python3\.\d+$/.test(it))) || [];
  const folders = [
    ...versions.map((it) => hostPath(`/usr/local/lib/${it}/dist-packages`)),
    hostPath('/usr/lib/python3/dist-packages'),
  ];
  return { folders, complete: false };
}

function ofEnvironment(root: HostPath, host: HostView): Installed {
  const lib = host.list(joinPath(root, 'lib'));
  const settings = host.read(joinPath(root, 'pyvenv.cfg'));
  const version = (lib.known && lib.value?.find((it) => /^(?:python|pypy)3\.\d+$/.test(it))) || undefined;
  if (version === undefined) return NOTHING;
  const site = joinPath(root, `lib/${version}/site-packages`);
  const names = host.list(site);
  if (!names.known || !names.value) return NOTHING;
  const folders = [site];
  const closed =
    settings.known && isText(settings.value) && !/^include-system-site-packages\s*=\s*true/im.test(settings.value.text);
  // An egg is a package in a file or a folder of its own.
  let complete = closed && !names.value.some((it) => it.endsWith('.egg'));
  for (const name of names.value.filter((it) => it.endsWith('.pth'))) {
    const file = host.read(joinPath(site, name));
    if (!file.known || !isText(file.value)) complete = false;
    else
      for (const line of file.value.text.split(/\r?\n/)) {
        // Lines with `import` are run: setuptools' and virtualenv's own bring no packages, an editable install does.
        if (/^import[ \t]/.test(line)) complete &&= /^(?:distutils-precedence|_virtualenv)\.pth$/.test(name);
        else if (line.trim() !== '' && !line.startsWith('#')) folders.push(joinPath(site, line.trim()));
      }
  }
  return { folders, complete };
}

/** Whether a folder of installed packages holds a top-level package or module of that name; undefined if that is not known. */
export function isInstalled(host: HostView, { folders, complete }: Installed, name: string): boolean | undefined {
  let sure = complete;
  for (const folder of folders) {
    const names = host.list(folder);
    if (!names.known) sure = false;
    else if (names.value?.some((it) => it === name || it.startsWith(`${name}.`))) return true;
  }
  return sure ? false : undefined;
}
