import type { LineIndex } from '../../base/lineIndex.js';
import { type Anchor, type Place, spanOf } from '../../base/place.js';
import { directiveEntries, directiveIn, type NginxContext } from '../../catalog/nginx.js';
import { type BodyContext, contextInside } from '../../nginx/contexts.js';
import { Item, type NginxFile } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import { lacksBrace } from './missing-semicolon.js';

export default defineRule({
  id: 'nginx/unmatched-brace',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'nginxFile',
  messages: {
    unclosed: 'The "}" that closes "{name}" is missing. nginx will not start.',
    stray: 'This "}" closes nothing. nginx will not start.',
    early:
      'nginx does not allow "{name}" {where}, where a "}" too many above this line has put it, and will not start.',
    nameless: 'This block has no name before its "{brace}". nginx will not start.',
    empty: 'This ";" ends nothing. nginx will not start.',
  },
  docs: {
    summary: 'An opening or closing brace without its partner, a block without a name, a semicolon that ends nothing.',
    why: 'nginx -t fails with `unexpected end of file`, `unexpected "}"` or `unexpected ";"`. While braces do not match, contexts in this file are not judged.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        return 204;
    listen 80;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        return 204;
    }
    listen 80;
}
`,
    sources: ['ngx_conf_read_token() in src/core/ngx_conf_file.c'],
  },

  check({ file, faults, lines }, report) {
    // A brace that was forgotten after a block's name leaves its partner alone: one message for the two is enough.
    let forgotten = faults.filter((it) => lacksBrace(it, 'unknown', directiveEntries(it.name))).length;
    for (const item of faults) {
      const at: Place = { node: item, start: 0, end: 1 };
      switch (item.kind) {
        case 'stray-close':
          if (forgotten-- > 0) break;
          if (reportEarly(file.children, item)) break;
          report({
            at,
            say: 'stray',
            fixes: [{ title: 'Remove "}"', applicability: 'suggested', edits: [{ at, text: '' }] }],
          });
          break;
        case 'stray-semicolon':
          report({
            at,
            say: 'empty',
            fixes: [{ title: 'Remove ";"', applicability: 'safe', edits: [{ at, text: '' }] }],
          });
          break;
        case 'anonymous':
          report({ at, say: 'nameless', with: { brace: '{' } });
          break;
      }
    }
    // One missing brace leaves every block around it without one: the outermost is enough to say it once.
    const unclosed = faults.find((it) => it.open !== undefined && it.close === undefined);
    if (unclosed) {
      const { block, after, next } = beforeNginxStops(file, whereBraceIsMissing(unclosed, lines));
      const indent = ' '.repeat(columnOf(block, lines));
      const end: Place = { node: after.item, start: after.offset, end: after.offset };
      const edits = [{ at: end, text: `\n${indent}}` }];
      report({
        at: after.item === block ? { node: block, start: 0, end: block.words[0]?.end ?? 1 } : gap(after, next),
        say: 'unclosed',
        with: { name: block.name },
        related: [
          { at: { node: block, start: block.open!, end: block.open! + 1 }, text: `"${block.name}" opens here` },
        ],
        fixes: [{ title: 'Insert "}"', applicability: 'suggested', edits }],
      });
    }

    /** A brace too many is one too early: nginx stops where the first directive has lost its block. */
    function reportEarly(items: readonly Item[], stray: Item): boolean {
      const found = firstMisplaced(items.slice(0, items.indexOf(stray)));
      if (!found) return false;
      const { item, context } = found;
      report({ at: headOf(item), say: 'early', with: { name: item.name, where: PLACES[context] ?? `in ${context}` } });
      return true;
    }
  },
});

const PLACES: Readonly<Record<string, string>> = { main: 'at the top level', lif: 'in "if"', sif: 'in "if"' };

/** The first directive that nginx would not take where the braces put it; the top is what the first directive belongs to. */
function firstMisplaced(items: readonly Item[]): { item: Item; context: BodyContext } | undefined {
  const first = items.find((it) => it.isDirective && directiveEntries(it.name).length > 0);
  const top = first && TOPS.find((it) => directiveIn(first.name, it));
  return top && misplacedIn(items, top);
}

const TOPS: readonly NginxContext[] = ['main', 'http', 'server', 'location', 'stream', 'upstream'];

function misplacedIn(items: readonly Item[], context: BodyContext): { item: Item; context: BodyContext } | undefined {
  if (context === 'unknown') return undefined;
  for (const item of items) {
    // Entries have no blocks: nginx stops at the brace.
    if (context === 'data') {
      if (item.kind === 'block' && directiveEntries(item.name).some((it) => it.block)) return { item, context };
      continue;
    }
    if (!item.isDirective || directiveEntries(item.name).length === 0) continue;
    if (!directiveIn(item.name, context)) return { item, context };
    const inside = item.children && misplacedIn(item.children, contextInside(item, context));
    if (inside) return inside;
  }
  return undefined;
}

interface MissingBrace {
  readonly block: Item;
  readonly after: After;
  readonly next: Place | undefined;
}

/**
 * What columns tell, unless nginx stops before that: with the braces as they are it is the first directive that cannot
 * stand where it stands, so the brace is missing above it.
 */
function beforeNginxStops(file: NginxFile, found: MissingBrace): MissingBrace {
  const stop = firstMisplaced(file.children)?.item;
  const block = stop?.parent;
  if (!stop || !(block instanceof Item)) return found;
  const { item, offset } = found.after;
  const [ours, its] = [spanOf({ node: item, start: offset, end: offset }), spanOf(headOf(stop))];
  if (!ours || !its || ours.start <= its.start) return found;
  const before = block.children!.filter((it) => it.kind !== 'comment' && it.offset < stop.offset).at(-1);
  return { block, after: endOf(before, block), next: headOf(stop) };
}

interface After {
  readonly item: Item;
  /** From the item's start. */
  readonly offset: number;
}

/** From the last character before the missing brace to the word at which nginx notices, the gap between them included. */
function gap({ item, offset }: After, next: Place | undefined): Place {
  const start = Math.max(0, offset - 1);
  const before = spanOf({ node: item, start, end: offset });
  const after = next && spanOf(next);
  const end = before && after && after.end > before.end ? start + after.end - before.start : offset;
  return { node: item, start, end };
}

/**
 * People indent what they mean. A block whose closing brace stands further left than itself has taken that of a block
 * around it, and so has one on the way up from the missing brace. In the innermost of these the brace is missing: before
 * the first child that is no further right than the block, else at the end.
 */
function whereBraceIsMissing(outermost: Item, lines: LineIndex): MissingBrace {
  // Lua goes on to the end of the file.
  if (!outermost.children)
    return { block: outermost, after: { item: outermost, offset: outermost.length }, next: undefined };
  const tookAnother = (it: Item) =>
    it.children !== undefined &&
    it.open !== undefined &&
    startsLine(it, lines) &&
    (it.close === undefined || closeColumn(it, lines) < columnOf(it, lines));
  let block = outermost;
  for (let inner: Item | undefined = outermost; inner; inner = inner.children!.findLast(tookAnother)) block = inner;
  if (block === outermost) block = withoutColumns(outermost, lines) ?? block;
  const children = block.children!;
  const column = columnOf(block, lines);
  const outdented = children.findIndex(
    (it) => it.kind !== 'comment' && startsLine(it, lines) && columnOf(it, lines) <= column,
  );
  if (outdented >= 0 && !(outdented === 0 && children.some((it) => isFlat(it, lines))))
    return { block, after: endOf(children[outdented - 1], block), next: headOf(children[outdented]!) };
  return { block, after: endOf(children[children.length - 1], block), next: closeAround(block) };
}

/** Written without indentation, so that columns say nothing of where blocks end. */
function isFlat(block: Item, lines: LineIndex): boolean {
  const [first] = block.children ?? [];
  return first !== undefined && startsLine(first, lines) && columnOf(first, lines) <= columnOf(block, lines);
}

/** Where columns tell nothing on the way from the top: the last block that begins on a line with its body and ends elsewhere. */
function withoutColumns(outermost: Item, lines: LineIndex): Item | undefined {
  let found: Item | undefined;
  const look = (item: Item): void => {
    for (const it of item.children ?? []) {
      if (!it.children || it.open === undefined) continue;
      const line = lineOf(it, it.open, lines);
      const [child] = it.children;
      const isOnOneLine = child !== undefined && lineOf(child, 0, lines) === line;
      if (isOnOneLine && (it.close === undefined || lineOf(it, it.close, lines) !== line)) found = it;
      look(it);
    }
  };
  look(outermost);
  return found;
}

function lineOf(item: Item, offset: number, lines: LineIndex): number {
  const span = spanOf({ node: item, start: offset, end: offset });
  return span ? lines.lineAt(span.start) : -1;
}

/** Up to a brace on a line of its own: nginx speaks of that line. */
const headOf = (item: Item): Place => ({
  node: item,
  start: 0,
  end: item.open !== undefined ? item.open + 1 : (item.words[0]?.end ?? 1),
});

/** The brace at which a block ends that has none of its own; the end of the file if there is none. */
function closeAround(block: Item): Place | undefined {
  for (let item: Anchor | undefined = block; item; item = item.parent) {
    if (!(item instanceof Item))
      return { node: item, start: (item as NginxFile).length, end: (item as NginxFile).length };
    if (item.close !== undefined) return { node: item, start: item.close, end: item.close + 1 };
  }
  return undefined;
}

function endOf(item: Item | undefined, block: Item): After {
  return item ? { item, offset: item.length } : { item: block, offset: block.open! + 1 };
}

function startsLine(item: Item, lines: LineIndex): boolean {
  const span = spanOf({ node: item, start: 0, end: 0 });
  if (!span) return false;
  const before = item.parent && 'children' in item.parent ? item.parent.children! : [];
  const line = lines.lineAt(span.start);
  return !before.some(
    (it) =>
      it !== item && it.offset < item.offset && lines.lineAt(spanOf({ node: it, start: 0, end: 0 })!.start) === line,
  );
}

function columnOf(item: Item, lines: LineIndex): number {
  const span = spanOf({ node: item, start: 0, end: 0 });
  return span ? lines.position(span.start).character : 0;
}

function closeColumn(item: Item, lines: LineIndex): number {
  const span = spanOf({ node: item, start: item.close!, end: item.close! });
  if (!span || !item.children) return Number.POSITIVE_INFINITY;
  const at = lines.position(span.start);
  const open = spanOf({ node: item, start: item.open!, end: item.open! })!;
  return lines.lineAt(open.start) === at.line ? Number.POSITIVE_INFINITY : at.character;
}
