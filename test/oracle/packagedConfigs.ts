/**
 * The nginx configurations of the Debian packages in nginxPackages.txt (`package path` on each line), made to fit this
 * machine: what a file names and nobody has here, certificates, includes, hosts and users, gives way to what is here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { NginxContext } from '../../server/src/catalog/nginx.js';
import { unpacked } from './debs.js';
import { AROUND, askNginx } from './nginxProbe.js';

export interface PackagedConfig {
  readonly package: string;
  readonly path: string;
  readonly text: string;
}

const LIST = readFileSync(new URL('nginxPackages.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((it) => it.split(' ') as [name: string, path: string]);

export function packagedConfigs(): PackagedConfig[] {
  return unpacked([...new Set(LIST.map(([name]) => name))], (name, folder) =>
    LIST.filter((it) => it[0] === name).flatMap(([, path]) => {
      const text = textOf(join(folder, path));
      return text === undefined ? [] : [{ package: name, path, text }];
    }),
  );
}

function textOf(path: string): string | undefined {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)).toString('utf8') : undefined;
}

export interface Fitted {
  /** With all around it that makes a main file. */
  readonly text: string;
  readonly context: NginxContext;
}

const CONTEXTS: readonly NginxContext[] = ['main', 'http', 'server', 'location', 'stream', 'upstream'];

/** What stands in main files only. */
const MAIN = /^\s*(?:http|events|stream|mail|user|worker_processes)\b/m;

/** The configuration where nginx takes it; otherwise what nginx says of it where it gets furthest. */
export async function fitted(config: PackagedConfig): Promise<Fitted | { readonly refused: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-fit-'));
  try {
    let furthest = { line: -1, words: '' };
    for (const context of CONTEXTS) {
      const [before, after] = AROUND[context]!;
      if (context === 'main' && !MAIN.test(config.text)) continue;
      // The probe brings a pid file and the modules; some examples leave events out.
      let text =
        context === 'main'
          ? config.text.replace(/^[ \t]*(?:pid\s|include \/etc\/nginx\/modules-enabled)[^;]*;/gm, '') +
            (/^\s*events\b/m.test(config.text) ? '' : after)
          : before + config.text + after;
      for (let round = 0; round < 40; round++) {
        const [verdict] = await askNginx([text]);
        if (!verdict!.refuses) return { text, context };
        if (verdict!.line > furthest.line) furthest = verdict!;
        const next = without(text, verdict!.words, folder);
        if (next === undefined || next === text) break;
        text = next;
      }
    }
    return { refused: furthest.words };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A certificate or its key, made when the first is needed. */
function certificate(directive: string, folder: string): string {
  const [certificate, key] = [join(folder, 'site.pem'), join(folder, 'site.key')];
  const made = ['-keyout', key, '-out', certificate, '-subj', '/CN=site.test'];
  if (!existsSync(key)) spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...made]);
  return directive.endsWith('_key') ? key : certificate;
}

/** The text without the one thing that nginx could not find here; undefined if it is something else that it refuses. */
function without(text: string, words: string, folder: string): string | undefined {
  const host = /host not found in [^"]*"([^":/]+)/.exec(words)?.[1];
  if (host) return text.replaceAll(host, '127.0.0.1');
  const user = /getpwnam\("([^"]*)"\)/.exec(words)?.[1];
  if (user) return text.replace(/^\s*user\s[^;]*;/m, 'user www-data;');
  const path =
    /(?:open|mkdir|BIO_new_file|fopen|stat)\(\)? ?"?([^" ]+)"? failed|cannot load certificate(?: key)? "([^"]+)"/.exec(
      words,
    );
  const missing = path?.[1] ?? path?.[2];
  if (missing === undefined) return undefined;
  const line = text
    .split('\n')
    .find((it) => it.includes(missing) || it.includes(missing.slice(missing.lastIndexOf('/') + 1)));
  const name = line && /^\s*(?:.*[{;]\s*)?([a-z_]+)\s/.exec(line)?.[1];
  if (!line || !name) return undefined;
  if (name === 'ssl_dhparam') return text.replace(line, '');
  if (/^ssl_(?:certificate|certificate_key|trusted_certificate|client_certificate)$/.test(name))
    return text.replace(line, line.replace(/^(\s*\w+\s+)[^;]+/, `$1${certificate(name, folder)}`));
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  return text.replace(line, line.replace(/^(\s*\w+\s+)[^\s;]+/, `$1${empty}`));
}
