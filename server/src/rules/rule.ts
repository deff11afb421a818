/** The shape of a rule, and what it reports. */
import type { Fix } from '../base/fix.js';
import type { Place } from '../base/place.js';
import type { ServerNames, Views } from './views.js';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Further places that belong to a finding, in the order in which a reader should look at them. */
export interface Related {
  readonly at: Place;
  readonly text: string;
}

export interface Finding {
  readonly rule: string;
  /** The message's name in its rule: tests speak of it instead of the wording. */
  readonly messageId: string;
  readonly message: string;
  readonly severity: Severity;
  readonly at: Place;
  readonly related: readonly Related[];
  readonly fixes: readonly Fix[];
  /** Of a template's file: the instances that it holds for. Undefined where it holds for whatever the file makes. */
  readonly instances?: readonly string[];
}

export interface RuleDocs {
  /** One line: what is wrong. */
  readonly summary: string;
  /** What happens because of it. */
  readonly why: string;
  /** A fixture (files in one text) that fires, and the nearest one that does not. Both are executed by the tests. */
  readonly bad: string;
  readonly good: string;
  /** Manual pages, documentation pages or source functions that the rule rests on. */
  readonly sources: readonly string[];
}

/** Names between braces in a message: Holes<'{a} and {b}'> is 'a' | 'b'. */
type Holes<M extends string> = M extends `${string}{${infer H}}${infer Rest}` ? H | Holes<Rest> : never;
type Filling<M extends string> = [Holes<M>] extends [never]
  ? { readonly with?: undefined }
  : { readonly with: Readonly<Record<Holes<M>, string | number>> };

interface Reported {
  readonly at: Place;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
  /** Lowers the rule's severity where less is certain. */
  readonly severity?: Severity;
  /** Where the same is to be said as well: the line of a program's own file that makes it so. */
  readonly also?: readonly Place[];
}

export type Report<M extends Record<string, string>> = <K extends keyof M & string>(
  finding: Reported & { readonly say: K } & Filling<M[K]>,
) => void;

/** For a rule that compares servers: what it need not be asked again for. */
export interface Comparison {
  /** What of each server it looks at. `server` itself is another object after each edit and does not count. */
  readonly looksAt: readonly (keyof ServerNames)[];
  /** Servers without a key in common have nothing to do with each other: while only names change, it is shown the rest only. */
  readonly meetsBy?: (server: ServerNames) => readonly string[];
  /** While no server is such a one, it has nothing to say. */
  readonly concerns?: (server: ServerNames) => boolean;
}

export interface RuleSpec<V extends keyof Views, M extends Record<string, string>> {
  /** Names the fault, not the cure. */
  readonly id: `${'nginx' | 'systemd' | 'deployment'}/${string}`;
  /** error only for what the program refuses or ignores, or what certainly fails. */
  readonly severity: Severity;
  /** How sure the rule is when it speaks: `likely` rests on an assumption, which the message says. */
  readonly confidence: 'certain' | 'likely';
  /** `pedantic` rules are off unless somebody asks for them: `--pedantic`, throughline.pedantic, or a severity of their own. */
  readonly audience: 'everyone' | 'pedantic';
  readonly sees: V;
  /**
   * Of a rule that sees 'directive': the names it looks at. Of one that sees 'server': it has nothing to say unless one of
   * these stands in the server or in http. Undefined for one that looks at all.
   */
  readonly directives?: V extends 'directive' | 'server' ? readonly string[] : undefined;
  readonly comparison?: V extends 'servers' ? Comparison : undefined;
  readonly messages: M;
  readonly docs: RuleDocs;
  check(view: Views[V], report: Report<M>): void;
}

export interface Rule<V extends keyof Views = keyof Views> {
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: 'certain' | 'likely';
  readonly audience: 'everyone' | 'pedantic';
  readonly sees: V;
  readonly directives: readonly string[] | undefined;
  readonly comparison: Comparison | undefined;
  readonly messages: Readonly<Record<string, string>>;
  readonly docs: RuleDocs;
  run(view: Views[V], into: Finding[]): void;
}

/** Makes a rule of its declaration: fills messages, and gives findings the rule's name and severity. */
export function defineRule<V extends keyof Views, const M extends Record<string, string>>(
  spec: RuleSpec<V, M>,
): Rule<V> {
  const { id, severity, confidence, audience, sees, directives, comparison, messages, docs } = spec;
  // One for all runs: a rule is run hundreds of thousands of times and hardly ever has anything to say.
  let into: Finding[] = [];
  const report: Report<M> = (finding) => {
    const values = (finding as { with?: Readonly<Record<string, string | number>> }).with ?? {};
    const said: Finding = {
      rule: id,
      messageId: finding.say,
      message: messages[finding.say]!.replace(/\{(\w+)\}/g, (_, hole: string) => String(values[hole])),
      severity: finding.severity ?? severity,
      at: finding.at,
      related: finding.related ?? [],
      fixes: (finding.fixes ?? []).filter((fix) => !fix.edits.some((edit) => edit.at.standsIn)),
    };
    into.push(said);
    for (const at of finding.also ?? [])
      into.push({ ...said, at, related: [{ at: finding.at, text: 'what reads it' }] });
  };
  return {
    id,
    severity,
    confidence,
    audience,
    sees,
    directives,
    comparison,
    messages,
    docs,
    run(view, findings) {
      // What a rule asks may have it run on something else meanwhile.
      const outer = into;
      into = findings;
      try {
        spec.check(view, report);
      } finally {
        into = outer;
      }
    },
  };
}
