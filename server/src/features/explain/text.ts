/** An explanation as lines for a terminal, and as a document for an editor. */
import type { ExplainedStep, Explanation } from './explain.js';

export function explanationLines(explanation: Explanation): string[] {
  const lines = explanation.steps.map((it) => `  ${it.what}${where(it)}`);
  return [explanation.url, ...lines, `  => ${answerText(explanation)}`, ...problemLines(explanation)];
}

export function explanationMarkdown(explanation: Explanation): string {
  const steps = explanation.steps.map((it) => `1. \`${it.what}\`${where(it)}`);
  const problems = explanation.problems.map((it) => `- ${it}`);
  return [
    `# ${explanation.url}`,
    '',
    `**${answerText(explanation)}**`,
    '',
    ...steps,
    ...(problems.length > 0 ? ['', 'Problems on the way:', '', ...problems] : []),
    '',
  ].join('\n');
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
