/** What `systemd-analyze verify` and we say of single units. Needs no running systemd: verify loads units by itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Found, findings, load } from '../fixture/deployment.js';
import { systemdAnalyze } from './systemdRoots.js';

export interface UnitText {
  /** Its own name; several units of one run may share it. */
  readonly name: string;
  readonly text: string;
}

export interface UnitVerdict {
  /** Lines, counted from 1, that systemd speaks of. */
  readonly lines: readonly number[];
  /** It refuses the unit without naming a line. */
  readonly refuses: boolean;
  readonly words: readonly string[];
}

/** Names in which nothing depends on the unit's own, so that many can be verified in one run. */
export const isRenamable = (name: string): boolean => /\.(?:service|socket|timer|path|target|slice)$/.test(name);

/** Mounts, automounts and swaps are named after what they mount: each name can stand in a run once. */
export const isProbed = (name: string): boolean => isRenamable(name) || /\.(?:mount|automount|swap)$/.test(name);

function probeName(name: string, index: number): string {
  if (!isRenamable(name)) return name;
  const suffix = name.slice(name.lastIndexOf('.'));
  return `probe${index}${name.includes('@') ? '@x' : ''}${suffix}`;
}

/** Asks for many units at once. A root holds another systemd. */
export function askSystemd(units: readonly UnitText[], root = '', size = 100): UnitVerdict[] {
  const verdicts: UnitVerdict[] = new Array(units.length);
  let open = units.map((_, i) => i);
  while (open.length > 0) {
    const run: number[] = [];
    const names = new Set<string>();
    const later: number[] = [];
    for (const i of open) {
      const name = probeName(units[i]!.name, i);
      if (run.length >= size || names.has(name)) later.push(i);
      else {
        names.add(name);
        run.push(i);
      }
    }
    askSome(
      run.map((i) => units[i]!),
      root,
    ).forEach((verdict, at) => {
      verdicts[run[at]!] = verdict;
    });
    open = later;
  }
  return verdicts;
}

function askSome(units: readonly UnitText[], root: string): UnitVerdict[] {
  const folder = mkdtempSync(join(root || tmpdir(), root ? 'tmp/throughline-units-' : 'throughline-units-'));
  const inside = folder.slice(root.length);
  try {
    const names = units.map((it, i) => probeName(it.name, i));
    const files = names.map((it) => it.replace('@x', '@'));
    units.forEach((it, i) => {
      writeFileSync(join(folder, files[i]!), it.text);
    });
    // Not with --recursive-errors=no: it sets MANAGER_TEST_RUN_IGNORE_DEPENDENCIES, and names in dependencies are not looked at.
    const args = ['verify', '--man=no', ...names.map((it) => join(inside, it))];
    const { stderr } = systemdAnalyze(root, args, { SYSTEMD_UNIT_PATH: `${inside}:` });
    const said = new Map(names.map((it) => [it, { lines: [] as number[], refuses: false, words: [] as string[] }]));
    names.forEach((it, i) => {
      said.set(files[i]!, said.get(it)!);
    });
    for (const line of stderr.split('\n')) {
      const match =
        /^(?:\S*\/)?([\w@.\\:-]+\.[a-z]+)(?::(\d+))?: /.exec(line) ?? /^(?:Unit )?([\w@.\\:-]+\.[a-z]+) /.exec(line);
      const about = match && said.get(match[1]!);
      if (!about || isForeign(line)) continue;
      about.words.push(line);
      if (match[2]) about.lines.push(Number(match[2]));
      else if (/Refusing|bad unit file|not loading/.test(line)) about.refuses = true;
    }
    return names.map((it) => said.get(it)!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is no fault of the unit's text: programs and units that are not here, and notes about what is merely old. */
function isForeign(line: string): boolean {
  return /is not executable|Failed to create|not found|not loaded|file is (?:marked|world)|references a path below legacy|Support for option/.test(
    line,
  );
}

/**
 * Our findings on one unit that stands alone, without those on what its host and the units beside it lack, and on [Install], which verify does not
 * look at: there `systemctl --root enable` is the oracle.
 */
export function askOurselves({ name, text }: UnitText, systemd?: string): Found[] {
  const file = name.includes('@') ? 'probe@.x' : 'probe.x';
  const path = `etc/systemd/system/${isRenamable(name) ? file.replace('.x', name.slice(name.lastIndexOf('.'))) : name}`;
  return findings(load({ files: [{ path, text, attributes: {} }], absent: [], ...(systemd && { systemd }) })).filter(
    ({ finding }) =>
      finding.rule.startsWith('systemd/') &&
      !/missing|absent|unknown-target|unknown-unit|ordering-cycle/.test(finding.rule),
  );
}

/** First and last line, counted from 1, of the assignment that a line belongs to: systemd names the last one. */
export function assignmentAround(lines: readonly string[], line: number): readonly [number, number] {
  const runsOn = (it: string | undefined): boolean => it !== undefined && /(?:^|[^\\])(?:\\\\)*\\$/.test(it);
  const isComment = (it: string | undefined): boolean => it !== undefined && /^\s*[#;]/.test(it);
  let first = line;
  while (first > 1 && (runsOn(lines[first - 2]) || (isComment(lines[first - 2]) && within(first - 1)))) first--;
  let last = line;
  while (last < lines.length && runsOn(lines[last - 1])) last++;
  return [first, last];

  function within(at: number): boolean {
    let above = at;
    while (above > 1 && isComment(lines[above - 1])) above--;
    return runsOn(lines[above - 1]);
  }
}
