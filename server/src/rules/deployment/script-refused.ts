import type { Fix } from '../../base/fix.js';
import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { Listener } from '../../deployment/deployment.js';
import { missingRequire } from '../../deployment/phpRequires.js';
import { type ScriptRefusal, scriptRefusal } from '../../deployment/phpScript.js';
import { ownersAreReal } from '../../deployment/rights.js';
import { namesIn } from '../../deployment/servedFiles.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { scriptParameter } from '../../nginx/effective/script.js';
import { scriptName } from '../../nginx/effective/scriptName.js';
import { placeOfArg, placeOfHead, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/script-refused',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['fastcgi_pass'],
  messages: {
    unreadable: '{status} for {uri}: {why}.',
    fenced: '{status} for {uri}: {why}. Pool {pool} ({file}) must let PHP open the folder of the site.',
    outside:
      '{status} for {uri}: {why}. Pool {pool} has chroot = {chroot}, so SCRIPT_FILENAME must be a path inside of that.',
    elsewhere:
      '{status} for {uri}: {why}. The file is {there}; $document_root$fastcgi_script_name names it where root has it.',
    otherRoot:
      'PHP will answer "File not found." to {uri}: {there} is below the root of the server, and this root sends PHP to {folder}. Remove this line.',
    requires: 'PHP stops in {script}, which {uri} runs: it requires {path}, and there is no such file.{hint}',
    extension:
      '{status} for {uri}: {why}. Give PHP only scripts, with "location ~ \\.php$", and let nginx send the other files.',
  },
  docs: {
    summary: 'php-fpm may not read the script, does not see it, or takes it for no script.',
    why: "The processes of a pool run as the pool's own user, not as nginx's, see only what is below `chroot`, and run only files with the endings of security.limit_extensions. They answer `Access denied.` or `File not found.`; nginx -t sees nothing of it.",
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location / {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php8.2-fpm.sock;
    }
}
-- srv/site/index.php --
-- srv/site/style.css --
-- etc/systemd/system/php8.2-fpm.service --
[Service]
ExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf
-- etc/php/8.2/fpm/php-fpm.conf --
[www]
user = www-data
listen = /run/php/php8.2-fpm.sock
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location ~ \\.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php8.2-fpm.sock;
    }
}
-- srv/site/index.php --
-- srv/site/style.css --
-- etc/systemd/system/php8.2-fpm.service --
[Service]
ExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf
-- etc/php/8.2/fpm/php-fpm.conf --
[www]
user = www-data
listen = /run/php/php8.2-fpm.sock
`,
    sources: [
      'init_request_info() and fpm_php_limit_extensions() in sapi/fpm/fpm',
      'https://www.php.net/manual/en/install.fpm.configuration.php',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete) return;
    for (const pass of passesIn(server)) {
      const listener = pass.name === 'fastcgi_pass' ? poolBehind(pass, around) : undefined;
      if (!listener) continue;
      const leftOver = listener.pool?.chroot ? undefined : rootLeftOver(server, pass.within, around.host);
      if (leftOver) {
        const { by, ...known } = leftOver;
        const edits = [{ at: placeOfItem(by.item), text: '' }];
        const fixes: Fix[] = [{ title: 'Remove this root', applicability: 'suggested', edits }];
        report({ at: placeOfArg(by.item, 1), say: 'otherRoot', with: known, fixes });
        continue;
      }
      const found = firstRefusal(server, pass, listener, around);
      if (!found) {
        const lacking = firstLacking(server, pass, around);
        if (!lacking) continue;
        const hint = lacking.path.includes('/vendor/') ? ' composer install makes it.' : '';
        // What composer installs is in no checkout.
        const severity = ownersAreReal(around.host) ? 'warning' : 'hint';
        report({ at: placeOfHead(pass.item), say: 'requires', severity, with: { ...lacking, hint } });
        continue;
      }
      const { uri, by, kind, why, status } = found;
      const related = [{ at: listener.at, text: 'the pool' }];
      const known = { uri, why, status };
      if (kind === 'missing')
        report({ at: placeOfArg(by.item, 2), say: 'elsewhere', with: { ...known, there: found.there }, related });
      else if (kind === 'outside') {
        const { name: pool, chroot = '' } = listener.pool!;
        report({ at: placeOfArg(by.item, 2), say: kind, with: { ...known, pool, chroot }, related });
      } else if (kind === 'extension') report({ at: placeOfHead(pass.item), say: kind, with: known, related });
      else if (kind === 'fenced') {
        const { name: pool, file } = listener.pool!;
        report({ at: placeOfHead(pass.item), say: kind, with: { ...known, pool, file }, related });
      } else if (kind === 'unreadable') report({ at: placeOfHead(pass.item), say: kind, with: known, related });
    }
  },
});

/**
 * A location for scripts with a root of its own, below which there is none, while scripts of the server's root come to it:
 * nginx's sample has `root html` there.
 */
function rootLeftOver(server: Block, within: Block, host: HostView) {
  const by = within.first('root');
  const script = scriptParameter(within);
  const above = server.first('root');
  const root = literal(above?.args[0]);
  const written = by?.args[0]?.replace(/\/$/, '');
  if (!by || !root || !written || written.includes('$') || typeof script !== 'object') return undefined;
  if (!/\$(?:document_root|realpath_root|request_filename)\b/.test(script.args[1]!)) return undefined;
  // A relative one starts from a folder that only nginx's build knows, which may be the server's root as well.
  if (hostPath(written) === root || (!written.startsWith('/') && root.endsWith(`/${written}`))) return undefined;
  if (written.startsWith('/') ? !hasNoScripts(hostPath(written), host) : written !== 'html') return undefined;
  const name = namesIn(root, host).find(
    (it) => it.endsWith('.php') && findLocation(server, `/${it}`)?.block === within,
  );
  return name === undefined
    ? undefined
    : {
        by,
        uri: `/${name}`,
        there: hostPath(`${root}/${name}`),
        folder: written.startsWith('/') ? written : "nginx's own html",
      };
}

/** Known to be absent or to hold no script; nginx's own folder holds none unless somebody put it there. */
function hasNoScripts(folder: HostPath, host: HostView): boolean {
  const listed = host.list(folder);
  if (!listed.known) return folder === '/usr/share/nginx/html';
  return !namesIn(folder, host).some((it) => it.endsWith('.php'));
}

/** The only one that answers there. */
function poolBehind(pass: Directive, around: Surroundings): Listener | undefined {
  const found = around.connectionsOf(pass.item).flatMap((it) => around.listenersFor(it.address));
  const [only, ...more] = found;
  return only?.pool && more.length === 0 ? only : undefined;
}

type Found = ScriptRefusal & { readonly uri: string; readonly by: Directive; readonly there: HostPath };

/** A script of the root that comes to this location and requires what is not there. */
function firstLacking(server: Block, { within }: Directive, { host }: Surroundings) {
  const root = inForce(within, 'root');
  const folder = root.directives[0]?.name === 'root' ? literal(root.directives[0].args[0]) : undefined;
  if (!root.certain || !folder) return undefined;
  for (const name of namesIn(folder, host)) {
    const uri = `/${name}`;
    if (!name.endsWith('.php') || name.includes('/') || findLocation(server, uri)?.block !== within) continue;
    const script = hostPath(`${folder}${uri}`);
    const path = missingRequire(script, host);
    if (path !== undefined) return { uri, script, path };
  }
  return undefined;
}

/** Of the files in the root that come to this location, the first that PHP does not run. */
function firstRefusal(server: Block, { within }: Directive, to: Listener, around: Surroundings): Found | undefined {
  const by = scriptParameter(within);
  const root = inForce(within, 'root');
  const folder = root.directives[0]?.name === 'root' ? literal(root.directives[0].args[0]) : undefined;
  if (typeof by !== 'object' || !root.certain || !folder) return undefined;
  for (const name of namesIn(folder, around.host)) {
    const uri = `/${name}`;
    if (findLocation(server, uri)?.block !== within) continue;
    const script = scriptOf(by.args[1]!, within, uri, folder);
    const found = scriptRefusal(to, script, around.host);
    if (found) return { ...found, uri, by, there: hostPath(`${folder}${uri}`) };
  }
  return undefined;
}

const literal = (text: string | undefined): HostPath | undefined =>
  text?.startsWith('/') && !text.includes('$') ? hostPath(text) : undefined;

/** SCRIPT_FILENAME in the words that people use; undefined for others. */
function scriptOf(written: string, block: Block, uri: string, folder: HostPath): string | undefined {
  if (block.directives.some((it) => it.name === 'rewrite' || it.name === 'set' || it.name === 'if')) return undefined;
  const root = folder.replace(/\/$/, '');
  const { name } = scriptName(block, uri);
  const text = written
    .replace(/\$request_filename\b/g, root + uri)
    .replace(/\$(?:document_root|realpath_root)\b/g, root)
    .replace(/\$fastcgi_script_name\b/g, name)
    .replace(/\$(?:document_)?uri\b/g, uri);
  return text.includes('$') ? undefined : text;
}
