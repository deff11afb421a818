import type { Fix } from '../../base/fix.js';
import { keyEntry, type UnitKey } from '../../catalog/systemd.js';
import { type Entry, placeInValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { faultsOf } from '../../systemd/values/table.js';
import { defineRule, type Severity } from '../rule.js';

/** Text for people, in which "#" and ";" are words like others. */
const PROSE = /^(?:Description|Documentation|X-.*|Log\w*Patterns|StatusText|ConditionKernelCommandLine)$/;

/** Without these the process does not come up: exec_invoke() in src/core/exec-invoke.c. */
const STATUS: Readonly<Record<string, string>> = {
  User: '217/USER',
  Group: '216/GROUP',
  WorkingDirectory: '200/CHDIR',
  RootDirectory: '226/NAMESPACE',
};

export default defineRule({
  id: 'systemd/comment-in-value',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    arguments:
      'systemd has no comments at the end of a line: {program} gets "#" and every word after it as arguments. Put the comment on a line of its own.',
    fails:
      'systemd has no comments at the end of a line: {key}= is "{value}", and the start fails with {status}. Put the comment on a line of its own.',
    file: 'systemd has no comments at the end of a line: it looks for a file of the name "{value}", and does not start the service without. Put the comment on a line of its own.',
    value:
      'systemd has no comments at the end of a line: "{comment}" belongs to the value of {key}=. Put the comment on a line of its own.',
  },
  docs: {
    summary: 'A comment behind a value that systemd takes as a part of the value.',
    why: 'Comments are lines that begin with # or ;. Behind a value they are part of it: programs get them as arguments, and users, folders and files of that name do not exist. `systemd-analyze verify` says nothing.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60 # a minute
`,
    good: `-- etc/systemd/system/app.service --
[Service]
# a minute
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.syntax(7)', 'parse_line() in src/shared/conf-parser.c'],
  },

  check({ file, kind, target }, report) {
    for (const section of file.sections) {
      // systemctl enable reads [Install]; what it makes of such words is said by unknown-target.
      if (section.name === 'Install') continue;
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || !/\s[#;]/.test(entry.value) || PROSE.test(entry.key)) continue;
        const key = keyEntry(section.name, entry.key, kind.type);
        // What systemd ignores because of the comment is said by refused-value.
        if (!key?.parser || key.removed || faultsOf(key, entry.value, kind.type, target.version).length > 0) continue;
        const found = key.type === 'exec command' ? commentInCommand(entry) : commentBehind(entry);
        if (!found) continue;
        const at = placeInValue(entry, found.start, entry.value.length);
        const fix: Fix = { title: 'Remove the comment', applicability: 'suggested', edits: [{ at, text: '' }] };
        const comment = entry.value.slice(found.start).trim();
        const common = { at, fixes: [fix] };
        if (found.program !== undefined)
          report({ ...common, say: 'arguments', with: { program: found.program }, severity: severityIn(entry) });
        else if (STATUS[entry.key] && !entry.value.startsWith('-'))
          report({
            ...common,
            say: 'fails',
            with: { key: entry.key, value: entry.value, status: STATUS[entry.key]! },
          });
        else if (key.name === 'EnvironmentFile' && !entry.value.startsWith('-'))
          report({ ...common, say: 'file', with: { value: entry.value } });
        else report({ ...common, say: 'value', with: { key: entry.key, comment }, severity: severityOf(key) });
      }
    }
  },
});

interface Comment {
  readonly start: number;
  readonly program?: string;
}

/** A bare "#" among the words of a command. `;` alone separates two commands. */
function commentInCommand(entry: Entry): Comment | undefined {
  for (const { program, args } of parseCommandLine(entry.value).commands) {
    const at = args.findIndex((it) => /^#+$/.test(it.text) && entry.value.slice(it.start, it.end) === it.text);
    // A last word "#" is one that somebody means; so is one that a program is told to look for.
    if (at < 0 || at === args.length - 1 || /(?:^|\/)(?:grep|sed|awk|cut|tr|test|\[)$/.test(program.text)) continue;
    const start = entry.value.slice(0, args[at]!.start).trimEnd().length;
    return { start, program: program.text.slice(program.text.lastIndexOf('/') + 1) };
  }
  return undefined;
}

/** A shell that is given its script in one word does not look at what follows. */
function severityIn(entry: Entry): Severity {
  return /^[-@:+!|]*(?:\S*\/)?(?:ba|da|z)?sh\s+-\w*c\s/.test(entry.value) ? 'information' : 'warning';
}

/** `value # comment`: a quote before it may reach behind it. */
function commentBehind(entry: Entry): Comment | undefined {
  const match = /\s+[#;]+\s+\S.*$/s.exec(entry.value);
  if (!match || match.index === 0 || /["']/.test(entry.value.slice(0, match.index))) return undefined;
  return { start: match.index };
}

/** Folders of such names are made, and nobody asks for them. */
function severityOf({ type }: UnitKey): Severity {
  return type === 'string' ? 'information' : 'warning';
}
