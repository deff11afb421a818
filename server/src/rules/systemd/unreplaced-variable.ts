import type { Fix } from '../../base/fix.js';
import { type Entry, placeInValue } from '../../syntax/unitSyntax.js';
import { type Command, type CommandWord, parseCommandLine } from '../../systemd/commandLine.js';
import { defineRule } from '../rule.js';

/** Programs to which a dollar sign is something of their own. */
const OWN_DOLLARS =
  /^(?:(?:ba|da|z|k|a|fi)?sh|env|busybox|g?awk|mawk|sed|perl|python[\d.]*|php[\d.]*|ruby|node|jq|e?grep|expect|make|su|runuser|sudo|ssh|docker|podman|tcpdump|nginx)$/;

/** The programs that get files by name and know no patterns, so that a pattern is meant for a shell. */
const NO_PATTERNS =
  /^(?:rm|rmdir|cp|mv|cat|chmod|chown|chgrp|touch|ln|ls|gzip|gunzip|install|shred|truncate|stat|head|tail|wc|sha256sum|md5sum)$/;

export default defineRule({
  id: 'systemd/unreplaced-variable',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    inside:
      '{program} gets "{word}" as it stands: systemd replaces {name} only where it is a word of its own. Within a word it is written {braced}.',
    dropped:
      'systemd takes all of "{word}" for the name of a variable, finds none, and leaves the word out. Within a word it is written {braced}.',
    default:
      '{program} gets "{word}" as it stands: systemd knows no defaults in variables. Environment= can set one, which EnvironmentFile= overrides.',
    pattern: '{program} gets "{word}" as it stands, and no file is called so: only a shell looks for files that fit.',
  },
  docs: {
    summary: 'A variable or a pattern in a command that systemd does not replace.',
    why: 'systemd replaces ${NAME} anywhere and $NAME as a word of its own, nothing else that shells know: in --bind=0.0.0.0:$PORT the port is the text "$PORT".',
    bad: `-- etc/systemd/system/app.service --
[Service]
Environment=PORT=8000
ExecStart=/usr/bin/app --listen=0.0.0.0:$PORT
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Environment=PORT=8000
ExecStart=/usr/bin/app --listen=0.0.0.0:\${PORT}
`,
    sources: [
      'systemd.service(5), "Command lines"',
      'replace_env_argv() in src/basic/env-util.c, seen with systemd 257',
    ],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (!/^Exec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?$/.test(entry.key) || !/[$*?]/.test(entry.value))
          continue;
        for (const command of parseCommandLine(entry.value).commands) {
          const program = nameOf(command);
          for (const word of command.args) {
            const at = placeInValue(entry, word.start, word.end);
            const { text } = word;
            if (NO_PATTERNS.test(program) && isPattern(entry, word)) {
              report({ at, say: 'pattern', with: { program, word: text }, fixes: wrapped(entry, command) });
              continue;
            }
            // A colon before the program turns the replacing off.
            if (OWN_DOLLARS.test(program) || command.prefixes.includes(':')) continue;
            const found = unreplaced(text);
            if (!found) continue;
            const { say, name } = found;
            if (say === 'default') {
              report({ at, say, with: { program, word: text } });
              continue;
            }
            const braced = `\${${name}}`;
            const edits = braces(entry, word, name);
            const fixes: Fix[] = edits ? [{ title: `Write ${braced}`, applicability: 'suggested', edits }] : [];
            if (say === 'dropped') report({ at, say, with: { word: text, braced }, fixes });
            else report({ at, say, with: { program, word: text, name: `$${name}`, braced }, fixes });
          }
        }
      }
    }
  },
});

function nameOf({ program }: Command): string {
  return program.text.slice(program.text.lastIndexOf('/') + 1);
}

/** Names in capitals only: who writes $1 or $foo may mean something else. */
function unreplaced(text: string): { say: 'inside' | 'dropped' | 'default'; name: string } | undefined {
  const withDefault = /(?<!\$)\$\{([A-Z][A-Z0-9_]*):[-=+?][^}]*\}/.exec(text);
  if (withDefault) return { say: 'default', name: withDefault[1]! };
  const plain = /(?<!\$)(?:\$\$)*\$([A-Z][A-Z0-9_]+)/.exec(text);
  if (!plain || text === `$${plain[1]}`) return undefined;
  const name = plain[1]!;
  return { say: plain.index === 0 && !text.startsWith('$$') ? 'dropped' : 'inside', name };
}

/** What puts braces around the name, where the word is written as it is meant. */
function braces(entry: Entry, word: CommandWord, name: string) {
  const raw = entry.value.slice(word.start, word.end);
  const index = raw.indexOf(`$${name}`);
  if (index < 0) return undefined;
  const start = word.start + index;
  return [{ at: placeInValue(entry, start, start + name.length + 1), text: `\${${name}}` }];
}

/** An unquoted path with an asterisk or question mark in it. */
function isPattern(entry: Entry, { text, start, end }: CommandWord): boolean {
  return (
    entry.value.slice(start, end) === text && /[*?]/.test(text) && /^[\w./*?${}%@-]+$/.test(text) && text[0] !== '-'
  );
}

function wrapped(entry: Entry, { prefixes, program, args }: Command): Fix[] {
  const end = args.at(-1)!.end;
  const line = entry.value.slice(program.start, end);
  if (prefixes.includes('@') || /['"\\]/.test(line)) return [];
  const at = placeInValue(entry, program.start, end);
  return [
    {
      title: 'Let a shell run the line: /bin/sh -c',
      applicability: 'suggested',
      edits: [{ at, text: `/bin/sh -c '${line}'` }],
    },
  ];
}
