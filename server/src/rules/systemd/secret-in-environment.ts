import { placeInValue } from '../../syntax/unitSyntax.js';
import { cutWords } from '../../systemd/values/words.js';
import { defineRule } from '../rule.js';

const SECRET =
  /(?:^|_)(?:PASSWORD|PASSWD|PASS|PASSPHRASE|SECRET|SECRET_KEY|SECRET_KEY_BASE|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS)$/;
/** A path, a switch, a specifier or a place-holder: nothing to hide. */
const OPEN =
  /^(?:|\/.*|~.*|%[a-zA-Z].*|yes|no|true|false|on|off|none|null|\d|<.*>|\{\{.*|@.*@|\$.*|change-?me.*|x+|\*+|\.\.\.)$/i;
/** user:password@ in an address. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i;

export default defineRule({
  id: 'systemd/secret-in-environment',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    secret:
      '{name} looks like a secret: anyone on the host can read it in this file and with "systemctl show". LoadCredential= hands it to the service alone; an EnvironmentFile= of mode 0600 at least keeps it out of the unit.',
  },
  docs: {
    summary: 'A password, token or key in Environment=.',
    why: 'Unit files are readable for all, and systemd shows the environment of units to every user through D-Bus.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
Environment=DB_PASSWORD=hunter2
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
LoadCredential=db-password:/etc/app/db-password
Environment=DB_PASSWORD_FILE=%d/db-password
`,
    sources: ['systemd.exec(5), Environment=', 'systemd.exec(5), Credentials'],
  },

  check({ file }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment' || entry.key !== 'Environment') continue;
        for (const { text, start, end } of cutWords(entry.value, { escapes: 'c' }).words) {
          const equals = text.indexOf('=');
          const name = text.slice(0, equals);
          const value = text.slice(equals + 1);
          if (equals <= 0 || OPEN.test(value)) continue;
          const password = ADDRESS.exec(value)?.[1];
          if (!SECRET.test(name.toUpperCase()) && (password === undefined || OPEN.test(password))) continue;
          report({ at: placeInValue(entry, start, end), say: 'secret', with: { name } });
        }
      }
    }
  },
});
