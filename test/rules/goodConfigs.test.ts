/** Configurations as distributions, nginx's documentation and app servers recommend them: nothing is to be said against them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findings, grammars, load } from '../fixture/deployment.js';

beforeAll(grammars);

const folder = new URL('./good/', import.meta.url).pathname;
const names = readdirSync(folder).sort();

function filesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((it) =>
    it.isDirectory() ? filesBelow(join(path, it.name)) : [join(path, it.name)],
  );
}

/** A certificate for those that take TLS: no key stays in the repository. */
function certify(at: string): void {
  mkdirSync(at, { recursive: true });
  const files = ['-keyout', join(at, 'privkey.pem'), '-out', join(at, 'fullchain.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=example.com'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...files], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}

describe.each(names)('%s', (name) => {
  it('gets no warning and no error', () => {
    const root = join(folder, name);
    const files = filesBelow(root).map((path) => ({
      path: path.slice(root.length + 1),
      text: readFileSync(path, 'utf8'),
      attributes: {},
    }));
    const said = findings(load({ files, absent: [] }))
      .filter(({ finding }) => finding.severity === 'error' || finding.severity === 'warning')
      // A fixture's /etc holds nothing but the configuration: what else is there is not the question.
      .filter(({ finding }) => !/^nginx\/(?:missing-file|unknown-user)$|^deployment\//.test(finding.rule))
      .map(({ finding, shown }) => `${shown.file}:${shown.range.start.line + 1} ${finding.rule}: ${finding.message}`);
    expect(said).toEqual([]);
  });

  it.skipIf(!existsSync('/usr/sbin/nginx'))('is loaded by nginx without a warning', () => {
    const copy = mkdtempSync(join(tmpdir(), 'throughline-good-'));
    cpSync(join(folder, name, 'etc/nginx'), copy, { recursive: true });
    certify(join(copy, 'ssl'));
    const { status, stderr } = spawnSync(
      '/usr/sbin/nginx',
      ['-t', '-q', '-p', copy, '-c', 'nginx.conf', '-e', 'stderr'],
      {
        encoding: 'utf8',
      },
    );
    rmSync(copy, { recursive: true });
    expect({
      status,
      warnings: stderr.split('\n').filter((it) => /\[(?:warn|emerg)\]/.test(it) && !/"user" directive/.test(it)),
    }).toEqual({
      status: 0,
      warnings: [],
    });
  });
});
