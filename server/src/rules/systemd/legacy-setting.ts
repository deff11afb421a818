import type { Fix, PlaceEdit } from '../../base/fix.js';
import { keyEntry } from '../../catalog/systemd.js';
import { type Entry, placeOfEntry, placeOfKey, placeOfValue } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

interface Replacement {
  readonly key: string;
  /** The value in the new key's measure; undefined where it has to be thought over. */
  readonly value?: (old: string) => string | undefined;
  /** systemd says nothing of the old name and takes it. */
  readonly silent?: boolean;
}

const same = (old: string): string => old;
/** A number in another measure, within the weights that cgroup v2 knows. */
const scaled = (from: number) => (old: string) =>
  /^\d+$/.test(old) ? String(Math.min(10000, Math.max(1, Math.round((Number(old) * 100) / from)))) : undefined;

/** "Support for ... will be removed", and old names: src/core/load-fragment-gperf.gperf.in and NEWS. */
const REPLACED: Readonly<Record<string, Replacement>> = {
  MemoryLimit: { key: 'MemoryMax', value: same },
  CPUShares: { key: 'CPUWeight', value: scaled(1024) },
  StartupCPUShares: { key: 'StartupCPUWeight', value: scaled(1024) },
  BlockIOAccounting: { key: 'IOAccounting', value: same },
  BlockIOWeight: { key: 'IOWeight', value: scaled(500) },
  StartupBlockIOWeight: { key: 'StartupIOWeight', value: scaled(500) },
  BlockIODeviceWeight: { key: 'IODeviceWeight' },
  BlockIOReadBandwidth: { key: 'IOReadBandwidthMax', value: same },
  BlockIOWriteBandwidth: { key: 'IOWriteBandwidthMax', value: same },
  RequiresOverridable: { key: 'Requires', value: same },
  RequisiteOverridable: { key: 'Requisite', value: same },
  BindTo: { key: 'BindsTo', value: same, silent: true },
  PropagateReloadTo: { key: 'PropagatesReloadTo', value: same, silent: true },
  PropagateReloadFrom: { key: 'ReloadPropagatedFrom', value: same, silent: true },
  OnFailureIsolate: {
    key: 'OnFailureJobMode',
    value: (old) => (/^(?:1|yes|y|true|t|on)$/i.test(old) ? 'isolate' : 'replace'),
    silent: true,
  },
  ReadWriteDirectories: { key: 'ReadWritePaths', value: same, silent: true },
  ReadOnlyDirectories: { key: 'ReadOnlyPaths', value: same, silent: true },
  InaccessibleDirectories: { key: 'InaccessiblePaths', value: same, silent: true },
};

const SYSLOG = /^syslog(\+console)?$/;

export default defineRule({
  id: 'systemd/legacy-setting',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    ending: 'systemd warns of {key}= and drops it in version 258; {now}= took its place.',
    gone: 'systemd {version} has no {key}= any more and ignores the line; {now}= took its place.',
    removed: 'systemd has removed {key}= and ignores the line.',
    obsolete: '{key}= is an old name: systemd warns of it and takes {now}= instead.',
    renamed: '{key}= is the old name of {now}=.',
    moved: '{key}= is read here for the sake of old units; today {now} stands in [Unit].',
    prefix:
      'PermissionsStartOnly= is only there for old units: a "+" or "!" before single commands says which of them keep the rights of root.',
    syslog: 'systemd warns of {value} and takes {now}, which reaches syslog all the same.',
  },
  docs: {
    summary: 'A key or value that systemd has replaced or removed.',
    why: 'systemd warns of it, and later versions ignore it: a memory limit that is no more is no limit.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
MemoryLimit=512M
StandardOutput=syslog
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
MemoryMax=512M
StandardOutput=journal
`,
    sources: ['NEWS of systemd', 'config_parse_warn_compat() in src/shared/conf-parser.c'],
  },

  check({ file, kind, target }, report) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const known = keyEntry(section.name, entry.key, kind.type);
        if (!known) continue;
        const { key } = entry;
        const syslog = /^Standard(?:Output|Error)$/.test(key) ? SYSLOG.exec(entry.value) : null;
        if (syslog) {
          const now = `journal${syslog[1] ?? ''}`;
          const at = placeOfValue(entry);
          const fix: Fix = { title: `Change to ${now}`, applicability: 'safe', edits: [{ at, text: now }] };
          report({ at, say: 'syslog', with: { value: entry.value, now }, fixes: [fix] });
          continue;
        }
        const old = Object.hasOwn(REPLACED, key) ? REPLACED[key] : undefined;
        const at = placeOfKey(entry);
        if (old) {
          const { key: now } = old;
          const fixes = renaming(entry, old);
          const { version } = target;
          if (old.silent) report({ at, say: 'renamed', with: { key, now }, fixes, severity: 'hint' });
          else if (!known.removed) report({ at, say: 'obsolete', with: { key, now }, fixes });
          else if (version !== undefined && version >= 258)
            report({ at, say: 'gone', with: { key, now, version }, fixes });
          else report({ at, say: 'ending', with: { key, now }, fixes });
        } else if (known.removed && known.dumps?.length === 0) {
          const edits = [{ at: placeOfEntry(entry), text: '' }];
          report({
            at,
            say: 'removed',
            with: { key },
            fixes: [{ title: 'Remove it', applicability: 'suggested', edits }],
          });
        } else if (section.name === 'Service' && /^StartLimit(?:Interval|Burst|Action)$/.test(key)) {
          const now = key === 'StartLimitInterval' ? 'StartLimitIntervalSec=' : `${key}=`;
          report({ at, say: 'moved', with: { key, now }, severity: 'hint' });
        } else if (key === 'PermissionsStartOnly') report({ at, say: 'prefix', severity: 'hint' });
      }
    }
  },
});

function renaming(entry: Entry, { key, value }: Replacement): readonly Fix[] {
  const text = entry.value === '' ? '' : value?.(entry.value);
  if (text === undefined) return [];
  const edits: PlaceEdit[] = [{ at: placeOfKey(entry), text: key }];
  if (text !== entry.value) edits.push({ at: placeOfValue(entry), text });
  return [{ title: `Change to ${key}=`, applicability: 'suggested', edits }];
}
