import type { Fix } from '../../base/fix.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { cutWords } from '../../systemd/values/words.js';
import { defineRule } from '../rule.js';

/** Letters that mean one thing to strftime and another to systemd. */
const DATE = /%[YymdHMSjTDFBbAa](?:[-_:./T ]?%[YymdHMSjTDFBbAaLz])+/g;
/** A byte in a URL that begins with a letter; one that begins with a digit is refused. */
const URL_BYTE = /%[A-F][0-9A-F]/g;
/** Fields of an access log. */
const LOG = /%[hltursDbTa](?=[\s"'\]]|$)/g;

export default defineRule({
  id: 'systemd/unescaped-percent',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    date: 'systemd replaces {found} before the program sees it: in unit files a percent sign for the program is written %%.',
    byte: 'systemd takes {found} in this address for a specifier: in unit files a percent sign is written %%.',
    log: 'systemd replaces {found} before the program sees it, so the format is not the one written here: write %% for each percent sign.',
  },
  docs: {
    summary: 'A percent sign that is meant for a program, and that systemd reads as a specifier.',
    why: 'systemd replaces specifiers also in quotation marks: %d becomes the directory of credentials, %m the ID of the machine, %h a home directory.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/touch /srv/backup-%Y-%m-%d
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=oneshot
ExecStart=/usr/bin/touch /srv/backup-%%Y-%%m-%%d
`,
    sources: ['systemd.unit(5), Specifiers', 'specifier_printf() in src/shared/specifier.c'],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || !/^(?:Exec\w+|Environment)$/.test(entry.key)) continue;
        for (const { start, end } of cutWords(entry.value, { relaxed: true, escapes: 'c' }).words) {
          const written = entry.value.slice(start, end);
          const say = sayOf(written);
          if (!say) continue;
          const fix: Fix = {
            title: 'Write %% for each percent sign',
            applicability: 'suggested',
            edits: [...written.matchAll(/%%|%/g)].flatMap((it) =>
              it[0] === '%%' ? [] : [{ at: placeInValue(entry, start + it.index, start + it.index + 1), text: '%%' }],
            ),
          };
          const found = say.found.length > 40 ? `${say.found.slice(0, 37)}...` : say.found;
          const at = placeInValue(entry, start + say.index, start + say.index + say.found.length);
          report({ at, say: say.id, with: { found }, fixes: [fix] });
        }
      }
    }
  },
});

function sayOf(written: string): { id: 'date' | 'byte' | 'log'; found: string; index: number } | undefined {
  // A doubled percent sign is a percent sign: it takes no part.
  const text = written.replaceAll('%%', '  ');
  const date = [...text.matchAll(DATE)].find((it) => /%[Ymd].*%[Ymd]|%H.?%M/.test(it[0]));
  if (date) return { id: 'date', found: date[0], index: date.index };
  const byte = /:\/\//.test(text) ? [...text.matchAll(URL_BYTE)][0] : undefined;
  if (byte) return { id: 'byte', found: byte[0], index: byte.index };
  const fields = [...text.matchAll(LOG)];
  const first = fields[0];
  const last = fields.at(-1);
  if (fields.length < 3 || !first || !last) return undefined;
  return { id: 'log', found: text.slice(first.index, last.index + 2), index: first.index };
}
