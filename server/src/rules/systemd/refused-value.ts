import type { Fix } from '../../base/fix.js';
import { nearest } from '../../base/nearest.js';
import { keyEntry, type UnitKey } from '../../catalog/systemd.js';
import { type Entry, placeInValue, placeOfKey, placeOfValue } from '../../syntax/unitSyntax.js';
import { faultsOf } from '../../systemd/values/table.js';
import type { Fault } from '../../systemd/values/words.js';
import { defineRule } from '../rule.js';

/** What people write for a value that systemd calls otherwise. */
const MEANT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Restart: {
    never: 'no',
    none: 'no',
    false: 'no',
    no_restart: 'no',
    yes: 'always',
    true: 'always',
    on: 'always',
    'unless-stopped': 'always',
    'on-fail': 'on-failure',
    failure: 'on-failure',
  },
  Type: { daemon: 'forking', fork: 'forking', 'one-shot': 'oneshot', single: 'simple', normal: 'simple' },
  KillMode: { 'process-group': 'control-group', cgroup: 'control-group', all: 'control-group' },
  StandardOutput: { stdout: 'inherit', none: 'null', off: 'null', '/dev/null': 'null', console: 'journal+console' },
  StandardError: { stderr: 'inherit', none: 'null', off: 'null', '/dev/null': 'null', stdout: 'inherit' },
  ProtectSystem: { readonly: 'full', 'read-only': 'full' },
  ProtectHome: { readonly: 'read-only', ro: 'read-only', full: 'yes', strict: 'yes' },
  NotifyAccess: { yes: 'main', no: 'none' },
};

export default defineRule({
  id: 'systemd/refused-value',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    ignored: '"{value}" is not {expected}: systemd ignores this {what}.',
    ignoredNear: '"{value}" is not {expected}: systemd ignores this {what}. Did you mean "{near}"?',
    empty: '{key}= needs {expected}: systemd ignores the line, and nothing is reset.',
    fatal: '"{value}" is not {expected}: systemd does not load the unit ("bad unit file setting").',
    tooNew: '{key}={value} came with systemd {since}: systemd {version} ignores this {what}.',
    kept: '"{value}" is no escape that systemd knows: it warns, and the backslash stays in the argument. A backslash itself is written \\\\.',
    dropped: 'systemd {since} has dropped the prefix {value}: it warns, and runs the command without it.',
    cut: 'The blank before "{value}" ends the value of {name}, and systemd ignores what is no assignment: quote the whole of it to keep the blank.',
    comment: 'A comment needs a line of its own: "{comment}" is part of the value, and systemd ignores the line.',
  },
  docs: {
    summary: 'A value that systemd does not take for this key.',
    why: 'systemd logs a warning and goes on as if the line, or the one word of a list, were not there; for users, working directories and programs it refuses the whole unit.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart=never
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Restart=no
`,
    sources: ['config_parse_*() in src/core/load-fragment.c and src/shared/conf-parser.c', 'systemd.directives(7)'],
  },

  check({ file, kind, target }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const key = keyEntry(section.name, entry.key, kind.type);
        if (!key) continue;
        const faults = faultsOf(key, entry.value, kind.type, target.version);
        if (faults.length === 0 || isTemplate(entry.value)) continue;
        const comment = commentIn(key, entry, kind.type, target.version);
        if (comment !== undefined) {
          const at = placeInValue(entry, comment, entry.value.length);
          report({
            at,
            say: 'comment',
            with: { comment: entry.value.slice(comment) },
            severity: faults.every((it) => it.silent) ? 'warning' : 'error',
            fixes: [{ title: 'Remove the comment', applicability: 'suggested', edits: [{ at, text: '' }] }],
          });
          continue;
        }
        for (const fault of faults) {
          const at = entry.value === '' ? placeOfKey(entry) : placeOf(entry, fault);
          const value = entry.value.slice(fault.start, fault.end);
          const { expected } = fault;
          const severity = fault.silent ? 'warning' : 'error';
          const what = fault.wordOnly ? 'word' : 'line';
          if (fault.dropped !== undefined) {
            // Without a version the unit may be for a systemd that knows it.
            if (target.version === undefined) continue;
            const fix: Fix = { title: `Remove "${value}"`, applicability: 'suggested', edits: [{ at, text: '' }] };
            report({ at, say: 'dropped', with: { value, since: fault.dropped }, severity: 'warning', fixes: [fix] });
          } else if (fault.kept) report({ at, say: 'kept', with: { value }, severity: 'warning' });
          else if (fault.wordOnly && key.parser === 'environ' && cutAssignment(entry, fault.start)) {
            const { name, fixes } = cutAssignment(entry, fault.start)!;
            report({ at, say: 'cut', with: { value, name }, fixes });
          } else if (entry.value === '') report({ at, say: 'empty', with: { key: key.name, expected } });
          else if (fault.newIn !== undefined && target.version !== undefined) {
            const { version } = target;
            report({ at, say: 'tooNew', with: { key: key.name, value, since: fault.newIn, version, what } });
          } else if (fault.fatal) report({ at, say: 'fatal', with: { value, expected } });
          else {
            const near = suggestion(key, value, fault);
            if (near === undefined) report({ at, say: 'ignored', with: { value, expected, what }, severity });
            else {
              const fix: Fix = {
                title: `Change to "${near}"`,
                applicability: 'suggested',
                edits: [{ at, text: near }],
              };
              report({ at, say: 'ignoredNear', with: { value, expected, what, near }, fixes: [fix], severity });
            }
          }
        }
      }
    }
  },
});

function placeOf(entry: Entry, fault: Fault) {
  return fault.start < fault.end ? placeInValue(entry, fault.start, fault.end) : placeOfValue(entry);
}

/** A value that a tool fills in before systemd sees it. */
function isTemplate(value: string): boolean {
  return /\{\{.*\}\}|@[A-Z][A-Z0-9_]+@|<%.*%>/.test(value);
}

/** Where ` # ...` or ` ; ...` begins, if without it all would be well. */
function commentIn(key: UnitKey, entry: Entry, type: string, version: number | undefined): number | undefined {
  const match = /\s+[#;].*$/s.exec(entry.value);
  if (!match || match.index === 0) return undefined;
  return faultsOf(key, entry.value.slice(0, match.index), type, version).length === 0 ? match.index : undefined;
}

function suggestion(key: UnitKey, value: string, { candidates }: Fault): string | undefined {
  const meant = MEANT[key.name]?.[value.toLowerCase()];
  if (meant !== undefined) return meant;
  if (!candidates) return undefined;
  return candidates.find((it) => it.toLowerCase() === value.toLowerCase()) ?? nearest(value, candidates);
}

/** The unquoted assignment whose value the blank before `at` has cut, with what puts quotes around all of it. */
function cutAssignment(entry: Entry, at: number): { name: string; fixes: readonly Fix[] } | undefined {
  const { value } = entry;
  const plain = [...value.matchAll(/[^ \t\n\r]+/g)];
  const here = plain.findIndex((it) => it.index === at);
  const isAssignment = (it: string | undefined) => it !== undefined && /^[A-Za-z_]\w*=/.test(it);
  let first = here - 1;
  while (first >= 0 && !isAssignment(plain[first]![0])) first--;
  let last = here;
  while (last + 1 < plain.length && !isAssignment(plain[last + 1]![0])) last++;
  const name = first < 0 ? undefined : /^\w+/.exec(plain[first]![0])?.[0];
  if (name === undefined || here < 0) return undefined;
  const start = plain[first]!.index;
  const end = plain[last]!.index + plain[last]![0].length;
  const whole = value.slice(start, end);
  // Quotes or escapes that are there already would not survive, nor is a split over several lines mended by quotes.
  if (/["'\\]/.test(whole) || entry.pieces.length > 1) return undefined;
  const quoted = placeInValue(entry, start, end);
  return {
    name,
    fixes: [{ title: 'Quote the assignment', applicability: 'suggested', edits: [{ at: quoted, text: `"${whole}"` }] }],
  };
}
