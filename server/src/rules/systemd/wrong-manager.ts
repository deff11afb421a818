import { type Entry, placeInValue, placeOfEntry } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { isForUsers } from '../../systemd/loadPath.js';
import { defineRule } from '../rule.js';

const PACKAGED = /^(?:\/usr)?\/lib\/systemd\//;

/** Targets that only the system manager has, and those that only users' managers have: systemd.special(7). */
const OF_SYSTEM =
  /^(?:multi-user|graphical|rescue|emergency|sysinit|local-fs|remote-fs|network|network-online|network-pre|nss-lookup|nss-user-lookup|time-sync|time-set|cryptsetup|getty|initrd\S*|runlevel\d|nginx|swap|rpcbind)\.target$/;
const OF_SESSIONS = /^(?:graphical-session|graphical-session-pre|xdg-desktop-autostart)\.target$/;

export default defineRule({
  id: 'systemd/wrong-manager',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    install:
      "{name} is a target of the system, and this is a unit for users' managers, which never reach it: enabled, it is not started. Use default.target.",
    session:
      "{name} is a target of users' managers, and the system never reaches it: enabled, the unit is not started. Use multi-user.target or graphical.target, or put the unit into /etc/systemd/user.",
    needs: "Starting it fails: {key}= needs {name}, which users' managers do not have.",
    order:
      "{key}={name} does nothing here: users' managers have no such unit, and the system's are no concern of theirs.",
    account:
      "A user's manager cannot change to another user: with {key}= the start fails. Remove it, or make it a unit of the system.",
  },
  docs: {
    summary: "A unit of a user's manager that speaks of the system's targets, or the other way round.",
    why: "The system and each user have managers of their own, with targets of their own. systemctl --user enable makes the link in multi-user.target.wants and says nothing, and no user's manager has such a target.",
    bad: `-- etc/systemd/user/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=multi-user.target
`,
    good: `-- etc/systemd/user/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=default.target
`,
    sources: ['systemd.special(7)', 'systemd.unit(5), "User Unit Search Path"'],
  },

  check({ file, kind }, report) {
    if (PACKAGED.test(file.path)) return;
    const user = isForUsers(file.path);
    if (!user && !/\/systemd\/system\//.test(file.path)) return;
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const { key } = entry;
        if (section.name === 'Install' && /^(?:WantedBy|RequiredBy|UpheldBy)$/.test(key)) {
          for (const { name, at } of namesIn(entry)) {
            if (user ? !OF_SYSTEM.test(name) : !OF_SESSIONS.test(name)) continue;
            const fix = {
              title: 'Write default.target',
              applicability: 'suggested',
              edits: [{ at, text: 'default.target' }],
            } as const;
            // Sockets, timers and paths of users' managers have the targets of their type, and default.target serves as well.
            if (user) report({ at, say: 'install', with: { name }, fixes: [fix] });
            else report({ at, say: 'session', with: { name } });
          }
        }
        if (!user) continue;
        if (section.name === 'Unit' && /^(?:Requires|BindsTo|Requisite|After|Wants)$/.test(key)) {
          for (const { name, at } of namesIn(entry)) {
            if (!OF_SYSTEM.test(name)) continue;
            if (key === 'After' || key === 'Wants') report({ at, say: 'order', with: { key, name }, severity: 'hint' });
            else report({ at, say: 'needs', with: { key, name } });
          }
        }
        if (
          section.name === 'Service' &&
          kind.type === 'service' &&
          /^(?:User|Group)$/.test(key) &&
          entry.value !== '' &&
          !entry.value.includes('%')
        )
          report({ at: placeOfEntry(entry), say: 'account', with: { key } });
      }
    }
  },
});

function namesIn(entry: Entry) {
  return splitWords(entry.value).words.map(({ text, start, end }) => ({
    name: text,
    at: placeInValue(entry, start, end),
  }));
}
