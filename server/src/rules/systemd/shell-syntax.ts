import type { Fix } from '../../base/fix.js';
import { type Entry, placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { type Command, type CommandWord, parseCommandLine } from '../../systemd/commandLine.js';
import { defineRule } from '../rule.js';

// Programs to which these words mean something of their own.
const TAKES_THEM = /^(?:test|\[|expr|find|jq|awk|gawk|mawk|bc|nft|iptables\S*|tc)$/;
const OPERATOR = /^(?:\|\|?|\|&|&&|&|<|<<<?|\d?>>?|&>>?|\d?>&\d|(?:\d|&)?>>?\/\S*|<\/\S*)$/;

export default defineRule({
  id: 'systemd/shell-syntax',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    operator:
      'No shell reads this line: {program} gets "{word}" as an argument. If a shell is meant, run it: /bin/sh -c \'...\'',
    substitution:
      'No shell reads this line: {program} gets "{word}" as it stands. If its output is meant, run a shell: /bin/sh -c \'...\'',
    home: 'No shell reads this line: {program} gets "{word}" as it stands, with the tilde. %h stands for the home of the manager\'s user; or write the path.',
  },
  docs: {
    summary: 'Pipes, redirections and other shell syntax in a command that no shell reads.',
    why: 'systemd starts the program itself and hands it every word. `|` and what follows become arguments, nothing is piped or redirected, and `systemd-analyze verify` is silent.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/dmesg --follow >> /var/log/app.log
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/bin/sh -c '/usr/bin/dmesg --follow >> /var/log/app.log'
`,
    sources: ['systemd.service(5), "Command lines": shell command lines are not directly supported'],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (!/^Exec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?$/.test(entry.key)) continue;
        const { commands } = parseCommandLine(entry.value);
        for (const command of commands) {
          const program = command.program.text.slice(command.program.text.lastIndexOf('/') + 1);
          if (TAKES_THEM.test(program)) continue;
          const found = firstShellWord(command, entry.value);
          if (!found) continue;
          const { word, say } = found;
          report({
            at: placeInValue(entry, word.start, word.end),
            say,
            with: { program, word: word.text },
            fixes: say !== 'home' && commands.length === 1 ? wrapped(entry, command) : [],
          });
        }
      }
    }
  },
});

/** The first word that a shell would not hand on as it stands. Quoted words are meant as they are. */
function firstShellWord(command: Command, value: string) {
  for (const word of command.args) {
    if (value.slice(word.start, word.end) !== word.text) continue;
    if (OPERATOR.test(word.text)) return { word, say: 'operator' as const };
    if (/^(?:[^$`]*=)?(?:\$\([^)]|`[^`]+`$)/.test(word.text)) return { word, say: 'substitution' as const };
    if (/^~\/./.test(word.text)) return { word, say: 'home' as const };
  }
  return undefined;
}

function wrapped(entry: Entry, { prefixes, program }: { prefixes: string; program: CommandWord }): Fix[] {
  // `@` gives the program another name, which the shell cannot.
  if (prefixes.includes('@')) return [];
  const line = entry.value.slice(program.start);
  // systemd undoes one layer of backslashes and quotes before the shell sees the line.
  const escaped = line.replaceAll('\\', '\\\\');
  const quoted = line.includes("'") ? `"${escaped.replaceAll('"', '\\"')}"` : `'${escaped}'`;
  return [
    {
      title: 'Let a shell run the line: /bin/sh -c',
      applicability: 'suggested',
      edits: [{ at: placeOfValue(entry), text: `${prefixes}/bin/sh -c ${quoted}` }],
    },
  ];
}
