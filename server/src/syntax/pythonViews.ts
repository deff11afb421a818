/** What a view does with every request, before anything could make it do otherwise: templates, files, sleeps by the path. */
import type { Node } from 'web-tree-sitter';

/** A file that is opened, as written. */
export interface PyOpens {
  readonly path: string;
  readonly mode: string;
}

/** Seconds that a WSGI app sleeps where it is asked for one path: `if environ["PATH_INFO"] == "/export": time.sleep(6)`. */
export interface PyPathSleep {
  readonly path: string;
  readonly seconds: number;
}

export interface PyView {
  /** The template that it ends with: `return render_template('home.html')`. */
  readonly template: string | undefined;
  readonly opens: readonly PyOpens[];
  /** What it does with Django's database in any case, through a cursor or a model's manager. */
  readonly database: 'reads' | 'writes' | undefined;
  readonly pathSleeps: readonly PyPathSleep[];
}

/** Seconds of `time.sleep(5)`, as a statement; 0 for any other. */
export function sleepOf(statement: Node | null): number {
  const found = /^(?:await\s+)?(?:time|asyncio)\.sleep\((\d+(?:\.\d+)?)\)$/.exec(statement?.text ?? '');
  return Number(found?.[1] ?? 0);
}

const PLAIN = /^(?:expression_statement|import_.*statement|pass_statement|global_statement|comment)$/;
/** A query set is asked when it is used; what is made, counted or fetched is so at once. */
const ASKS =
  /\bconnection\.(?:cursor|ensure_connection)\(|\.objects\.(?:create|get|count|get_or_create|update_or_create|bulk_create|exists|first|last|aggregate)\(|\bget_(?:object|list)_or_404\(|\.objects\.[^\n]*\.(?:count|exists|first|last)\(\)|\b(?:list|len)\([^\n]*\.objects\./;
const WRITES =
  /\.objects\.(?:create|get_or_create|update_or_create|bulk_create)\(|\.execute\(\s*[fr]?["']{1,3}\s*(?:create|insert|update|delete|drop|alter)\b/i;
const ASKING = /^(?:expression_statement|return_statement|with_statement)$/;
const OPENS = /^open\(\s*(?:"([^"\\]+)"|'([^'\\]+)')\s*(?:,\s*(?:mode\s*=\s*)?["']([rwxabt+]+)["'])?\s*[,)]/;

/** Reads as far as each statement is reached whenever the one before it is. */
export function viewOf(body: Node): PyView {
  const opens: PyOpens[] = [];
  const pathSleeps: PyPathSleep[] = [];
  let template: string | undefined;
  let database: PyView['database'];
  let reached = true;
  for (const it of body.namedChildren) {
    if (!it) continue;
    const slept = it.type === 'if_statement' ? pathSleepOf(it) : undefined;
    if (slept && reached) pathSleeps.push(slept);
    if (slept) continue;
    if (reached && ASKING.test(it.type)) {
      if (WRITES.test(it.text)) database = 'writes';
      else if (ASKS.test(it.text)) database ??= 'reads';
    }
    if (reached && it.type === 'with_statement') opens.push(...opensIn(it));
    else if (reached && it.type === 'return_statement') template = templateOf(it);
    // What a branch, a loop or a `with` does may end the function.
    reached &&= PLAIN.test(it.type) && !/\b(?:abort|redirect|exit)\(/.test(it.text);
  }
  return { template, opens, database, pathSleeps };
}

function templateOf(statement: Node): string | undefined {
  return /^return\s+(?:(?:flask\.)?render_template\(|(?:shortcuts\.)?render\(\s*\w+\s*,)\s*["']([^"'\\{}]+)["']\s*[,)]/.exec(
    statement.text,
  )?.[1];
}

function opensIn(statement: Node): PyOpens[] {
  const items = statement.descendantsOfType('with_item');
  const first = items[0]?.text.trim();
  const found = first === undefined ? null : OPENS.exec(first);
  return found ? [{ path: (found[1] ?? found[2])!, mode: found[3] ?? 'r' }] : [];
}

/** Without an `else`, and with nothing in it but plain statements. */
function pathSleepOf(statement: Node): PyPathSleep | undefined {
  const condition = statement.childForFieldName('condition')?.text ?? '';
  const path =
    /^\(?(?:environ|env)(?:\[\s*["']PATH_INFO["']\s*\]|\.get\(\s*["']PATH_INFO["'][^()]*\))\s*==\s*["']([^"'\\]*)["']\)?$/.exec(
      condition,
    )?.[1];
  if (path === undefined) return undefined;
  let seconds = 0;
  for (const it of statement.childForFieldName('consequence')?.namedChildren ?? []) {
    if (!it || !PLAIN.test(it.type)) break;
    seconds += sleepOf(it);
  }
  return seconds > 0 ? { path, seconds } : undefined;
}
