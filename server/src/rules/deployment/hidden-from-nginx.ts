import { directoryOf, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { moveFix } from '../../deployment/meeting.js';
import { hiddenBy, isTemporary, privateTmp } from '../../deployment/sandbox.js';
import { showFix } from '../../deployment/sandboxFixes.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import type { Setting, Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/hidden-from-nginx',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    files: 'nginx will answer {status}: {setting} in {unit} hides {path} from it.',
    socket: 'nginx will answer 502: {setting} in {unit} hides {path} from it, so it cannot connect.',
  },
  docs: {
    summary: "Static files or a socket in a place that the sandbox of nginx's own service hides.",
    why: 'ProtectHome=, InaccessiblePaths=, TemporaryFileSystem= and PrivateTmp= of nginx.service give nginx another view of the file system: nothing is in these places, whatever ls shows. nginx -t, run from a shell, does not see it.',
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server { root /home/ann/site; }
}
-- etc/systemd/system/nginx.service.d/override.conf --
[Service]
ProtectHome=yes
-- etc/systemd/system/nginx.service --
[Service]
ExecStart=/usr/sbin/nginx
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server { root /home/ann/site; }
}
-- etc/systemd/system/nginx.service.d/override.conf --
[Service]
ProtectHome=read-only
-- etc/systemd/system/nginx.service --
[Service]
ExecStart=/usr/sbin/nginx
`,
    sources: ['systemd.exec(5), ProtectHome=, InaccessiblePaths=, TemporaryFileSystem=, PrivateTmp='],
  },

  check(view, report) {
    if (view.part !== 'root' && view.part !== 'connection') return;
    const { around } = view;
    const nginx = around.service('nginx.service');
    if (!nginx) return;
    const tell = (say: 'files' | 'socket', at: typeof placeAt, path: HostPath): void => {
      const hidden = hiddenFrom(nginx, path, say === 'files');
      if (!hidden) return;
      const { setting, way } = hidden;
      const related = [{ at: placeOfEntry(setting.entry), text: 'hides it' }];
      const known = { setting: `${setting.entry.key}=${setting.entry.value}`, unit: nginx.name.full, path };
      // Only root gets as far as to see that nothing is there.
      const status = way === 'closed' && around.worker()?.user !== 0 ? 403 : 404;
      const fixes = showFix(nginx, around.host, hidden, say === 'files' ? path : directoryOf(path), 'read');
      if (say === 'files') report({ at, say, with: { ...known, status }, related, fixes });
      else report({ at, say, with: known, related, fixes: [...moved(), ...fixes] });
    };
    const moved = () => {
      const listener = view.part === 'connection' ? around.listenersFor(view.connection.address)[0] : undefined;
      return listener ? moveFix(around.connectionsTo(listener.address), listener) : [];
    };
    const placeAt = view.part === 'root' ? view.root.at : view.connection.at;
    if (view.part === 'connection') {
      const { address } = view.connection;
      if (address.kind === 'unix') tell('socket', placeAt, address.path);
      return;
    }
    const { value } = view.root;
    if (value !== '' && !value.includes('$')) tell('files', placeAt, joinPath(around.prefix, value));
  },
});

/** Sockets in a private /tmp are another rule's: there the app may be the one that hides. */
function hiddenFrom(
  nginx: Unit,
  path: HostPath,
  isFile: boolean,
): { setting: Setting; way: 'closed' | 'empty' } | undefined {
  const hidden = hiddenBy(nginx, path);
  const own = isFile && isTemporary(hostPath(path)) ? privateTmp(nginx) : undefined;
  return hidden ?? (own && { setting: own, way: 'empty' });
}
