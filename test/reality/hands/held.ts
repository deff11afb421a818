/** A deployment in a hand: what the hands look for in it, and how they change it. */
import type { Asked, FileSpec, Tree } from '../tree.js';

export interface Mutation {
  readonly tree: Tree;
  readonly asks: readonly Asked[];
  /** What was done, for whoever reads a list of misses. */
  readonly what: string;
  /** The file that was changed, without a leading slash. Undefined where only the request was. */
  readonly path?: string;
  /** Counted from one. */
  readonly line?: number;
}

export interface Hand {
  readonly name: string;
  /** Undefined where the deployment has nothing for this hand. */
  readonly take: (of: Held) => Mutation | undefined;
}

type Filter = (path: string) => boolean;
export type Change = (line: string, match: RegExpExecArray) => string | readonly string[] | undefined;

export const isNginx: Filter = (it) => it.startsWith('etc/nginx/') && !/mime\.types$|\.(?:pem|crt|key)$/.test(it);
export const isUnit: Filter = (it) => it.startsWith('etc/systemd/system/');
export const isService: Filter = (it) => isUnit(it) && /\.service(?:\.d\/[^/]+)?$/.test(it);
export const isSocket: Filter = (it) => isUnit(it) && /\.socket(?:\.d\/[^/]+)?$/.test(it);
export const isPython: Filter = (it) => it.endsWith('.py');
export const isSettings: Filter = (it) =>
  /^etc\/(?:php|default)\/|\.(?:ini|toml|env|conf\.py)$|\/\.env$|gunicorn[^/]*\.py$/.test(it);
export const isWritten: Filter = (it) => isNginx(it) || isUnit(it) || isSettings(it);

/** Paths as they stand in texts. */
export const PATH = /(?<![\w.$}-])\/[\w.@-]+(?:\/[\w.@-]+)*\/?/g;

/** What the harness itself needs, or what lies where a tree does not reach. */
const OWN = /^\s*(?:error_log|pid|include\s.*mime)\b/;

export class Held {
  constructor(
    readonly tree: Tree,
    readonly asks: readonly Asked[],
    readonly next: (below: number) => number,
  ) {}

  pick<T>(of: readonly T[]): T | undefined {
    return of[this.next(of.length)];
  }

  spec(path: string): FileSpec | undefined {
    const it = this.tree[path];
    return typeof it === 'string' ? { text: it } : it;
  }

  texts(filter: Filter): [path: string, text: string][] {
    return Object.keys(this.tree).flatMap((path) => {
      const text = this.spec(path)?.text;
      return text && filter(path) ? [[path, text] as [string, string]] : [];
    });
  }

  put(path: string, spec: FileSpec | undefined, what: string, line?: number): Mutation {
    const tree = { ...this.tree, [path]: spec };
    return { tree, asks: this.asks, what: `${path}${line ? `:${line}` : ''}: ${what}`, path, ...(line && { line }) };
  }

  withText(path: string, text: string, what: string, line?: number): Mutation {
    return this.put(path, { ...this.spec(path), text }, what, line);
  }

  /** One of the lines that fit, changed; an empty list takes it away. */
  editLine(filter: Filter, fits: RegExp, change: Change): Mutation | undefined {
    const places = this.texts(filter).flatMap(([path, text]) =>
      text.split('\n').flatMap((line, i) => {
        const match =
          /^\s*[#;]/.test(line) || OWN.test(line)
            ? null
            : new RegExp(fits.source, fits.flags.replace('g', '')).exec(line);
        return match ? [{ path, text, line, i, match }] : [];
      }),
    );
    for (let tries = 0; tries < 8 && places.length > 0; tries++) {
      const { path, text, line, i, match } = this.pick(places)!;
      const made = change(line, match);
      if (made === undefined || made === line) continue;
      const lines = text.split('\n');
      const into = typeof made === 'string' ? [made] : made;
      lines.splice(i, 1, ...into);
      return this.withText(
        path,
        lines.join('\n'),
        `- ${line.trim()}   + ${into.map((it) => it.trim()).join(' | ')}`,
        i + 1,
      );
    }
    return undefined;
  }

  /** One of the matches in the lines that fit is replaced. */
  editWord(
    filter: Filter,
    word: RegExp,
    change: (word: string, line: string) => string | undefined,
  ): Mutation | undefined {
    return this.editLine(filter, word, (line) => {
      const found = [...line.matchAll(new RegExp(word.source, 'g'))];
      const one = this.pick(found)!;
      const made = change(one[0], line);
      return made === undefined ? undefined : line.slice(0, one.index) + made + line.slice(one.index + one[0].length);
    });
  }

  /** A line put below one that fits, indented as that one. */
  addBelow(filter: Filter, fits: RegExp, lines: readonly string[]): Mutation | undefined {
    return this.editLine(filter, fits, (line) => [line, `${/^\s*/.exec(line)![0]}${this.pick(lines)!}`]);
  }

  /** All paths of the tree, files and the folders above them, that belong to the site and not to the machine. */
  places(): string[] {
    const all = new Set<string>();
    for (const path of Object.keys(this.tree)) {
      if (this.tree[path] === undefined) continue;
      const parts = path.split('/');
      for (let n = 1; n <= parts.length; n++) all.add(parts.slice(0, n).join('/'));
    }
    return [...all].filter(
      (it) =>
        !/^(?:etc|run|srv|home|opt|tmp|var|var\/www|usr|usr\/share|etc\/nginx|etc\/systemd(?:\/system)?|usr\/share\/nginx)$/.test(
          it,
        ),
    );
  }

  /** Absolute paths that some text of the tree names. */
  named(): string[] {
    return [...new Set(this.texts(isWritten).flatMap(([, text]) => [...text.matchAll(PATH)].map((it) => it[0])))];
  }

  /** One letter less, one more, another one, or two that have changed places. */
  misspell(word: string): string | undefined {
    const letters = [...word.matchAll(/[a-z]/gi)].map((it) => it.index);
    const at = this.pick(letters);
    if (at === undefined) return undefined;
    const [before, letter, after] = [word.slice(0, at), word[at]!, word.slice(at + 1)];
    const another = String.fromCharCode(97 + this.next(26));
    return [
      before + after,
      before + letter + letter + after,
      before + another + after,
      before + (after[0] ?? '') + letter + after.slice(1),
    ][this.next(4)];
  }
}
