/** An explanation as lines for a terminal, and as a document for an editor. */
import type { HostPath } from '../../base/hostPath.js';
import type { LocatedRange } from '../located.js';
import type { ExplainedStep, Explanation } from './explain.js';

export function explanationLines(explanation: Explanation): string[] {
  const lines = explanation.steps.map((it) => `  ${it.what}${where(it)}`);
  return [explanation.url, ...lines, `  => ${answerText(explanation)}`, ...problemLines(explanation)];
}

/** A text to be read beside the files, and the stretches of it that name places in them. */
export interface ExplanationDocument {
  readonly text: string;
  readonly links: readonly {
    readonly line: number;
    readonly start: number;
    readonly end: number;
    readonly file: HostPath;
    readonly at: LocatedRange;
  }[];
}

export function explanationDocument(explanation: Explanation): ExplanationDocument {
  const lines = [explanation.url, '', capitalized(answerText(explanation)), ''];
  const links: ExplanationDocument['links'][number][] = [];
  for (const [i, { what, file, range }] of explanation.steps.entries()) {
    lines.push(`${String(i + 1).padStart(2)}. ${what}`);
    if (!file || !range) continue;
    const place = `${file}:${range.start.line + 1}`;
    links.push({ line: lines.length, start: INDENT.length, end: INDENT.length + place.length, file, at: range });
    lines.push(INDENT + place);
  }
  if (explanation.problems.length > 0)
    lines.push('', 'Problems on the way:', ...explanation.problems.map((it) => `  - ${it}`));
  return { text: `${lines.join('\n')}\n`, links };
}

const INDENT = '    ';

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function where({ file, range }: ExplainedStep): string {
  return file && range ? `  (${file}:${range.start.line + 1})` : '';
}

function answerText({ answer }: Explanation): string {
  const { status, kind, why, dependsOn, file, to, app, unit } = answer;
  const parts = [
    status === null ? 'not known' : status === 444 ? '444, the connection is closed without an answer' : String(status),
  ];
  if (kind === 'autoindex') parts.push(`a listing of ${file}`);
  else if (file !== undefined) parts.push(file);
  if (to !== undefined) parts.push(`to ${to}`);
  if (app !== undefined && unit !== undefined) parts.push(`from ${app} in ${unit}`);
  if (why !== undefined) parts.push(`because ${why}`);
  if (dependsOn !== undefined) parts.push(`depends on ${dependsOn}`);
  return parts.join(', ');
}

function problemLines({ problems }: Explanation): string[] {
  return problems.length === 0 ? [] : [`  problems: ${problems.join(', ')}`];
}
