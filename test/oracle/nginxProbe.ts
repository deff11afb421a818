/** Small configurations, one question each, asked of `nginx -t` and of our rules. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NginxContext } from '../../server/src/catalog/nginx.js';
import { type Found, findings, load } from '../fixture/deployment.js';

/** The text around a snippet in a context: everything before it, and everything after it. */
export const AROUND: Readonly<Partial<Record<NginxContext, readonly [before: string, after: string]>>> = {
  main: ['', '\nevents {}\n'],
  events: ['events {\n', '\n}\n'],
  http: ['events {}\nhttp {\n', '\n}\n'],
  server: ['events {}\nhttp { server {\n', '\n} }\n'],
  location: ['events {}\nhttp { server { location /l {\n', '\n} } }\n'],
  limit_except: ['events {}\nhttp { server { location /l { limit_except GET {\n', '\n} } } }\n'],
  lif: ['events {}\nhttp { server { location /l { if ($uri) {\n', '\n} } } }\n'],
  sif: ['events {}\nhttp { server { if ($uri) {\n', '\n} } }\n'],
  upstream: ['events {}\nhttp { upstream u { server 192.0.2.1;\n', '\n} }\n'],
  stream: ['events {}\nstream {\n', '\n}\n'],
  'stream-server': ['events {}\nstream { server { listen 9000;\n', '\n} }\n'],
  'stream-upstream': ['events {}\nstream { upstream u { server 192.0.2.1:1;\n', '\n} }\n'],
};

export interface Verdict {
  readonly refuses: boolean;
  /** Line of the `[emerg]`, counted from 1 in the text that was asked about; 0 if it names none. */
  readonly line: number;
  readonly words: string;
}

/** The lines that Debian's packages of modules bring, so that their directives are known. */
const MODULES = 'include /etc/nginx/modules-enabled/*.conf; ';

/** Asks nginx about each text, as many at a time as there are processors. `files` gives each text its companions. */
export async function askNginx(texts: readonly string[]): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-probe-'));
  const verdicts: Verdict[] = new Array(texts.length);
  let next = 0;
  const worker = async (id: number): Promise<void> => {
    const path = join(folder, `${id}.conf`);
    const globals = `${MODULES}pid ${folder}/${id}.pid;`;
    for (let i = next++; i < texts.length; i = next++) {
      writeFileSync(path, texts[i]!);
      verdicts[i] = await ask(path, globals);
    }
  };
  try {
    await Promise.all(cpus().map((_, id) => worker(id)));
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(path: string, globals: string): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const child = spawn('nginx', ['-t', '-q', '-c', path, '-g', globals], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (words += text));
    child.on('error', reject);
    child.on('close', (code) => {
      const said = /\[emerg\].*/.exec(words)?.[0] ?? '';
      const line = Number(new RegExp(`${path}:(\\d+)`).exec(said)?.[1] ?? 0);
      resolve({ refuses: code !== 0, line, words: said.replaceAll(path, 'FILE') });
    });
  });
}

/** What our rules say of a text as the main file. */
export function askUs(text: string): Found[] {
  return findings(load({ files: [{ path: 'etc/nginx/nginx.conf', text, attributes: {} }], absent: [] }));
}

export function errorsOf(text: string): Found[] {
  return askUs(text).filter(({ finding }) => finding.severity === 'error');
}
