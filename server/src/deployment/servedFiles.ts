/** The files that locations of nginx serve by themselves: where they lie, and where nginx looks for a URI. */
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Block } from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import type { Location } from '../nginx/effective/locations.js';

/** A location with one of these answers otherwise, or asks somebody else for what is not there. */
const ANSWERS =
  /_pass$|^(?:stub_status|empty_gif|flv|mp4|perl|js_content|return|rewrite|if|deny|internal|error_page|include)$|_by_lua|^echo|^image_filter$/;

/** Where a location that ends with a slash keeps its files: its own alias or root, as plain text. */
export function folderOf({ block, match }: Location): HostPath | undefined {
  const by = block.first('alias') ?? block.first('root');
  const value = by?.args[0];
  if (!value?.startsWith('/') || value.includes('$') || !match.text.endsWith('/') || /[^\x20-\x7e]/.test(match.text))
    return undefined;
  if (by!.name === 'alias') return value.endsWith('/') ? hostPath(value) : undefined;
  return hostPath(value.replace(/\/$/, '') + match.text);
}

/** How many files of a folder are tried. */
const MOST_NAMES = 40;

/** Files of a folder and of the folders in it. */
export function namesIn(folder: HostPath, host: HostView): string[] {
  const plain = (names: readonly string[]) => names.filter((it) => /^[\w.-]+\.\w+$/.test(it) && !it.startsWith('.'));
  const top = host.list(folder);
  if (!top.known || !top.value) return [];
  const inner = top.value
    .filter((it) => /^[\w-]+$/.test(it))
    .slice(0, 8)
    .flatMap((it) => {
      const names = host.list(joinPath(folder, it));
      return plain((names.known && names.value) || [])
        .slice(0, 8)
        .map((name) => `${it}/${name}`);
    });
  return [...plain(top.value).slice(0, MOST_NAMES), ...inner].slice(0, MOST_NAMES);
}

/**
 * The path that a location without an answer of its own opens; undefined where that is not known.
 * @param pages whether a page for what is not found may stand in: it changes what a client reads, and with `=` the status.
 */
export function lookedFor(block: Block, uri: string, pages = false): HostPath | 'nowhere' | undefined {
  if (!block.complete || block.directives.some((it) => ANSWERS.test(it.name) && !(pages && it.name === 'error_page')))
    return undefined;
  const tries = block.first('try_files');
  // Any other word than the URI itself may be answered by something else.
  if (tries && !/^(?:\$uri\/? )+=4\d\d$/.test(tries.args.join(' '))) return undefined;
  const { directives, certain } = inForce(block, 'root');
  const forMissing = inForce(block, 'error_page').directives.filter((it) => it.args.includes('404'));
  if (!certain || forMissing.some((it) => !pages || it.args.some((one) => one.startsWith('=')))) return undefined;
  const [by] = directives;
  if (!by) return 'nowhere';
  const value = by.args[0] ?? '';
  if (by.name === 'alias' || !value.startsWith('/') || value.includes('$')) return undefined;
  return hostPath(value.replace(/\/$/, '') + uri);
}
