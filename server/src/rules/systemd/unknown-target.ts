import type { Fix } from '../../base/fix.js';
import { editDistance } from '../../base/nearest.js';
import { isSpecialUnit, specialUnitNames } from '../../catalog/systemd.js';
import { type Entry, placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { parseUnitName, UNIT_TYPES, type UnitFileKind } from '../../systemd/unitName.js';
import { defineRule, type Report } from '../rule.js';

const KEYS = ['WantedBy', 'RequiredBy', 'UpheldBy'];

const messages = {
  noSuffix: '"{name}" is no name of a unit: systemctl enable fails, and the unit is not started at boot.',
  near: 'systemd has no "{name}": enabling the unit links it where nothing looks, and it is not started at boot. Is "{near}" meant?',
  notUnit:
    'systemd has no "{name}": enabling the unit links it where nothing looks, and it is not started at boot. Is the target meant, "{near}"?',
  comment:
    'A comment needs a line of its own: systemctl enable takes each word of "{comment}" for a unit, and fails. Put it on a line of its own.',
  alias: 'systemctl enable fails: {unit} cannot have the alias {name}, which is a name for {other}.',
  aliasTemplate:
    'systemctl enable fails: {unit} cannot have the alias {name}: the one is a template, and the other is not.',
} as const;

export default defineRule({
  id: 'systemd/unknown-target',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages,
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
        if (entry.key === 'Alias') checkAlias(entry, kind, report);
        if (!KEYS.includes(entry.key)) continue;
        const comment = /\s+[#;].*$/s.exec(entry.value);
        if (comment && comment.index > 0) {
          const at = placeInValue(entry, comment.index, entry.value.length);
          const fix: Fix = { title: 'Remove the comment', applicability: 'suggested', edits: [{ at, text: '' }] };
          report({ at, say: 'comment', with: { comment: comment[0].trim() }, fixes: [fix] });
        }
        for (const { text: name, start, end } of splitWords(entry.value.slice(0, comment?.index)).words) {
          if (name.includes('%') || isSpecialUnit(name) || name === kind.unit) continue;
          const suffix = name.slice(name.lastIndexOf('.') + 1);
          const isUnit = name.includes('.') && UNIT_TYPES.some((it) => it === suffix);
          const near = sameLetters(isUnit ? name : `${name}.target`) ?? (isUnit ? misspelt(name) : undefined);
          if (isUnit && near === undefined) continue;
          const at = placeInValue(entry, start, end);
          const fixes: Fix[] =
            near === undefined
              ? []
              : [{ title: `Write "${near}"`, applicability: 'suggested', edits: [{ at, text: near }] }];
          if (isUnit && suffix !== 'target') report({ at, say: 'notUnit', with: { name, near: near! }, fixes });
          else if (isUnit) report({ at, say: 'near', with: { name, near: near! }, fixes });
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

/** Long names with a letter or two wrong; `multi-user.service` for the target of that name. */
function misspelt(name: string): string | undefined {
  const stem = name.slice(0, name.lastIndexOf('.'));
  if (!name.endsWith('.target')) {
    const target = `${stem}.target`;
    return /^(?:multi-user|graphical|sockets|timers|default|network-online)$/.test(stem) ? target : undefined;
  }
  if (stem.length < 6) return undefined;
  const common = [
    'multi-user',
    'graphical',
    'default',
    'sockets',
    'timers',
    'network-online',
    'sysinit',
    'graphical-session',
  ];
  const near = common.find((it) => it[0] === stem[0] && editDistance(it, stem, 3) <= (it.length < 9 ? 1 : 2));
  return near === undefined ? undefined : `${near}.target`;
}

/** install_verify_alias() in src/shared/install.c: the same type, and a template for a template or an instance of it. */
function checkAlias(entry: Entry, kind: UnitFileKind, report: Report<typeof messages>): void {
  const own = parseUnitName(kind.unit);
  if (!own || own.type !== kind.type) return;
  for (const { text: name, start, end } of splitWords(entry.value).words) {
    if (name.includes('%')) continue;
    const at = placeInValue(entry, start, end);
    const alias = parseUnitName(name);
    const words = { unit: own.full, name };
    if (alias?.type !== own.type) {
      const other = alias ? `a .${alias.type}` : 'no unit';
      const fixes: Fix[] = alias
        ? []
        : [
            {
              title: `Write ${name}.${own.type}`,
              applicability: 'suggested',
              edits: [{ at, text: `${name}.${own.type}` }],
            },
          ];
      report({ at, say: 'alias', with: { ...words, other }, fixes });
    } else if ((alias.instance === undefined) !== (own.instance === undefined) && own.instance !== undefined)
      report({ at, say: 'aliasTemplate', with: words });
    else if (alias.instance === '' && own.instance === undefined) report({ at, say: 'aliasTemplate', with: words });
  }
}

let byLetters: Map<string, string> | undefined;

function letters(name: string): string {
  return name.slice(0, -'.target'.length).toLowerCase().replace(/[-_.]/g, '').replace(/s$/, '');
}
