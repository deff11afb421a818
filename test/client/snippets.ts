import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A snippet as VS Code reads it from snippets/. */
export interface Snippet {
  readonly prefix: readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}

/** The snippets of a language, by name. */
export function snippetsOf(language: 'nginx' | 'systemd'): ReadonlyMap<string, Snippet> {
  const path = join(import.meta.dirname, `../../snippets/${language}.json`);
  return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, Snippet>));
}

/** The texts that a snippet inserts with its defaults: one for each answer of its widest choice. */
export function expansions(snippet: Snippet): string[] {
  const choices = [...snippet.body.join('\n').matchAll(/\$\{\d+\|([^|}]*)\|\}/g)];
  const widest = Math.max(1, ...choices.map(([, answers]) => answers!.split(',').length));
  return Array.from({ length: widest }, (_, answer) => expand(snippet, answer));
}

/** The text with every placeholder at its default and every choice at the given answer, or its last. */
function expand({ body }: Snippet, answer: number): string {
  const defaults = new Map<string, string>();
  return body
    .join('\n')
    .replace(/\\([\\$}])|\$\{(\d+):([^{}$]*)\}|\$\{(\d+)\|([^|}]*)\|\}|\$(\d+)|\$/g, (whole, escaped, ...groups) => {
      if (escaped !== undefined) return escaped;
      const [placeholder, text, choice, answers, mirror] = groups as (string | undefined)[];
      if (placeholder) defaults.set(placeholder, text!);
      else if (choice)
        defaults.set(
          choice,
          answers!
            .split(',')
            .slice(0, answer + 1)
            .at(-1)!,
        );
      const stop = placeholder ?? choice ?? mirror;
      if (stop === undefined)
        throw new Error(`a $ that is neither escaped nor a tab stop: ${whole} in ${body.join('\n')}`);
      if (stop !== '0' && !defaults.has(stop)) throw new Error(`tab stop ${stop} is used before it has a default`);
      return defaults.get(stop) ?? '';
    });
}
