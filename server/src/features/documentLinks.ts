/** Addresses in units that can be opened: Documentation= with web pages and manual pages. */
import type { HostPath } from '../base/hostPath.js';
import { placeInValue, type UnitFile } from '../syntax/unitSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type LocatedRange, locate } from './located.js';

export interface DocumentLink {
  readonly range: LocatedRange;
  /** A web address. */
  readonly target: string;
  readonly tooltip: string;
}

export function documentLinks(snapshot: Snapshot, path: HostPath): DocumentLink[] {
  if (!snapshot.unitFiles.includes(path)) return [];
  const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
  return (file?.sections ?? []).flatMap((section) =>
    section.entries.flatMap((entry) => {
      if (entry.kind !== 'assignment' || entry.key !== 'Documentation') return [];
      return [...entry.value.matchAll(/\S+/g)].flatMap((match) => {
        const target = targetOf(match[0]);
        const at = target && locate(snapshot, placeInValue(entry, match.index, match.index + match[0].length));
        return target && at ? [{ range: at.range, ...target }] : [];
      });
    }),
  );
}

/** `man:nginx(8)` has no page that an editor can open, so its web edition stands in: systemd's own pages, else Debian's. */
function targetOf(word: string): { target: string; tooltip: string } | undefined {
  if (/^https?:\/\/./.test(word)) return { target: word, tooltip: 'Open the page' };
  const page = /^man:([\w.@:+-]+)\((\d\w*)\)$/.exec(word);
  if (!page) return undefined;
  const [, name, volume] = page as unknown as [string, string, string];
  const tooltip = `Open the manual page; in a terminal: man ${volume} ${name}`;
  if (/^(?:systemd|journal|udev|network|login|resolved|timedate|hostname|sd_|sd-)/.test(name))
    return { target: `https://www.freedesktop.org/software/systemd/man/latest/${name}.html`, tooltip };
  return { target: `https://manpages.debian.org/${name}.${volume}`, tooltip };
}
