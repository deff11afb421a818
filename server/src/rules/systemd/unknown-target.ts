import type { Fix } from '../../base/fix.js';
import { isSpecialUnit, specialUnitNames } from '../../catalog/systemd.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { UNIT_TYPES } from '../../systemd/unitName.js';
import { defineRule } from '../rule.js';

const KEYS = ['WantedBy', 'RequiredBy', 'UpheldBy'];

export default defineRule({
  id: 'systemd/unknown-target',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    noSuffix: '"{name}" is no name of a unit: systemctl enable fails, and the unit is not started at boot.',
    near: 'systemd has no "{name}": enabling the unit links it where nothing looks, and it is not started at boot. Is "{near}" meant?',
  },
  docs: {
    summary: 'A misspelt target in [Install].',
    why: 'systemctl enable makes a link in multiuser.target.wants/ and says so as if all were well; no such target is ever reached. `systemd-analyze verify` does not look at [Install].',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=multiuser.target
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
[Install]
WantedBy=multi-user.target
`,
    sources: ['systemd.unit(5), [Install] section options', 'install_info_symlink_wants() in src/shared/install.c'],
  },

  check({ file, kind }, report) {
    for (const section of file.sections) {
      if (section.name !== 'Install') continue;
      for (const entry of section.entries) {
        if (!KEYS.includes(entry.key)) continue;
        for (const { text: name, start, end } of splitWords(entry.value).words) {
          if (name.includes('%') || isSpecialUnit(name) || name === kind.unit) continue;
          const suffix = name.slice(name.lastIndexOf('.') + 1);
          const isUnit = name.includes('.') && UNIT_TYPES.some((it) => it === suffix);
          const near = sameLetters(isUnit ? name : `${name}.target`);
          if (isUnit && near === undefined) continue;
          const at = placeInValue(entry, start, end);
          const fixes: Fix[] =
            near === undefined
              ? []
              : [{ title: `Write "${near}"`, applicability: 'suggested', edits: [{ at, text: near }] }];
          if (isUnit) report({ at, say: 'near', with: { name, near: near! }, severity: 'warning', fixes });
          else report({ at, say: 'noSuffix', with: { name }, fixes });
        }
      }
    }
  },
});

/** The target that differs in case, dashes or a plural only: a unit of such a name beside it would be a trap of its own. */
function sameLetters(name: string): string | undefined {
  if (!name.endsWith('.target')) return undefined;
  if (!byLetters) {
    byLetters = new Map();
    for (const it of specialUnitNames())
      if (it.endsWith('.target') && !byLetters.has(letters(it))) byLetters.set(letters(it), it);
  }
  return byLetters.get(letters(name));
}

let byLetters: Map<string, string> | undefined;

function letters(name: string): string {
  return name.slice(0, -'.target'.length).toLowerCase().replace(/[-_.]/g, '').replace(/s$/, '');
}
