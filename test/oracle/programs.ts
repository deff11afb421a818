/** The real programs, given a fixture's files as they would see them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { conventionalContext } from '../../server/src/nginx/configuration.js';
import { pathOf } from '../fixture/deployment.js';
import type { FixtureFile } from '../fixture/reader.js';

export interface Verdict {
  readonly refuses: boolean;
  readonly words: string;
}

/** Whether a program can be run here. In CI it must. */
export function isThere(command: string, args: readonly string[]): boolean {
  const there = spawnSync(command, args).error === undefined;
  if (!there && process.env.CI) throw new Error(`${command} is missing, and in CI it must not be`);
  return there;
}

function inFolder<T>(files: readonly FixtureFile[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-oracle-'));
  try {
    for (const { path, text, attributes } of files) {
      const at = join(folder, path);
      mkdirSync(attributes.kind === 'directory' ? at : dirname(at), { recursive: true });
      if (attributes.link) symlinkSync(attributes.link, at);
      else if (attributes.kind !== 'directory') writeFileSync(at, text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What `nginx -t` says. Without a main file, the files below etc/nginx are included in http, where their place belongs.
 */
export function nginxVerdict(files: readonly FixtureFile[]): Verdict {
  return inFolder(files, (folder) => {
    const nginx = join(folder, 'etc/nginx');
    mkdirSync(nginx, { recursive: true });
    const main = join(nginx, 'nginx.conf');
    if (!files.some((it) => it.path === 'etc/nginx/nginx.conf')) {
      const includes = files
        .filter(
          (it) =>
            it.path.startsWith('etc/nginx/') && ['http', 'unknown'].includes(conventionalContext(pathOf(it.path))),
        )
        .map((it) => `include ${join(folder, it.path)};`);
      writeFileSync(main, `events {}\nhttp {\n${includes.join('\n')}\n}\n`);
    }
    // Debian has stream and mail as modules; the rest of them would take away what unknown directives are about.
    const modules = ['stream', 'mail'].filter((it) =>
      files.some(({ text }) => new RegExp(`^${it} \\{`, 'm').test(text)),
    );
    const loads = modules
      .map((it) => `/usr/lib/nginx/modules/ngx_${it}_module.so`)
      .filter((it) => existsSync(it))
      .map((it) => `load_module ${it};`);
    const head = `pid ${folder}/nginx.pid; error_log ${folder}/error.log; ${loads.join(' ')}`;
    const { status, stderr } = spawnSync('nginx', ['-t', '-p', nginx, '-c', main, '-g', head], { encoding: 'utf8' });
    return { refuses: status !== 0, words: stderr };
  });
}

/** What `systemd-analyze verify` says of the units; missing programs and manual pages are not its files' fault. */
export function systemdVerdict(files: readonly FixtureFile[]): Verdict {
  return inFolder(files, (folder) => {
    const units = join(folder, 'etc/systemd/system');
    chmodSync(folder, 0o755);
    const paths = files
      .filter((it) => /^etc\/systemd\/system\/[^/]+$/.test(it.path))
      .map((it) => join(folder, it.path));
    // Templates can only be verified as an instance.
    const named = paths.map((it) => it.replace(/@\.(\w+)$/, '@x.$1'));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...named], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${units}:${folder}/usr/lib/systemd/system:` },
    });
    const words = stderr
      .split('\n')
      .filter((it) => it.includes(folder.slice(1)) || /refusing|not loaded|Bad message|failed to load/i.test(it))
      .filter((it) => !/is not executable|Neither a valid executable/.test(it))
      // What is old, and taken all the same, is at most worth a warning.
      .filter((it) => !/[Pp]lease (?:use|update) |Support for option|below legacy directory/.test(it))
      .join('\n');
    return { refuses: words !== '' || (status ?? 1) > 1, words: stderr };
  });
}
