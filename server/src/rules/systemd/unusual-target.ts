import { placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { defineRule } from '../rule.js';

/** Where units of a type are pulled in from, and the targets that are for another type. */
const OWN: Readonly<Record<string, string>> = {
  socket: 'sockets.target',
  timer: 'timers.target',
  path: 'paths.target',
};

export default defineRule({
  id: 'systemd/unusual-target',
  severity: 'hint',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    late: 'A {type} is usually WantedBy={own}, which is reached before any service starts: with {name} the {type} comes at the same time as what needs it.',
    early:
      '{name} is for units of the type {other}, and every service waits for it: a service that it wants is ordered after itself. WantedBy=multi-user.target is meant for services.',
  },
  docs: {
    summary: 'A unit is enabled in a target for units of another type.',
    why: 'sockets.target, timers.target and paths.target are reached early in the boot. A socket in multi-user.target opens late, so that clients which start at the same time are refused; a service in sockets.target has to start before the services that basic.target waits for.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
[Install]
WantedBy=multi-user.target
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
[Install]
WantedBy=sockets.target
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.special(7)', 'bootup(7)'],
  },

  check({ file, kind }, report) {
    const own = OWN[kind.type];
    for (const section of file.sections) {
      if (section.name !== 'Install') continue;
      for (const entry of section.entries) {
        if (entry.key !== 'WantedBy' && entry.key !== 'RequiredBy') continue;
        for (const { text: name, start, end } of splitWords(entry.value).words) {
          const at = placeInValue(entry, start, end);
          if (own && /^(?:multi-user|graphical|default)\.target$/.test(name)) {
            const fixes = [{ title: `Write ${own}`, applicability: 'suggested', edits: [{ at, text: own }] }] as const;
            report({ at, say: 'late', with: { type: kind.type, own, name }, fixes });
            continue;
          }
          const other = Object.keys(OWN).find((it) => OWN[it] === name);
          if (kind.type !== 'service' || !other) continue;
          const text = 'multi-user.target';
          const fixes = [{ title: `Write ${text}`, applicability: 'suggested', edits: [{ at, text }] }] as const;
          report({ at, say: 'early', with: { name, other }, fixes });
        }
      }
    }
  },
});
