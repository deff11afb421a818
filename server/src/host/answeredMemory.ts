/** Values remembered by an object, as long as the answers of the host that they rest on stay. */
import type { RememberedHost } from './remembered.js';

interface Kept<V> {
  readonly value: V;
  /** The questions that were asked for it, as the host names them. */
  readonly asked: readonly string[];
  revision: number;
}

export class AnsweredMemory<K extends object, V> {
  private kept = new WeakMap<K, Kept<V>>();
  private latest:
    | { readonly from: number; readonly to: number; readonly changed: ReadonlySet<string> | undefined }
    | undefined;

  constructor(private readonly host: RememberedHost) {}

  /** The value for the object; made at the first asking, and again when an answer that it rests on has changed. */
  get(key: K, make: () => V): V {
    const before = this.kept.get(key);
    if (before && this.holds(before)) return before.value;
    const asked = new Set<string>();
    const value = this.host.recording(asked, make);
    this.kept.set(key, { value, asked: [...asked], revision: this.host.revision });
    return value;
  }

  private holds(kept: Kept<V>): boolean {
    const { revision } = this.host;
    if (kept.revision === revision) return true;
    if (this.latest?.from !== kept.revision || this.latest.to !== revision) {
      const list = this.host.changedSince(kept.revision);
      this.latest = { from: kept.revision, to: revision, changed: list && new Set(list) };
    }
    const { changed } = this.latest;
    if (!changed || kept.asked.some((it) => changed.has(it))) return false;
    kept.revision = revision;
    return true;
  }
}
