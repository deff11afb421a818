import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';

interface Language {
  readonly id: string;
  readonly extensions?: readonly string[];
  readonly filenames?: readonly string[];
  readonly filenamePatterns?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
const languages: readonly Language[] = manifest.contributes.languages;

/**
 * The language that VS Code gives a path, by its order: a file name, then the longest glob (against the whole path when
 * it holds a slash), then the longest extension; case does not count. See its languagesAssociations.ts.
 */
function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const matches = (glob: string) =>
    picomatch(glob.toLowerCase(), { dot: true, posix: true })(glob.includes('/') ? path.toLowerCase() : name);
  const longest = (list: (language: Language) => readonly string[] | undefined, fits: (item: string) => boolean) =>
    languages
      .flatMap((language) => (list(language) ?? []).filter(fits).map((item) => ({ id: language.id, item })))
      .sort((a, b) => b.item.length - a.item.length)[0]?.id;
  return (
    languages.find((language) => language.filenames?.some((file) => file.toLowerCase() === name))?.id ??
    longest((language) => language.filenamePatterns, matches) ??
    longest(
      (language) => language.extensions,
      (extension) => name.endsWith(extension.toLowerCase()),
    )
  );
}

describe('which files are nginx', () => {
  it.each([
    '/etc/nginx/nginx.conf',
    '/home/me/app/nginx.conf',
    '/home/me/app/deploy/site.nginx',
    '/home/me/app/deploy/site.nginxconf',
    '/home/me/app/deploy/site.nginx.conf',
    '/home/me/app/deploy/nginx.prod.conf',
    '/home/me/app/deploy/nginx_site.conf',
    '/home/me/app/deploy/app-nginx.conf',
    '/etc/nginx/conf.d/default.conf',
    '/etc/nginx/conf.d/proxy.inc',
    '/usr/local/openresty/nginx/conf/site.conf',
    '/etc/openresty/site.conf',
    '/etc/nginx/templates/default.conf.template',
    '/etc/nginx/sites-available/django',
    '/repo/hosts/web2/etc/nginx/sites-enabled/django',
    '/repo/deploy/sites-available/app',
    '/etc/nginx/snippets/ssl-params',
    '/opt/homebrew/etc/nginx/servers/app',
    '/etc/nginx/modules-enabled/50-mod-stream.conf',
    '/etc/nginx/fastcgi_params',
    '/repo/fastcgi_params',
    '/etc/nginx/proxy_params',
    '/etc/nginx/uwsgi_params',
    '/etc/nginx/scgi_params',
    '/etc/nginx/fastcgi.conf',
    '/etc/nginx/mime.types',
    '/usr/local/nginx/conf/koi-win',
  ])('%s', (path) => expect(languageOf(path)).toBe('nginx'));
});

const unitTypes = 'service socket timer path mount automount swap slice scope target device'.split(' ');
const networkTypes = 'network netdev link'.split(' ');
const quadletTypes = 'container pod volume network kube image build'.split(' ');

describe('which files are units', () => {
  it.each([
    ...unitTypes.map((type) => `/etc/systemd/system/app.${type}`),
    ...unitTypes.map((type) => `/repo/deploy/app.${type}.d/limits.conf`),
    ...unitTypes.map((type) => `/usr/lib/systemd/system/${type}.d/10-all.conf`),
    ...unitTypes.map((type) => `/etc/systemd/system/.#app.${type}8f3a2c1d`),
    ...networkTypes.map((type) => `/etc/systemd/network/10-lan.${type}`),
    ...networkTypes.map((type) => `/etc/systemd/network/10-lan.${type}.d/vlan.conf`),
    ...quadletTypes.map((type) => `/etc/containers/systemd/app.${type}`),
    ...quadletTypes.map((type) => `/home/me/.config/containers/systemd/app.${type}.d/10.conf`),
    ...quadletTypes.map((type) => `/repo/quadlets/app.${type}`),
    '/repo/deploy/app.service',
    '/repo/deploy/app@.service',
    '/repo/deploy/app.socket',
    '/repo/deploy/backup.timer',
    '/etc/systemd/nspawn/web.nspawn',
    '/etc/systemd/system/app.service.d/.#override.confab12cd34',
    '/etc/systemd/system/multi-user.target.wants/app.service',
    '/etc/systemd/system/-.slice',
    '/repo/roles/nginx/files/nginx.service.d/override.conf',
    '/etc/systemd/system/nginx.service.d/nginx-limits.conf',
  ])('%s', (path) => expect(languageOf(path)).toBe('systemd'));
});

describe('which files are neither', () => {
  it.each([
    '/etc/redis/redis.conf',
    '/repo/app.conf',
    '/repo/conf.d/app.conf',
    '/etc/apache2/sites-available/000-default.conf',
    '/etc/apache2/conf.d/x.conf',
    '/etc/apache2/mime.types',
    '/repo/src/neural.network',
    '/repo/a.link',
    '/repo/docs/Module.pod',
    '/repo/disk.image',
    '/repo/data.volume',
    '/repo/main.build',
    '/repo/variable.scope',
    '/repo/app.d/x.conf',
    '/etc/logrotate.d/nginx',
    '/repo/nginx/README.md',
    '/repo/nginx/Dockerfile',
    '/repo/.#notes.txt',
  ])('%s', (path) => expect(languageOf(path)).toBeUndefined());
});
