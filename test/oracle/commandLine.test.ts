/**
 * Command lines and specifiers against systemd itself: services started by a systemd that is the first process of its own
 * name spaces print the arguments that they were given (`cat` prints the kernel's word, /proc/self/cmdline). Random lines of
 * quotes, escapes, variables, `;` and prefixes; `COMMAND_SEED=7 COMMAND_LINES=300` for others.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyEntry } from '../../server/src/catalog/systemd.js';
import { parseCommandLine } from '../../server/src/systemd/commandLine.js';
import { argumentsOf } from '../../server/src/systemd/effective/commandWords.js';
import { environmentOf } from '../../server/src/systemd/effective/environment.js';
import { expandSpecifiers } from '../../server/src/systemd/specifiers.js';
import { listOf } from '../../server/src/systemd/unit.js';
import { parseUnitName } from '../../server/src/systemd/unitName.js';
import { faultsOf } from '../../server/src/systemd/values/table.js';
import { grammars, load } from '../fixture/deployment.js';
import { randomNumbers } from '../fuzz/edits.js';
import { bootWith, canBoot } from './bootedSystemd.js';

beforeAll(grammars);

const SEED = Number(process.env.COMMAND_SEED ?? 1);
const LINES = Number(process.env.COMMAND_LINES ?? 120);

const PIECES =
  'a|b c|"|\'|"x y"|\'p q\'|\\\\|\\"|\\\'|\\n|\\t|\\s|\\x41|\\101|\\u00e9|\\U0001F600|\\q|\\ |\\;|;;|"; "|$A|${A}|$$A|$${A}|x$A|x${A}y|${B}|$B|$C|${C}|$D|${D}|$UNSET|${UNSET}|${A:-z}|${A-B}|${A|$1|$|$$|${}|$A-b|%%|%n|%p|%i|%%n|é|#|=|A=b|-x|--|\u00a0|~|*|&&|$E|${E}'.split(
    '|',
  );

const ENVIRONMENT = [`Environment="A=one two" B= C='it''s' "D=\\"x y\\" 'z"`, `Environment=E=back\\\\slash\\x20q`];

function lines(): string[] {
  const random = randomNumbers(SEED * 1_000_003);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: LINES }, () => {
    let line = `${pick(['', '', '-', ':', '+', '!', ':-', '@'])}/usr/bin/cat`;
    if (line.startsWith('@')) line += ` ${pick(['zero', '"z e"', '$A', '${A}', 'a\\x41'])}`;
    line += ' -- /proc/self/cmdline ';
    for (let i = 1 + Math.floor(random() * 7); i > 0; i--) line += pick([' ', ' ', ' ', '', '\t']) + pick(PIECES);
    // Now and then a second command.
    const more = random();
    if (more < 0.2) return `${line} ; /usr/bin/cat -- /proc/self/cmdline ${pick(PIECES)}`;
    return more < 0.3 ? `${line}${pick([' ;', ' ; ;', ' ";"', ' \\;'])}` : line;
  });
}

const key = keyEntry('Service', 'ExecStart', 'service')!;
// A line that ends with a backslash would run on, and of refused ones systemd starts nothing.
const isStarted = (line: string): boolean =>
  !/\\$/.test(line) && /\S$/.test(line) && faultsOf(key, line, 'service', 257).every((it) => it.kept);

/** Each command opens its output anew, so it has to append; a `cat` of words that are no files ends with 1. */
const unitOf = (name: string, line: string): string =>
  `SuccessExitStatus=1\nStandardOutput=append:/probe/${name}\n${ENVIRONMENT.join('\n')}\nExecStart=${line}\nExecStopPost=/usr/bin/echo end\n`;

/** What we say that the commands of a line are given, each word ended as in /proc/self/cmdline. */
function ours(name: string, text: string): string | undefined {
  const path = `etc/systemd/system/${name}`;
  const files = [{ path, text: `[Service]\nType=oneshot\n${text}`, attributes: {} }];
  return load({ files, absent: [] }).settle(({ deployment, host }) => {
    const unit = deployment.units.get(name);
    // Not read yet: this runs again.
    if (!unit) return undefined;
    const environment = environmentOf(unit, host);
    const words = listOf(unit, 'Service', 'ExecStart').flatMap(({ entry }) =>
      parseCommandLine(entry.value).commands.flatMap((command) => {
        const args = argumentsOf(command, unit.name, environment).map((it) => it.text);
        return command.prefixes.includes('@') ? args : [command.program.text, ...args];
      }),
    );
    return words.includes(undefined) ? undefined : words.map((it) => `${it}\0`).join('');
  });
}

/** Which of them the files determine, we say; the others depend on the machine. */
const LETTERS = [...'aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY%'];
const NAMES = ['plain', 'two-parts', 'a\\x2db-c', 'tpl@in-st', 'a-b@c\\x20d-e', 'x@y@z'];

describe.skipIf(!canBoot() && !process.env.CI)('command lines by systemd itself', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-commands-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are cut and filled in as we say', async () => {
    const services = new Map<string, string>();
    for (const [i, line] of lines().filter(isStarted).entries()) services.set(`line${i}`, unitOf(`line${i}`, line));
    const specifiers = `/usr/bin/echo ${LETTERS.map((it) => `${it}=%${it}|`).join('')}`;
    for (const name of NAMES) services.set(name, unitOf(name, specifiers));
    const determined = LETTERS.filter((it) => expandSpecifiers(`%${it}`, parseUnitName('a.service')!) !== undefined);
    expect(determined.length).toBeGreaterThan(18);
    const said = await bootWith(folder, services, '', 60);
    const different: string[] = [];
    for (const [name, text] of services) {
      const theirs = said.get(name)?.replace(/end\n$/, '');
      if (NAMES.includes(name)) {
        const unit = parseUnitName(`${name}.service`)!;
        for (const part of theirs?.trimEnd().split('|') ?? ['nothing']) {
          const letter = part.trim()[0];
          if (letter === undefined) continue;
          const mine = expandSpecifiers(`%${letter}`, unit);
          if (mine !== undefined && `${letter}=${mine}` !== part.trim())
            different.push(`${name} %${letter}: ours ${mine}, theirs ${part.trim().slice(2)}`);
        }
        continue;
      }
      const mine = ours(`${name}.service`, text);
      if (mine !== undefined && mine !== theirs)
        different.push(`${text.split('\n')[4]}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(theirs)}`);
    }
    console.log(`${services.size} services, ${different.length} differ`);
    expect(different).toEqual([]);
  });
});
