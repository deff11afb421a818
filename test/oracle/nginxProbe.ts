/** Small configurations, one question each, asked of `nginx -t` and of our rules. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import type { NginxContext } from '../../server/src/catalog/nginx.js';
import { NEWEST, type NginxTarget, parseNginxVersion } from '../../server/src/catalog/nginxVersion.js';
import { type Found, findings, load } from '../fixture/deployment.js';
import type { FixtureFile } from '../fixture/reader.js';

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
  mail: ['events {}\nmail {\n', '\n}\n'],
  'stream-upstream': ['events {}\nstream { upstream u { server 192.0.2.1:1;\n', '\n} }\n'],
};

export interface Verdict {
  readonly refuses: boolean;
  /** Line of the `[emerg]`, counted from 1 in the text that was asked about; 0 if it names none. */
  readonly line: number;
  readonly words: string;
  /** Whether modules of third parties were loaded. */
  readonly allModules: boolean;
}

/** One nginx that can be asked: the machine's own, or one in the root of another Debian release. */
export interface NginxOracle {
  readonly name: string;
  /** The folder that is its `/`. */
  readonly root: string;
  readonly target: NginxTarget;
}

/** Where `scripts/oracles.mjs` puts the roots of other releases. */
const ORACLES = process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles';

/** The releases that prove nothing about their nginx when they are missing. */
const RELEASES = ['trixie', 'sid'];

/** Every nginx on this machine, the installed one first. In CI none of them may be missing. */
export function nginxOracles(): NginxOracle[] {
  const lacking = RELEASES.filter((it) => !existsSync(join(ORACLES, it, 'usr/sbin/nginx')));
  if (process.env.CI && lacking.length > 0)
    throw new Error(`no nginx of ${lacking.join(', ')}: node scripts/oracles.mjs makes them, and CI needs them`);
  const roots = RELEASES.map((it) => join(ORACLES, it));
  return ['/', ...roots.filter((it) => existsSync(join(it, 'usr/sbin/nginx')))].flatMap((root) => {
    const { stderr } = run(root, ['-v']);
    const text = /nginx\/([\d.]+)/.exec(stderr)?.[1];
    const version = text && parseNginxVersion(text);
    return version ? [{ name: text, root, target: { version } }] : [];
  });
}

export const hasNginx = nginxOracles().length > 0;

function run(root: string, args: readonly string[]) {
  return root === '/'
    ? spawnSync('nginx', args, { encoding: 'utf8' })
    : spawnSync('chroot', [root, 'nginx', ...args], { encoding: 'utf8' });
}

/** The lines that Debian's packages of modules bring, so that their directives are known. */
const MODULES = 'include /etc/nginx/modules-enabled/*.conf; ';

/** Mail and stream alone: loading all of the modules takes ten times as long as all the rest of `nginx -t`. */
const FEW_MODULES = '[0-9][0-9]-mod-mail.conf [0-9][0-9]-mod-stream.conf'
  .split(' ')
  .map((it) => `include /etc/nginx/modules-enabled/${it}; `)
  .join('');

const NEEDS_MORE = /unknown/;

/**
 * Asks nginx about each text, as many at a time as there are processors. `few` leaves out all modules but those of nginx
 * itself, for texts in which no other one has a say.
 */
export async function askNginx(
  texts: readonly string[],
  { root }: Pick<NginxOracle, 'root'> = { root: '/' },
  few: (index: number) => boolean = () => false,
): Promise<Verdict[]> {
  const folder = mkdtempSync(join(root, 'tmp', 'throughline-probe-'));
  const inside = root === '/' ? folder : folder.slice(root.length);
  const verdicts: Verdict[] = new Array(texts.length);
  let next = 0;
  const worker = async (id: number): Promise<void> => {
    const pid = `pid ${inside}/${id}.pid;`;
    for (let i = next++; i < texts.length; i = next++) {
      writeFileSync(join(folder, `${id}.conf`), texts[i]!);
      const path = `${inside}/${id}.conf`;
      const verdict = few(i) ? await ask(root, path, FEW_MODULES + pid) : undefined;
      // Whatever it does not know may be a module's.
      verdicts[i] =
        verdict && !NEEDS_MORE.test(verdict.words)
          ? { ...verdict, allModules: false }
          : { ...(await ask(root, path, MODULES + pid)), allModules: true };
    }
  };
  try {
    await Promise.all(cpus().map((_, id) => worker(id)));
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(root: string, path: string, globals: string): Promise<Omit<Verdict, 'allModules'>> {
  return new Promise((resolve, reject) => {
    const args = ['-t', '-q', '-c', path, '-g', globals];
    const [program, all] = root === '/' ? ['nginx', args] : ['chroot', [root, 'nginx', ...args]];
    const child = spawn(program, all, { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (words += text));
    child.on('error', reject);
    child.on('close', (code) => {
      const said = /\[emerg\].*/.exec(words)?.[0] ?? '';
      const line = Number(new RegExp(`${path}:(\\d+)`).exec(said)?.[1] ?? 0);
      resolve({ refuses: code !== 0, line, words: said.replaceAll(path, 'FILE').replace(/\d+#\d+: /, '') });
    });
  });
}

/** Files of the machine's nginx package that configurations include; we see the same ones. */
const COMPANIONS = [
  'nginx/mime.types',
  'nginx/fastcgi_params',
  'nginx/uwsgi_params',
  'passwd',
  'group',
  'nsswitch.conf',
].map((it) => `etc/${it}`);

function companions(): FixtureFile[] {
  return COMPANIONS.filter((it) => existsSync(`/${it}`)).map((path) => ({
    path,
    text: readFileSync(`/${path}`, 'utf8'),
    attributes: {},
  }));
}

/** Paths in a text that this machine does not have, and the folders above them that it does not have either. */
function absentPaths(text: string, root: string): string[] {
  const absent = new Set<string>();
  for (const [path] of text.matchAll(/(?<=[\s"'])\/(?:etc\/s|var\/)[\w.:=+@~%,/-]*/g)) {
    for (let at = path; at !== '/' && !existsSync(join(root, at)); at = dirname(at)) absent.add(at.slice(1));
  }
  return [...absent];
}

/** What our rules say of a text as the main file; of the disk of an oracle they know where keys and logs are. */
export function askUs(text: string, target: NginxTarget = NEWEST, root?: string): Found[] {
  const files = [
    { path: 'etc/nginx/nginx.conf', text, attributes: {} },
    ...(/\b(?:include|user) /.test(text) ? companions() : []),
  ];
  return findings(load({ files, absent: root === undefined ? [] : absentPaths(text, root) }), target);
}

export function errorsOf(text: string, target: NginxTarget = NEWEST): Found[] {
  return askUs(text, target).filter(({ finding }) => finding.severity === 'error');
}
