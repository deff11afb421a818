/** The text of a service for a socket that has none, filled with what the deployment shows. */
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import { accepts } from '../systemd/socketActivation.js';
import type { Unit } from '../systemd/unit.js';
import type { Deployment } from './deployment.js';
import { nearModules } from './nearModules.js';
import { findModule } from './pythonFiles.js';

/**
 * A gunicorn service for `socket`. What the files do not tell stands in angle brackets, so that systemd refuses the unit
 * rather than running something that nobody meant.
 */
export function serviceForSocket(socket: Unit, deployment: Deployment): string {
  const project = projectDirectory(deployment);
  const directory = project ?? '/srv/<project>';
  const module = project ? project.slice(project.lastIndexOf('/') + 1) : '<project>';
  const user = project ? /^\/home\/([^/]+)\//.exec(project)?.[1] : undefined;
  return [
    '[Unit]',
    `Description=gunicorn for ${module}`,
    ...(accepts(socket) ? [] : [`Requires=${socket.name.full}`]),
    'After=network.target',
    '',
    '[Service]',
    'Type=notify',
    'NotifyAccess=main',
    `User=${user ?? 'www-data'}`,
    `Group=${user ?? 'www-data'}`,
    `WorkingDirectory=${directory}`,
    `ExecStart=${directory}/venv/bin/gunicorn ${wsgiModule(deployment, project, module)}:application`,
    'ExecReload=/bin/kill -s HUP $MAINPID',
    'KillMode=mixed',
    'TimeoutStopSec=5',
    'PrivateTmp=true',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** Django's own name for it, or what the project has that ends so. */
function wsgiModule({ host }: Deployment, project: HostPath | undefined, name: string): string {
  const usual = `${name}.wsgi`;
  if (!project || findModule(host, [project], usual).is === 'found') return usual;
  return nearModules(host, project, usual).find((it) => it.folder === project)?.module ?? usual;
}

/** The project that nginx serves static files of: most likely the one that the socket is for, if there is just one. */
function projectDirectory(deployment: Deployment): HostPath | undefined {
  const candidates = new Set<HostPath>();
  for (const root of deployment.roots) {
    if (root.prefix === undefined || root.value.includes('$') || !root.value.startsWith('/')) continue;
    const value = hostPath(root.value);
    candidates.add(
      root.directive === 'alias' || /\/(?:static|staticfiles|media|assets)$/.test(value) ? directoryOf(value) : value,
    );
  }
  const [only, ...more] = candidates;
  return more.length === 0 && only && only !== '/' ? only : undefined;
}
