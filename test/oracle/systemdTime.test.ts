/**
 * Time spans and calendar expressions that a seeded hand has made or damaged, asked of systemd-analyze and of us: the same
 * verdict, the same normalised form, the same next elapse. `TIME_COUNT`, `TIME_SEED`.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseCalendar } from '../../server/src/systemd/calendar.js';
import { nextElapse } from '../../server/src/systemd/calendarNext.js';
import { formatCalendar } from '../../server/src/systemd/calendarText.js';
import { formatTimeSpan, parseTimeSpan } from '../../server/src/systemd/timeSpan.js';
import { randomNumbers } from '../fuzz/edits.js';
import { isThere } from './programs.js';

const COUNT = Number(process.env.TIME_COUNT ?? 1000);
const SEED = Number(process.env.TIME_SEED ?? 4);
const BATCH = 50;
const BASE = '2026-02-27 22:58:41 UTC';
const BASE_MICROSECONDS = Date.UTC(2026, 1, 27, 22, 58, 41) * 1000;

const random = randomNumbers(SEED);
const below = (n: number) => Math.floor(random() * n);
const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;

const SPAN_UNITS = 'seconds second sec s minutes minute min m months month M msec ms hours hour hr h days day d'.split(
  ' ',
);
SPAN_UNITS.push(...'weeks week w years year y usec us μs µs'.split(' '), '', '', ' ', 'x', 'mi', 'S', 'nsec', '%');

function span(): string {
  if (below(40) === 0) return pick(['infinity', ' infinity ', 'infinit', 'infinity 1', '', ' ', 'Infinity', '-1', '0']);
  let text = '';
  for (let parts = 1 + below(4); parts > 0; parts--) {
    text += pick(['', ' ', '  ', '\t']) + pick(['', '', '', '', '+', '-', '.']);
    text += pick([String(below(100)), String(below(1e6)), '0', '007', `${below(9e8)}${below(9e8)}`]);
    text += pick(['', '', '', `.${below(1000)}`, `.${below(1e9)}`, '.', '.5.5']);
    text += pick(['', ' ']) + pick(SPAN_UNITS);
  }
  return text;
}

function part(from: number, to: number, width: number, seconds = false): string {
  const number = (least = from) => {
    const value = below(30) === 0 ? to + below(5) : least + below(to - least + 1);
    const fraction = seconds && below(4) === 0 ? `.${below(1e7)}` : '';
    return String(value).padStart(below(3) ? width : 1, '0') + fraction;
  };
  const one = () => {
    const start = from + below(to - from + 1);
    const shape = below(8);
    const first = String(start).padStart(width, '0');
    if (shape < 3) return number();
    if (shape === 3) return `${first}..${number(start)}`;
    if (shape === 4) return `${first}/${number(1)}`;
    if (shape === 5) return `${first}/${1 + below(5)}`;
    return shape === 6 ? `${first}..${number(start)}/${1 + below(3)}` : number();
  };
  if (below(3) === 0) return '*';
  return Array.from({ length: 1 + below(below(2) ? 1 : 4) }, one).join(',');
}

const DAYS = 'Mon Tue Wed Thu Fri Sat Sun Monday Tuesday wednesday THU friday sat Sunday'.split(' ');
const WORDS = 'minutely hourly daily weekly monthly yearly annually anually quarterly semiannually semi-annually'.split(
  ' ',
);
WORDS.push('biannually', 'bi-annually', 'Daily', 'noon', 'midnight', 'week', 'reboot');

function weekdays(): string {
  const one = () => (below(3) === 0 ? `${pick(DAYS)}${pick(['..', '..', '-'])}${pick(DAYS)}` : pick(DAYS));
  return Array.from({ length: 1 + below(3) }, one).join(',') + pick(['', '', '', '', ',']);
}

function date(): string {
  const month = part(1, 12, 2);
  const day = below(3) === 0 ? `~${part(1, 28, 2)}` : `-${part(1, 31, 2)}`;
  const year = pick([
    '*',
    '*',
    '2026',
    '2027..2030',
    '26',
    '2026/2',
    '2024',
    '2028,2031',
    '1970..2199/7',
    '99',
    '2201',
  ]);
  return below(3) === 0 ? month + day : `${year}-${month}${day}`;
}

function time(): string {
  const seconds = below(2) ? `:${part(0, 59, 2, true)}` : '';
  return `${part(0, 23, 2)}:${part(0, 59, 2)}${seconds}`;
}

const ZONES = [
  'UTC',
  'utc',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Sydney',
  'Mars/Olympus',
  'europe/berlin',
];

function calendar(): string {
  const shape = below(20);
  let text: string;
  if (shape === 0) text = pick(WORDS);
  else if (shape === 1) text = `@${pick(['', '', '+', '-', ' '])}${below(4e9)}`;
  else {
    const parts = [below(3) === 0 ? weekdays() : '', below(4) ? date() : '', below(4) ? time() : ''];
    text = parts.filter((it) => it !== '').join(pick([' ', ' ', ' ', '  ']));
  }
  if (below(5) === 0) text += ` ${pick(ZONES)}`;
  if (below(4) === 0 && text !== '') {
    const at = below(text.length);
    text =
      text.slice(0, at) +
      pick(['', '', '-', '*', '/', ',', '..', ':', '9', 'x', ' ', '~', '.']) +
      text.slice(at + below(2));
  }
  return text;
}

/** The blocks that systemd-analyze prints, by what was asked; without those that it refused. */
function ask(verb: string, texts: readonly string[], zone: string): Map<string, Map<string, string>> {
  const answers = new Map<string, Map<string, string>>();
  const base = verb === 'calendar' ? [`--base-time=${BASE}`] : [];
  for (let i = 0; i < texts.length; i += BATCH) {
    const batch = texts.slice(i, i + BATCH);
    const asked = verb === 'calendar' ? [batch] : batch.map((it) => [it]);
    for (const args of asked) {
      const { stdout, stderr } = spawnSync('systemd-analyze', [verb, ...base, '--', ...args], {
        encoding: 'utf8',
        env: { ...process.env, TZ: zone, SYSTEMD_COLORS: '0', COLUMNS: '500' },
      });
      // systemd gives up on some after a thousand rounds about a change of the clocks; there is nothing to agree with.
      for (const [, text] of stderr.matchAll(/^Failed to determine next elapse for '(.*)':/gm))
        answers.set(text!, new Map([['stuck', 'yes']]));
      for (const block of stdout.split('\n\n')) {
        const fields = new Map<string, string>();
        for (const line of block.split('\n')) {
          const cut = /^ *([^:]+): (.*)$/.exec(line);
          if (cut) fields.set(cut[1]!, cut[2]!);
        }
        const normalized = fields.get('Normalized form');
        const original = verb === 'calendar' ? (fields.get('Original form') ?? normalized) : args[0];
        if (original !== undefined && fields.size > 0) answers.set(original, fields);
      }
    }
  }
  return answers;
}

const distinct = (make: () => string) => {
  const found = new Set<string>();
  // Leading and trailing spaces do not survive the table that systemd-analyze prints.
  while (found.size < COUNT) found.add(make());
  return [...found];
};

const there = isThere('systemd-analyze', ['--version']);

function ourCalendar(text: string, zone: string): string {
  const spec = parseCalendar(text);
  if (typeof spec === 'string') return spec;
  const next = nextElapse(spec, BASE_MICROSECONDS, zone);
  const at = next === undefined ? 'never' : new Date(Math.floor(next / 1e6) * 1000).toISOString().slice(0, 19);
  return `${formatCalendar(spec)} | ${at.replace('T', ' ')}`;
}

function theirCalendar(fields: Map<string, string> | undefined): string {
  if (!fields) return 'refused';
  const next = fields.get('(in UTC)') ?? fields.get('Next elapse') ?? '';
  return `${fields.get('Normalized form')} | ${/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(next)?.[0] ?? next}`;
}

describe.runIf(there)('time as systemd tells it', () => {
  it(`agrees on ${COUNT} time spans`, { timeout: 300_000 }, () => {
    const texts = distinct(span).filter((it) => it.trim() !== '');
    const answers = ask('timespan', texts, 'UTC');
    const wrong: string[] = [];
    for (const text of texts) {
      const fields = answers.get(text);
      const ours = parseTimeSpan(text);
      const theirs = fields && `${fields.get('μs')} ${fields.get('Human')}`;
      const mine = ours === undefined ? undefined : `${ours} ${formatTimeSpan(ours)}`;
      if (mine !== theirs) wrong.push(`${JSON.stringify(text)}: ours ${mine}, systemd ${theirs}`);
    }
    expect(answers.size).toBeGreaterThan(texts.length / 10);
    expect(wrong).toEqual([]);
  });

  for (const zone of ['UTC', 'Europe/Berlin']) {
    it(`agrees on ${COUNT} calendar expressions in ${zone}`, { timeout: 300_000 }, () => {
      const texts = distinct(calendar).filter((it) => it.trim() === it && it !== '');
      const answers = ask('calendar', texts, zone);
      const wrong: string[] = [];
      for (const text of texts) {
        const ours = ourCalendar(text, zone);
        if (answers.get(text)?.has('stuck')) continue;
        const theirs = theirCalendar(answers.get(text));
        if (ours !== theirs) wrong.push(`${JSON.stringify(text)}: ours ${ours}, systemd ${theirs}`);
      }
      expect(answers.size).toBeGreaterThan(texts.length / 4);
      expect(wrong).toEqual([]);
    });
  }
});
