/**
 * Every rule against its fixtures: the whole truth of what it says, a firing and a silent case, its fixes, and the same
 * again with CRLF, without the last newline and typed in key by key.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { allRules } from '../../server/src/rules/all.generated.js';
import type { Rule } from '../../server/src/rules/rule.js';
import { languageOf } from '../../server/src/workspace/discovery.js';
import { type Found, findings, grammars, load, pathOf } from '../fixture/deployment.js';
import { type Fixture, type FixtureFile, readFixture, readFixtures } from '../fixture/reader.js';

beforeAll(grammars);

const folder = new URL('../../server/src/rules/', import.meta.url).pathname;

/** What a case must say of the rule under test, and of errors whoever reports them. */
function relevant(found: readonly Found[], rule: Rule): Found[] {
  return found.filter(({ finding }) => finding.rule === rule.id || finding.severity === 'error');
}

function described({ finding, shown }: Found): string {
  const { start, end } = shown.range;
  const until = end.line === start.line ? `${end.character}` : `line ${end.line + 1}`;
  return `${shown.file.slice(1)}:${start.line + 1}:${start.character}-${until} ${finding.severity} ${finding.rule}: ${finding.messageId}`;
}

function expectedOf(fixture: Fixture): string[] {
  return fixture.expected
    .filter((mark) => mark.text !== 'related')
    .map(
      (mark) =>
        `${mark.file}:${mark.line + 1}:${mark.start}-${mark.below > 0 ? `line ${mark.line + 1 + mark.below}` : mark.end} ${mark.text}`,
    );
}

const without = (fixture: Fixture, change: (text: string) => string) => ({
  ...fixture,
  files: fixture.files.map((file) => ({ ...file, text: change(file.text) })),
});

/** Types every file into an empty document, a character at a time. */
function typed(fixture: Fixture): Found[] {
  const loaded = load(fixture);
  for (const { path, text } of fixture.files) {
    const language = languageOf(pathOf(path));
    if (!language) continue;
    loaded.space.openDocument(pathOf(path), language, '');
    for (let i = 0; i < text.length; i++) {
      loaded.space.editDocument(pathOf(path), { start: i, oldEnd: i, text: text[i]! });
      // A look in between fills the memories that must not outlive the text that they were made from.
      if (i % 7 === 0) findings(loaded);
    }
  }
  return findings(loaded);
}

function applied(fixture: Fixture, { shown }: Found, index: number): FixtureFile[] {
  const fix = shown.fixes[index]!;
  const files = fixture.files.map((file) => {
    const edits = fix.edits.filter((edit) => edit.file === pathOf(file.path));
    const lineStarts = [0, ...[...file.text.matchAll(/\n/g)].map((match) => match.index + 1)];
    const offset = ({ line, character }: { line: number; character: number }) => lineStarts[line]! + character;
    const sorted = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
    const text = sorted.reduce(
      (now, edit) => now.slice(0, offset(edit.range.start)) + edit.newText + now.slice(offset(edit.range.end)),
      file.text,
    );
    return { ...file, text };
  });
  const created = fix.creates.map((it) => ({ path: it.file.slice(1), text: it.text, attributes: {} }));
  return [...files, ...created];
}

function checkFixes(fixture: Fixture, found: readonly Found[], rule: Rule): void {
  for (const it of found.filter(({ finding }) => finding.rule === rule.id)) {
    it.finding.fixes.forEach((fix, index) => {
      const after = findings(load({ ...fixture, files: applied(fixture, it, index) }));
      const before = found.map(({ finding }) => `${finding.rule}: ${finding.message}`);
      const left = after.map(({ finding }) => `${finding.rule}: ${finding.message}`);
      const gone = `${it.finding.rule}: ${it.finding.message}`;
      // Of several findings that read the same the others stay.
      const times = (all: readonly string[]) => all.filter((one) => one === gone).length;
      expect(times(left), `"${fix.title}" silences its finding`).toBeLessThan(times(before));
      if (fix.applicability !== 'safe') return;
      expect(left.length, `"${fix.title}" silences its finding and adds none:\n${left.join('\n')}`).toBeLessThan(
        before.length,
      );
      for (const message of left) expect(before, `"${fix.title}" adds a finding`).toContain(message);
    });
  }
}

function checkGoldens(fixture: Fixture, found: readonly Found[], rule: Rule): Map<string, string> {
  const wrong = new Map<string, string>();
  const first = found.find(({ finding }) => finding.rule === rule.id && finding.fixes.length > 0);
  for (const [name, golden] of fixture.goldens) {
    const match = /^fixed(\d*): (.+)$/.exec(name);
    if (!match) continue;
    const files = first ? applied(fixture, first, Number(match[1] || 1) - 1) : [];
    const text = files.find((file) => file.path === match[2])?.text ?? '(no such file after the fix)\n';
    if (text !== golden) wrong.set(name, text);
  }
  return wrong;
}

describe.each(allRules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const file = `${folder}${id}.fixture`;
  const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const fixtures = readFixtures(source);

  it('has a firing and a silent case, and no case twice', () => {
    const fires = (fixture: Fixture) => fixture.expected.some((mark) => mark.text.includes(` ${id}: `));
    expect(fixtures.some(fires), 'a case that fires').toBe(true);
    expect(
      fixtures.some((fixture) => !fires(fixture)),
      'a silent case',
    ).toBe(true);
    const bodies = fixtures.map((fixture) => JSON.stringify([fixture.files, fixture.absent]));
    expect(new Set(bodies).size).toBe(bodies.length);
    for (const fixture of fixtures) expect(fixture.about, 'each case says what is true and why').not.toBe('');
  });

  it('shows every one of its messages', () => {
    const shown = fixtures.flatMap((fixture) => fixture.expected.map((mark) => mark.text));
    for (const message of Object.keys(rule.messages)) {
      expect(
        shown.some((text) => text.endsWith(` ${id}: ${message}`)),
        `a case for ${message}`,
      ).toBe(true);
    }
  });

  it('says what its documentation says', () => {
    const bad = findings(load(readFixture(rule.docs.bad)));
    expect(bad.map(({ finding }) => finding.rule)).toContain(id);
    const good = relevant(findings(load(readFixture(rule.docs.good))), rule);
    expect(good.map(described)).toEqual([]);
  });

  it.each(fixtures.map((fixture) => [fixture.name || fixture.about.split('\n')[0]!, fixture] as const))(
    '%s',
    (_, fixture) => {
      const found = findings(load(fixture));
      const said = relevant(found, rule);
      expect(said.map(described).sort()).toEqual(expectedOf(fixture).sort());
      const related = said.flatMap(({ shown }) =>
        shown.related.map((it) => `${it.file.slice(1)}:${it.range.start.line + 1}:${it.range.start.character}`),
      );
      for (const mark of fixture.expected.filter((it) => it.text === 'related')) {
        expect(related, 'a related location').toContain(`${mark.file}:${mark.line + 1}:${mark.start}`);
      }
      checkFixes(fixture, found, rule);
      const wrong = checkGoldens(fixture, found, rule);
      if (wrong.size > 0 && process.env.UPDATE === '1') update(file, fixture, wrong);
      else expect(Object.fromEntries(wrong)).toEqual({});

      // A carriage return before a line end is a blank to both programs, but not to who runs a script.
      const returned = (text: string) => (text.startsWith('#!') ? text : text.replaceAll('\n', '\r\n'));
      const crlf = relevant(findings(load(without(fixture, returned))), rule);
      expect(crlf.map(described).sort(), 'with CRLF').toEqual(said.map(described).sort());
      const cut = relevant(findings(load(without(fixture, (text) => text.replace(/\n$/, '')))), rule);
      const begin = (it: string) => it.replace(/-(?:line )?\d+/, '');
      // What reaches to the end of the file ends a line earlier.
      expect(cut.map(described).map(begin).sort(), 'without the last newline').toEqual(
        said.map(described).map(begin).sort(),
      );
      expect(relevant(typed(fixture), rule).map(described).sort(), 'typed key by key').toEqual(
        said.map(described).sort(),
      );
    },
  );
});

function update(file: string, fixture: Fixture, wrong: ReadonlyMap<string, string>): void {
  let source = readFileSync(file, 'utf8');
  for (const [name, text] of wrong) {
    const at = source.indexOf(`-- ${name} --\n`, Math.max(0, source.indexOf(fixture.about)));
    const body = at + `-- ${name} --\n`.length;
    const rest = source.slice(body);
    const end = rest.search(/^(?:-- .* --|==== .*)$/m);
    source = source.slice(0, body) + text + (end < 0 ? '' : rest.slice(end));
  }
  writeFileSync(file, source);
}
