/** What the completions of both languages share: where somebody types, and what is offered. */
import { type HostPath, joinPath } from '../../base/hostPath.js';
import type { LineIndex } from '../../base/lineIndex.js';
import type { NginxTarget } from '../../catalog/nginxVersion.js';
import type { SystemdTarget } from '../../catalog/systemdVersion.js';
import type { Snapshot } from '../../workspace/hostSpace.js';
import type { LocatedRange } from '../located.js';

export interface CompletionItem {
  readonly label: string;
  readonly kind:
    | 'directive'
    | 'block'
    | 'value'
    | 'variable'
    | 'upstream'
    | 'address'
    | 'file'
    | 'location'
    | 'section'
    | 'key'
    | 'unit'
    | 'name';
  readonly detail?: string;
  /** What documentation there is, to be asked for when the item is looked at. */
  readonly about?: About;
  /** In snippet syntax when snippets were asked for, plain otherwise. */
  readonly insertText: string;
  readonly range: LocatedRange;
  readonly sortText?: string;
}

export type About =
  | { readonly directive: string; readonly module: string }
  | { readonly variable: string }
  | { readonly key: string; readonly section: string; readonly type: string };

export interface CompletionOptions {
  readonly snippets: boolean;
  /** Nothing is offered that these do not have. */
  readonly nginx: NginxTarget;
  readonly systemd: SystemdTarget;
}

export interface Typing {
  readonly snapshot: Snapshot;
  readonly path: HostPath;
  readonly offset: number;
  readonly text: string;
  readonly lines: LineIndex;
  readonly options: CompletionOptions;
}

/** From `start` to the cursor: what an accepted item replaces. */
export function replaced({ lines, offset }: Typing, start: number): LocatedRange {
  return { start: lines.position(start), end: lines.position(offset) };
}

/** Makes items of words that replace what is typed from `start` on. */
export type Plain = (label: string, kind: CompletionItem['kind'], detail?: string) => CompletionItem;

export function plainFrom(typing: Typing, start: number): Plain {
  const range = replaced(typing, start);
  return (label, kind, detail) => ({
    label,
    kind,
    insertText: typing.options.snippets ? label.replace(/[\\$}]/g, '\\$&') : label,
    range,
    ...(detail !== undefined && { detail }),
  });
}

/** What lies in the folder that `partial` names so far, below `from` when it is relative. Folders end with a slash. */
export function pathItems({ snapshot }: Typing, partial: string, from: HostPath, plain: Plain): CompletionItem[] {
  const folder = partial.slice(0, partial.lastIndexOf('/') + 1);
  const at = joinPath(from, folder || '.');
  const names = snapshot.host.list(at);
  if (!names.known) return [];
  return (names.value ?? []).map((name) => {
    const facts = snapshot.host.stat(joinPath(at, name));
    const isFolder = facts.known && facts.value?.kind === 'directory';
    return plain(`${folder}${name}${isFolder ? '/' : ''}`, 'file');
  });
}
