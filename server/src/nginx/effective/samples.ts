/** A text that a regular expression matches, for the simple ones that stand in configurations. */
import { matcher } from './regex.js';

/** Undefined where none is found; what is returned does match. */
export function sampleOf(pattern: string, caseless: boolean): string | undefined {
  const regex = matcher(pattern, caseless);
  if (!regex) return undefined;
  const guess = withoutGroups(pattern.replace(/^\(\?i\)/, ''))
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/(?:\\d|\[0-9\])(?:[+*]|\{\d[^}]*\})?\??/g, '1')
    .replace(/(?:\\w|\[\^[^\]]*\]|\[[^\]]*[a-z][^\]]*\]|(?<!\\)\.)(?:[+*]\??)?/gi, 'x')
    .replace(/(?:[A-Za-z0-9/_-]|\\.)[?*]/g, '')
    .replace(/\\(.)/g, '$1');
  return [guess, `/${guess}`, `/x${guess}`].find((it) => it.startsWith('/') && regex.match(it));
}

/** Groups by their first choice, those that may be missing left out. */
function withoutGroups(pattern: string): string {
  let text = pattern;
  for (let i = 0; i < 10; i++) {
    const next = text.replace(
      /(?<!\\)\((?:\?(?:P?<\w+>|:))?((?:[^()\\|]|\\.)*)(?:\|(?:[^()\\]|\\.)*)?\)([?*])?/,
      (_, first: string, mayMiss) => (mayMiss === undefined ? first : ''),
    );
    if (next === text) return text;
    text = next;
  }
  return text;
}
