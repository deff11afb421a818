/** Single faults, made by a seeded hand in a unit file. */
import { keysIn, type UnitKey } from '../../server/src/catalog/systemd.js';
import { randomNumbers } from '../fuzz/edits.js';
import { DAMAGES, SLIPS } from './damageValue.js';
import type { Mutant } from './mutate.js';

type Random = () => number;
type Change = { readonly at: number; readonly lines: readonly string[] } | undefined;

const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];

/** Lines that are an assignment by themselves: parts of continued ones would be other faults. */
function assignments(lines: readonly string[], matching = /./): number[] {
  return lines.flatMap((it, i) =>
    /^[A-Z]\w*=/.test(it) && !it.endsWith('\\') && !lines[i - 1]?.endsWith('\\') && matching.test(it) ? [i] : [],
  );
}

function typo(word: string, random: Random): string {
  const at = Math.floor(random() * (word.length - 1));
  const letter = 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)]!;
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    case 2:
      return word.slice(0, at) + word[at] + word.slice(at);
    default:
      return word.slice(0, at) + letter + word.slice(at + 1);
  }
}

function changing(matching: RegExp, change: (line: string, random: Random) => string | undefined) {
  return (lines: readonly string[], random: Random): Change => {
    const at = pick(random, assignments(lines, matching));
    const changed = at === undefined ? undefined : change(lines[at]!, random);
    return at === undefined || changed === undefined || changed === lines[at]
      ? undefined
      : { at, lines: lines.with(at, changed) };
  };
}

const replaced = (lines: readonly string[], at: number | undefined, text: string): Change =>
  at === undefined || lines[at] === text ? undefined : { at, lines: lines.with(at, text) };
const inserted = (lines: readonly string[], at: number, text: string): Change => ({
  at,
  lines: lines.toSpliced(at, 0, text),
});
const headers = (lines: readonly string[]): number[] => lines.flatMap((it, i) => (/^\[\w+\]$/.test(it) ? [i] : []));

/** Values that stand in units, right somewhere and wrong elsewhere. */
const POOL = [
  'yes',
  'no',
  '0',
  '1',
  '10',
  '-5',
  '0644',
  '5min 20s',
  '2h',
  'infinity',
  '50%',
  '512M',
  '/srv/app',
  '/run/app.sock',
  'app',
  'app.service',
  'app.socket app.target',
  'sockets.target',
  'SIGTERM',
  'EPERM',
  'journal',
  'on-failure',
  'always',
  'strict',
  'read-only',
  'CAP_NET_ADMIN',
  'AF_INET',
  '@system-service',
  '127.0.0.1:80',
  '[::1]:80',
  '10.0.0.0/8',
  '*:*',
  'daily',
  'Mon *-*-* 03:00',
  '0-3',
  'A=b',
  'A=b "c d=e f"',
  '~',
  '-',
  '!',
  '|',
  '%n',
  '%t/%p',
  '',
  '${HOME}',
  'a:b:c',
  '1:2',
  '/dev/null rw',
  '/bin/true',
];

/** A key that the unit's type has, in a section that it has, with a value that may or may not fit. */
function newKey(name: string, lines: readonly string[], random: Random): Change {
  const head = pick(
    random,
    headers(lines).filter((it) => lines[it] !== '[Install]'),
  );
  if (head === undefined) return undefined;
  const key: UnitKey | undefined = pick(
    random,
    keysIn(lines[head]!.slice(1, -1), name.slice(name.lastIndexOf('.') + 1)).filter(
      (it) => !it.deprecated && !it.removed,
    ),
  );
  if (!key) return undefined;
  const own = key.values && random() < 0.3 ? pick(random, key.values) : undefined;
  return inserted(lines, head + 1, `${key.name}=${own ?? pick(random, POOL)}`);
}

const keyOf = (line: string): string => line.slice(0, line.indexOf('='));
const valueIn = (line: string): string => line.slice(line.indexOf('=') + 1);
const BAD = [
  'maybe',
  '5 potatoes',
  '-1',
  '99999999999999999999',
  '0x',
  'a/b',
  '/a/../b',
  '#',
  'none of it',
  '',
  'yes yes',
  '%',
];
const DEPENDENCY = /^(?:After|Before|Wants|Requires|BindsTo|PartOf|Conflicts|OnFailure)=./;

export const MUTATORS: Readonly<Record<string, (lines: readonly string[], random: Random, name: string) => Change>> = {
  'key typo': changing(/./, (it, random) => typo(keyOf(it), random) + it.slice(keyOf(it).length)),
  'section typo': (lines, random) => {
    const at = pick(
      random,
      lines.flatMap((it, i) => (/^\[\w+\]$/.test(it) ? [i] : [])),
    );
    return at === undefined ? undefined : { at, lines: lines.with(at, `[${typo(lines[at]!.slice(1, -1), random)}]`) };
  },
  'dropped equals sign': changing(/^\w+=[^=]*$/, (it) => it.replace('=', ' ')),
  'bad value': changing(/^(?!Description|Documentation)/, (it, random) => `${keyOf(it)}=${pick(random, BAD)}`),
  'value typo': changing(/=[a-z-]{3,}$/, (it, random) => `${keyOf(it)}=${typo(valueIn(it), random)}`),
  'moved key': (lines, random) => {
    const at = pick(random, assignments(lines));
    const to = pick(
      random,
      lines.flatMap((it, i) => (/^\[\w+\]$/.test(it) ? [i] : [])),
    );
    if (at === undefined || to === undefined) return undefined;
    const without = lines.toSpliced(at, 1);
    const there = to < at ? to + 1 : to;
    return { at: there, lines: without.toSpliced(there, 0, lines[at]!) };
  },
  'second ExecStart': (lines, random) => {
    const at = pick(random, assignments(lines, /^ExecStart=/));
    return at === undefined ? undefined : { at: at + 1, lines: lines.toSpliced(at + 1, 0, lines[at]!) };
  },
  'removed command': (lines, random) => {
    const at = pick(random, assignments(lines, /^(?:ExecStart|Listen\w+|On\w+Sec|OnCalendar|Path\w+)=/));
    return at === undefined ? undefined : { at, lines: lines.toSpliced(at, 1) };
  },
  'broken quoting': changing(/^(?:Exec\w+|Environment)=/, (it, random) =>
    random() < 0.5 ? `${it} "x` : it.replace(/=/, "='"),
  ),
  'unknown specifier': changing(
    /^(?:Exec|Environment|WorkingDirectory|User|After|RuntimeDirectory)\w*=./,
    (it, random) => `${it}${pick(random, ['%z', '%Q', '%'])}`,
  ),
  'bad continuation': changing(/^\w+=[^=]*$/, (it, random) => (random() < 0.5 ? `${it} \\` : `${it} \\ `)),
  'bad unit name': changing(
    DEPENDENCY,
    (it, random) =>
      `${it}${pick(random, [' foo', '.servce', ' a b.service', ' x/y.service', ' @.service', ' a@.service'])}`,
  ),
  'relative path': changing(
    /^(?:ExecStart|WorkingDirectory|EnvironmentFile|PIDFile|ListenStream|ReadWritePaths)=-?\//,
    (it) => it.replace(/\//, ''),
  ),
  'relative command': changing(/^Exec\w+=-?\//, (it) => it.replace(/=-?\//, '=./')),
  'new key': (lines, random, name) => newKey(name, lines, random),
  'open header': (lines, random) => {
    const at = pick(random, headers(lines));
    return at === undefined
      ? undefined
      : replaced(lines, at, random() < 0.5 ? lines[at]!.slice(0, -1) : `${lines[at]} # comment`);
  },
  'line before all sections': (lines, random) => {
    const at = pick(random, assignments(lines));
    return at === undefined ? undefined : inserted(lines, 0, lines[at]!);
  },
  'lost header': (lines, random) => {
    const at = pick(random, headers(lines));
    return at === undefined ? undefined : { at, lines: lines.toSpliced(at, 1) };
  },
  'other case': changing(/./, (it, random) =>
    random() < 0.5
      ? it.replace(/^./, (first) => first.toLowerCase())
      : keyOf(it) + it.slice(keyOf(it).length).toUpperCase(),
  ),
  'stray line': (lines, random) =>
    inserted(
      lines,
      Math.floor(random() * lines.length),
      pick(random, ['TODO', '// comment', '= value', '-- see the manual', '[Service', '}', 'export A=b'])!,
    ),
  'comment at the end': changing(/./, (it, random) => `${it}${pick(random, [' # why', ' ; why', ' # a=b'])}`),
  'other type': changing(
    /^(?:Type|Restart|KillMode|Accept|ExitType|NotifyAccess|BusName|PAMName|Where|What)=/,
    (it, random) =>
      `${keyOf(it)}=${pick(random, ['oneshot', 'dbus', 'always', 'on-success', 'process', 'none', 'yes', 'no', 'cgroup', 'exec', 'idle', '/srv/else'])}`,
  ),
  'swapped values': (lines, random) => {
    const [a, b] = [pick(random, assignments(lines)), pick(random, assignments(lines))];
    return a === undefined || b === undefined || a === b
      ? undefined
      : replaced(lines, a, `${keyOf(lines[a]!)}=${valueIn(lines[b]!)}`);
  },
  'odd prefix': changing(/^Exec\w+=/, (it, random) =>
    it.replace(/=[@:+!|-]*/, `=${pick(random, ['+!', '@', '!!', '--', ':', '~', '-', '!+', '|', ' ', '/'])}`),
  ),
  'doubled slash or dots': changing(/=-?\//, (it, random) =>
    it.replace(/(=-?)\//, `$1${pick(random, ['//', '/../', '/./', '/x/../'])}`),
  ),
  'doubled command': changing(
    /^Exec\w+=/,
    (it, random) => `${it}${pick(random, [' ; ', ' ;', ' ; true', ' ; ./x', ' ; /bin/true %z', ' \\; x', ' ;; x'])}`,
  ),
  'odd escape': changing(
    /^(?:Exec\w+|Environment|Description|ReadWritePaths)=/,
    (it, random) =>
      `${it}${pick(random, [' \\q', ' "a\\x4"', " '\\d'", ' \\x00', ' \\', ' a\\b\\;', ' \\;', ' \\400', ' \\u12', ' "\\"'])}`,
  ),
  'long number': changing(
    /=\d+$/,
    (it, random) => `${it}${pick(random, ['0000000000000', 'x', '.5', ' 5', '-', 'e3', 'm', 'K'])}`,
  ),
};

/** Damages of values by any key, but in texts for people. */
const damaged = Object.entries(DAMAGES).map(([kind, damage]) => [
  kind,
  changing(/^(?!Description|Documentation|X-)/, (it, random) => {
    const value = damage(valueIn(it), random);
    return value === undefined ? undefined : `${keyOf(it)}=${value}`;
  }),
]);

const slipped = Object.entries(SLIPS).map(([kind, slip]) => [
  kind,
  (lines: readonly string[], random: Random): Change => {
    const at = pick(random, assignments(lines));
    const now = at === undefined ? undefined : slip(lines[at]!, random);
    return at === undefined || !now ? undefined : { at, lines: lines.toSpliced(at, 1, ...now) };
  },
]);

const renamedSection = (lines: readonly string[], random: Random): Change => {
  const at = pick(random, headers(lines));
  const name = at === undefined ? '' : lines[at]!.slice(1, -1);
  const others = [
    name.toLowerCase(),
    `${name}s`,
    ` ${name}`,
    `${name} `,
    'Unit',
    'Service',
    'Install',
    'Socket',
    '',
    'X-Own',
  ];
  return replaced(lines, at, random() < 0.2 ? `[[${name}]]` : `[${pick(random, others)}]`);
};

const renamedDependency = changing(DEPENDENCY, (it, random) => {
  const names = valueIn(it).split(' ');
  const at = Math.floor(random() * names.length);
  const bare = names[at]!.replace(/\.\w+$/, '');
  const to = [
    bare,
    `${bare}.servce`,
    `${bare}.conf`,
    `${bare}.`,
    `${bare}..service`,
    `${names[at]},`,
    `/${names[at]}`,
    `${bare}@.service`,
  ];
  return `${keyOf(it)}=${names.with(at, pick(random, to)!).join(' ')}`;
});

const ALL: typeof MUTATORS = {
  ...MUTATORS,
  'renamed section': renamedSection,
  'renamed dependency': renamedDependency,
  ...Object.fromEntries([...damaged, ...slipped]),
};

/** The mutant with this number of a text; undefined if the hand found nothing to change. */
export function unitMutant(name: string, text: string, seed: number): Mutant | undefined {
  const random = randomNumbers(seed);
  const kinds = Object.keys(ALL);
  const kind = kinds[Math.floor(random() * kinds.length)]!;
  const made = ALL[kind]!(text.split('\n'), random, name);
  if (!made) return undefined;
  const changed = made.lines.join('\n');
  return changed === text ? undefined : { kind, text: changed, lines: [made.at + 1] };
}
