/**
 * Comments that silence a rule: `# throughline-ignore nginx/some-rule: reason`, on the line of the finding or above it.
 * Several rules are separated by commas. What such a comment names must exist and be needed.
 */

import { nearest } from '../base/nearest.js';
import { type FileAnchor, spanOf } from '../base/place.js';
import { allRules } from '../rules/all.generated.js';
import type { Finding, Severity } from '../rules/rule.js';

const MARK = 'throughline-ignore';

interface Ignore {
  readonly rule: string;
  /** UTF-16 units of the file. */
  readonly start: number;
  readonly end: number;
  /** Of the text that it speaks for. */
  readonly from: number;
  readonly to: number;
  readonly hasReason: boolean;
  used: boolean;
}

/** What remains of a file's findings, and what is to be said of its comments. */
export function withoutIgnored(
  findings: readonly Finding[],
  file: FileAnchor,
  text: string,
  isOff: (rule: string) => boolean,
): Finding[] {
  if (!text.includes(MARK)) return [...findings];
  const ignores = ignoresIn(text, file);
  const left = findings.filter((finding) => {
    const start = spanOf(finding.at)?.start;
    if (start === undefined) return true;
    const by = ignores.filter((it) => it.rule === finding.rule && it.from <= start && start < it.to);
    for (const it of by) it.used = true;
    return by.length === 0;
  });
  for (const it of ignores) {
    const known = ruleIds.has(it.rule);
    if (it.used && !it.hasReason) left.push(unreasoned(it, file));
    if (it.used || (known && isOff(it.rule))) continue;
    left.push(known ? unused(it, file) : unknownRule(it, file));
  }
  const startOf = ({ at }: Finding) => spanOf(at)?.start ?? 0;
  return left.sort((a, b) => startOf(a) - startOf(b));
}

const ruleIds = new Set(allRules.map((it) => it.id));

function unknownRule(it: Ignore, file: FileAnchor): Finding {
  const near = nearest(it.rule, [...ruleIds]);
  const at = { node: file, start: it.start, end: it.end };
  return {
    ...said('unknown', 'warning', it, file),
    message: `There is no rule "${it.rule}", so nothing is ignored.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    fixes:
      near === undefined
        ? []
        : [{ title: `Change to "${near}"`, applicability: 'suggested', edits: [{ at, text: near }] }],
  };
}

function unused(it: Ignore, file: FileAnchor): Finding {
  return {
    ...said('unused', 'hint', it, file),
    message: `${it.rule} has nothing to say here any more. This comment can go.`,
    fixes: [],
  };
}

function unreasoned(it: Ignore, file: FileAnchor): Finding {
  const at = { node: file, start: it.end, end: it.end };
  return {
    ...said('unreasoned', 'hint', it, file),
    message: `Say why, for whoever reads this next: "${MARK} ${it.rule}: reason".`,
    fixes: [{ title: 'Add ": reason"', applicability: 'suggested', edits: [{ at, text: ': reason' }] }],
  };
}

function said(messageId: string, severity: Severity, it: Ignore, file: FileAnchor) {
  const at = { node: file, start: it.start, end: it.end };
  return { rule: 'throughline/ignore', messageId, severity, at, related: [] };
}

function ignoresIn(text: string, file: FileAnchor): Ignore[] {
  const isUnit = !('language' in file) || file.language === 'systemd';
  const found: Ignore[] = [];
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + MARK.length)) {
    const lineStart = text.lastIndexOf('\n', at) + 1;
    const lineEnd = endOfLine(text, at);
    const before = text.slice(lineStart, at);
    const alone = /^\s*[#;]\s*$/.test(before) && (isUnit || before.includes('#'));
    // Behind a directive of nginx; systemd has no comments behind values.
    if (!alone && (isUnit || !/[;{}\s]#\s*$/.test(before))) continue;
    const rest = text.slice(at + MARK.length, lineEnd);
    // The reason begins at the colon.
    const list = /^[ \t]+[^:\r]*/.exec(rest)?.[0] ?? '';
    const hasReason = /^:\s*\S/.test(rest.slice(list.length));
    const names = [...list.matchAll(/[^\s,]+/g)];
    const [from, to] = alone ? nextLine(text, lineEnd) : [lineStart, lineEnd];
    for (const [i, name] of names.entries()) {
      const start = at + MARK.length + name.index;
      const reasoned = hasReason || i < names.length - 1;
      found.push({ rule: name[0], start, end: start + name[0].length, from, to, hasReason: reasoned, used: false });
    }
  }
  return found;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** The next line that is neither empty nor a comment. */
function nextLine(text: string, lineEnd: number): [number, number] {
  let start = lineEnd + 1;
  while (start < text.length) {
    const end = endOfLine(text, start);
    if (!/^\s*(?:[#;].*)?$/.test(text.slice(start, end).replace(/\r$/, ''))) return [start, end + 1];
    start = end + 1;
  }
  return [text.length, text.length];
}

/**
 * The edit that silences a finding: a comment above its line. Undefined where a line begins within a quoted argument, or
 * goes on from the one before, so that a comment would become part of it.
 */
export function ignoreEdit(finding: Finding, text: string): { offset: number; newText: string } | undefined {
  const span = spanOf(finding.at);
  if (!span || !ruleIds.has(finding.rule)) return undefined;
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))![0];
  const { node } = finding.at;
  const nodeStart = spanOf({ node, start: 0, end: 0 })?.start ?? span.start;
  if (nodeStart < lineStart && nodeStart > 0) return undefined;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { offset: lineStart, newText: `${indent}# ${MARK} ${finding.rule}: reason${eol}` };
}
