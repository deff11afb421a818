/** The report for people: each finding with the line it speaks of, and a summary. */
import { LineIndex } from '../../base/lineIndex.js';
import type { LocatedFinding, LocatedRange } from '../../features/located.js';
import type { Severity } from '../../rules/rule.js';
import type { Report } from './report.js';

type Paint = (text: string) => string;
interface Palette {
  readonly severity: Readonly<Record<Severity, Paint>>;
  readonly faint: Paint;
  readonly strong: Paint;
  readonly help: Paint;
}

const code =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001B[${open}m${text}\u001B[${close}m`;
const none: Paint = (text) => text;
const plain: Palette = {
  severity: { error: none, warning: none, information: none, hint: none },
  faint: none,
  strong: none,
  help: none,
};
const colours: Palette = {
  severity: { error: code(31, 39), warning: code(33, 39), information: code(34, 39), hint: code(36, 39) },
  faint: code(2, 22),
  strong: code(1, 22),
  help: code(32, 39),
};

/** Colours follow the terminal, NO_COLOR and FORCE_COLOR. */
export function prettyReport(report: Report, stream: { isTTY?: boolean }): string {
  const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0';
  const palette = forced || (stream.isTTY && !process.env.NO_COLOR) ? colours : plain;
  const frames = report.findings.map((it) => frame(report, it, palette));
  return `${[...frames, summary(report, palette)].join('\n')}\n`;
}

function frame(report: Report, finding: LocatedFinding, palette: Palette): string {
  const paint = palette.severity[finding.severity];
  const lines = [
    `${paint(finding.severity)} ${palette.faint(finding.code)}  ${palette.strong(finding.message)}`,
    ...excerpt(report, finding, finding, paint, palette),
  ];
  for (const it of finding.related) {
    lines.push(`  ${palette.faint('note:')} ${it.message}`, ...excerpt(report, finding, it, palette.faint, palette));
  }
  for (const fix of finding.fixes) lines.push(`  ${palette.help('fix:')} ${fix.title}`);
  return `${lines.join('\n')}\n`;
}

// Tabs and control characters would move the carets away from what they point at.
const visible = (text: string) => text.replace(/\t/g, ' ').replace(/[\u0000-\u001F\u007F]/g, '\u{FFFD}');
const WIDEST = 160;

function excerpt(
  report: Report,
  finding: LocatedFinding,
  at: { file: LocatedFinding['file']; range: LocatedRange },
  paint: Paint,
  palette: Palette,
): string[] {
  const { start, end } = at.range;
  const where = `${report.relative(at.file, finding)}:${start.line + 1}:${start.character + 1}`;
  const text = report.textOf(at.file, finding);
  const head = `  ${palette.faint('-->')} ${where}`;
  if (text === undefined) return [head];
  const lines = LineIndex.of(text);
  const line = text.slice(lines.lineStart(start.line), lines.lineStart(start.line + 1)).replace(/[\r\n]+$/, '');
  const from = Math.max(0, start.character - WIDEST / 2);
  const last = end.line === start.line ? end.character : line.length;
  const shown = visible(line.slice(from, from + WIDEST));
  const length = Math.max(1, Math.min(last, from + WIDEST) - start.character);
  const number = String(start.line + 1);
  const margin = ' '.repeat(number.length);
  const bar = palette.faint('|');
  return [
    head,
    `   ${palette.faint(number)} ${bar} ${shown}`,
    `   ${margin} ${bar} ${' '.repeat(start.character - from)}${paint('^'.repeat(length))}`,
  ];
}

function summary({ files, findings }: Report, palette: Palette): string {
  const checked = `${files} ${files === 1 ? 'file' : 'files'} checked`;
  if (findings.length === 0) return palette.help(`Nothing found. ${checked}.`);
  const counts = (['error', 'warning', 'information', 'hint'] as const).flatMap((severity) => {
    const count = findings.filter((it) => it.severity === severity).length;
    const name = count === 1 || severity === 'information' ? severity : `${severity}s`;
    return count === 0 ? [] : [palette.severity[severity](`${count} ${name}`)];
  });
  return `${counts.join(', ')}. ${checked}.`;
}
