/**
 * Whether PCRE2 takes a regular expression: what pcre2pattern(3) describes, as far as it can be refused. Finds faults only;
 * it matches nothing. Constructs that it does not know are taken to be right.
 */

export interface PatternFault {
  /** UTF-16 units from the start of the pattern. */
  readonly at: number;
  /** As the end of the sentence `The regular expression is not valid: ...`. */
  readonly why: string;
}

class Refused extends Error {
  constructor(
    readonly at: number,
    readonly why: string,
  ) {
    super(why);
  }
}

/** The first fault of a pattern; undefined if PCRE2 takes it, or if it is too long or too deep to say. */
export function patternFault(pattern: string): PatternFault | undefined {
  if (pattern.length > 4000) return undefined;
  const reader = new Reader(pattern);
  try {
    reader.alternatives(0);
    if (reader.at < pattern.length) return { at: reader.at, why: 'this ")" closes nothing' };
    const reference = reader.references.find((it) => it.group > reader.groups);
    if (reference) return { at: reference.at, why: `there is no group ${reference.group}` };
    const used = reader.namesUsed.find((it) => !reader.names.has(it.name));
    return used && { at: used.at, why: `there is no group "${used.name}"` };
  } catch (error) {
    if (error instanceof Refused) return { at: error.at, why: error.why };
    if (error instanceof Unjudged) return undefined;
    throw error;
  }
}

/** How many groups of a pattern capture; undefined for patterns that PCRE2 refuses or that are too deep to say. */
export function captureCount(pattern: string): number | undefined {
  if (pattern.length > 4000) return undefined;
  const reader = new Reader(pattern);
  try {
    reader.alternatives(0);
    return reader.at < pattern.length ? undefined : reader.groups;
  } catch {
    return undefined;
  }
}

const DEEPEST = 200;
const POSIX = new Set(
  'alpha lower upper alnum ascii blank cntrl digit graph print punct space word xdigit < >'.split(' '),
);
/** Letters after a backslash that mean nothing: PCRE2 refuses them. */
const NO_ESCAPES = /[ijlmquyFIJLMOTUY]/;
/** In a class these mean nothing either. */
const NO_CLASS_ESCAPES = /[ABGKNRXZz]/;

class Reader {
  at = 0;
  groups = 0;
  readonly references: { at: number; group: number }[] = [];
  readonly names = new Set<string>();
  readonly namesUsed: { at: number; name: string }[] = [];
  private extended = false;
  private duplicateNames = false;

  constructor(private readonly text: string) {}

  alternatives(depth: number): void {
    if (depth > DEEPEST) {
      this.at = this.text.length;
      return;
    }
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (char === ')') return;
      if (char === '|') this.at++;
      else this.piece(depth);
    }
  }

  private piece(depth: number): void {
    const start = this.at;
    const repeatable = this.atom(depth);
    // Comments do not come between a thing and its quantifier.
    while (this.text.startsWith('(?#', this.at)) this.group(depth);
    const from = this.at;
    if (!this.quantifier()) return;
    if (!repeatable) throw new Refused(start === from ? from : start, 'there is nothing before this to repeat');
    // Another quantifier than `?` and `+`, which make the first one lazy or possessive, has nothing to repeat.
    if (this.text[this.at] === '?' || this.text[this.at] === '+') this.at++;
    const again = this.at;
    if (this.quantifier()) throw new Refused(again, 'a quantifier cannot follow another one');
  }

  /** Reads one thing that can be matched. False if it cannot be repeated. */
  private atom(depth: number): boolean {
    const char = this.text[this.at]!;
    switch (char) {
      case '(':
        return this.group(depth);
      case '[':
        this.characterClass();
        return true;
      case '\\':
        return this.escape();
      case '^':
      case '$':
        this.at++;
        return false;
      case '*':
      case '+':
      case '?':
        return false;
      case '{':
        if (this.quantifierAt() !== undefined) return false;
        this.at++;
        return true;
      case '#':
        if (this.extended) {
          const end = this.text.indexOf('\n', this.at);
          this.at = end < 0 ? this.text.length : end + 1;
          return false;
        }
        this.at++;
        return true;
      default:
        this.at++;
        return true;
    }
  }

  /** The length of `{n}`, `{n,}` or `{n,m}` here; undefined when the brace is a letter like any other. */
  private quantifierAt(): { length: number; least: number; most: number } | undefined {
    const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.text.slice(this.at, this.at + 24));
    if (!match) return undefined;
    const least = Number(match[1]);
    return { length: match[0].length, least, most: match[2] ? Number(match[3] || 65_535) : least };
  }

  private quantifier(): boolean {
    const char = this.text[this.at];
    if (char === '*' || char === '+' || char === '?') {
      this.at++;
      return true;
    }
    const counts = char === '{' ? this.quantifierAt() : undefined;
    if (!counts) return false;
    if (counts.least > 65_535 || counts.most > 65_535) throw new Refused(this.at, 'a count can be 65535 at most');
    if (counts.most < counts.least) throw new Refused(this.at, 'the counts in {} are the wrong way round');
    this.at += counts.length;
    return true;
  }

  private group(depth: number): boolean {
    const open = this.at++;
    if (this.text[this.at] === '?') {
      this.at++;
      if (this.kindOfGroup(open, depth) === 'whole') return false;
    } else if (
      this.text[this.at] === '*' &&
      /^\*[A-Za-z:][A-Za-z_:0-9=]*\)/.test(this.text.slice(this.at, this.at + 40))
    ) {
      // Verbs such as (*UTF8).
      this.at = this.text.indexOf(')', this.at) + 1;
      return false;
    } else this.groups++;
    const extended = this.extended;
    this.alternatives(depth + 1);
    this.extended = extended;
    if (this.text[this.at] !== ')') throw new Refused(open, 'the ")" for this "(" is missing');
    this.at++;
    return true;
  }

  /** What stands between `(?` and the body. `whole` if it was the whole group. */
  private kindOfGroup(open: number, depth: number): 'opened' | 'whole' {
    const rest = this.text.slice(this.at, this.at + 80);
    const plain = /^(?::|\||>|=|!|<=|<!|\*|<\*)/.exec(rest);
    if (plain) {
      this.at += plain[0].length;
      return 'opened';
    }
    if (rest.startsWith('#')) {
      const end = this.text.indexOf(')', this.at);
      if (end < 0) throw new Refused(open, 'the ")" after this comment is missing');
      this.at = end + 1;
      return 'whole';
    }
    const named = /^(?:P?<([^>)]*)>|'([^')]*)')/.exec(rest);
    if (named) {
      this.name(named[1] ?? named[2]!);
      this.at += named[0].length;
      this.groups++;
      return 'opened';
    }
    const recursion = /^(?:R|[-+]?\d+|&\w+|P>\w+|P=\w+)\)/.exec(rest);
    if (recursion) {
      const number = /^\d+/.exec(rest)?.[0];
      if (number) this.references.push({ at: open, group: Number(number) });
      this.at += recursion[0].length;
      return 'whole';
    }
    const options = /^\^?[imsnxJUa]*(?:-[imsnxJU]*)?([:)])/.exec(rest);
    if (options && options[0].length > 0) {
      const on = options[0].split('-')[0]!;
      if (on.includes('x')) this.extended = true;
      if (on.includes('J')) this.duplicateNames = true;
      this.at += options[0].length;
      return options[1] === ')' ? 'whole' : 'opened';
    }
    // Callouts are too rare to be looked into.
    if (rest.startsWith('C')) throw new Unjudged();
    if (rest.startsWith('(')) {
      const condition = /^\((?:[-+]?\d+|R\d*|R&\w+|<\w+>|'\w+'|[A-Za-z_]\w*|VERSION>?=[\d.]+)\)/.exec(rest);
      if (condition) {
        const number = /^\((\d+)\)/.exec(condition[0])?.[1];
        const name = /^\([<']?([A-Za-z_]\w*)[>']?\)/.exec(condition[0])?.[1];
        if (number) this.references.push({ at: open, group: Number(number) });
        if (name && !/^(?:R\d*|DEFINE)$/.test(name)) this.namesUsed.push({ at: open, name });
        this.at += condition[0].length;
      } else if (/^\(\?(?:=|!|<=|<!)/.test(rest)) this.group(depth);
      else throw new Refused(open, 'after "(?(" a group or an assertion is wanted');
      return 'opened';
    }
    throw new Refused(open, 'nothing is known that begins with these letters after "(?"');
  }

  private name(name: string): void {
    if (name === '') throw new Refused(this.at, 'a group needs a name between its angle brackets');
    if (/^\d/.test(name)) throw new Refused(this.at, "a group's name cannot begin with a digit");
    if (!/^\w+$/.test(name)) throw new Refused(this.at, "a group's name has letters, digits and underscores only");
    if (name.length > 32) throw new Refused(this.at, "a group's name has 32 characters at most");
    if (this.names.has(name) && !this.duplicateNames) throw new Refused(this.at, `two groups have the name "${name}"`);
    this.names.add(name);
  }

  /** Reads an escape outside of a class. False for those that match a place, which cannot be repeated. */
  private escape(): boolean {
    const start = this.at++;
    const char = this.text[this.at];
    if (char === undefined) throw new Refused(start, 'a "\\" cannot be the last character');
    this.at++;
    if (char === 'Q') {
      const end = this.text.indexOf('\\E', this.at);
      this.at = end < 0 ? this.text.length : end + 2;
      return true;
    }
    if (char === 'E') return true;
    if (/[1-9]/.test(char)) {
      const digits = /^\d*/.exec(this.text.slice(this.at, this.at + 4))![0];
      const group = Number(char + digits);
      this.at += digits.length;
      // From 10 on, a number without a group is a character in octal, if its digits can be.
      if (group < 10 || char >= '8') this.references.push({ at: start, group });
      return true;
    }
    this.longEscape(start, char);
    return !/[bBAzZGK]/.test(char);
  }

  private longEscape(start: number, char: string): void {
    const rest = this.text.slice(this.at, this.at + 80);
    const take = (pattern: RegExp, why: string) => {
      const match = pattern.exec(rest);
      if (!match) throw new Refused(start, why);
      this.at += match[0].length;
    };
    if (NO_ESCAPES.test(char)) throw new Refused(start, `"\\${char}" means nothing`);
    if (char === 'p' || char === 'P')
      take(/^(?:\{\^?[\w &-]+\}|[CLMNPSZclmnpsz])/, `"\\${char}" needs a property, as in \\p{L}`);
    else if (char === 'k') take(/^(?:<\w+>|'\w+'|\{\w+\})/, '"\\k" needs the name of a group');
    else if (char === 'g') take(/^(?:[-+]?\d+|\{[-+]?\w+\}|<[-+]?\w+>|'[-+]?\w+')/, '"\\g" needs a group');
    else if (char === 'c') take(/^[ -~]/, '"\\c" needs a character');
    else if (char === 'o') take(/^\{[0-7]+\}/, '"\\o" needs digits in braces');
    else if (char === 'x' && rest.startsWith('{')) {
      take(/^\{[0-9a-fA-F]+\}/, '"\\x{" needs digits and a "}"');
      // nginx compiles patterns for bytes unless they ask for more.
      if (Number.parseInt(rest.slice(1), 16) > 255 && !this.text.startsWith('(*UTF'))
        throw new Refused(start, 'without (*UTF8) at the beginning a character is one byte, \\x{ff} at most');
    } else if (char === 'x') take(/^[0-9a-fA-F]{0,2}/, '');
    else if (char === 'N' && rest.startsWith('{') && !/^\{\d+(?:,\d*)?\}/.test(rest))
      throw new Refused(start, '"\\N{" is not supported');
  }

  /** `[:name:]` and its like at this place: PCRE2 looks no further than the next `]`. */
  private posix(): { length: number; sign: string; name: string } | undefined {
    const match = /^\[([:.=])((?:[^\]\\[]|\[(?!\1))*?)\1\]/.exec(this.text.slice(this.at, this.at + 60));
    return match ? { length: match[0].length, sign: match[1]!, name: match[2]!.replace(/^\^/, '') } : undefined;
  }

  private characterClass(): void {
    if (this.posix()) throw new Refused(this.at, 'a class such as [:alnum:] belongs inside another pair of brackets');
    const open = this.at++;
    if (this.text[this.at] === '^') this.at++;
    let first = true;
    let before: number | 'class' | undefined;
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) throw new Refused(open, 'the "]" for this "[" is missing');
      if (char === ']' && !first) break;
      first = false;
      const at = this.at;
      if (this.text.startsWith('\\Q', at)) {
        const end = this.text.indexOf('\\E', at);
        if (end < 0) throw new Refused(open, 'the "]" for this "[" is missing');
        this.at = end + 2;
        before = undefined;
        continue;
      }
      const isRange =
        char === '-' && before !== undefined && this.text[at + 1] !== ']' && this.text[at + 1] !== undefined;
      if (isRange && before === 'class')
        throw new Refused(at, 'a class of characters cannot be the beginning of a range');
      if (isRange) {
        this.at++;
        const end = this.member(open);
        if (end !== undefined && end < (before as number))
          throw new Refused(at, 'the ends of this range are the wrong way round');
        if (end === undefined) throw new Refused(at, 'a class of characters cannot be the end of a range');
        before = undefined;
      } else before = this.member(open) ?? 'class';
    }
    this.at++;
  }

  /** One member of a class: its code, or undefined if it stands for several. */
  private member(open: number): number | undefined {
    const start = this.at;
    const char = this.text[this.at]!;
    if (char === '[') {
      const posix = this.posix();
      if (posix) {
        if (posix.sign !== ':') throw new Refused(start, 'collating elements are not supported');
        if (!POSIX.has(posix.name)) throw new Refused(start, `there is no class [:${posix.name}:]`);
        this.at += posix.length;
        return undefined;
      }
    }
    if (char !== '\\') {
      this.at++;
      return char.charCodeAt(0);
    }
    this.at++;
    const escaped = this.text[this.at];
    if (escaped === undefined) throw new Refused(open, 'the "]" for this "[" is missing');
    this.at++;
    if (NO_CLASS_ESCAPES.test(escaped)) throw new Refused(start, `"\\${escaped}" means nothing inside [ ]`);
    if (/[0-9xocpPE]/.test(escaped)) return this.codeOf(start, escaped);
    if (/[dDwWsShHvV]/.test(escaped)) return undefined;
    if (NO_ESCAPES.test(escaped) || /[gk]/.test(escaped)) throw new Refused(start, `"\\${escaped}" means nothing`);
    const CONTROL: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, a: 7, e: 27, b: 8 };
    return CONTROL[escaped] ?? escaped.charCodeAt(0);
  }

  /** The code of a character in a class that digits give; NaN, which is neither before nor behind another, if it is none. */
  private codeOf(start: number, escaped: string): number {
    if (/[0-7]/.test(escaped)) this.at += /^[0-7]{0,2}/.exec(this.text.slice(this.at, this.at + 2))![0].length;
    else this.longEscape(start, escaped);
    const digits = this.text.slice(start + 2, this.at).replace(/[{}]/g, '');
    if (escaped === 'x') return Number.parseInt(digits || '0', 16);
    if (escaped === 'c') return digits.toUpperCase().charCodeAt(0) ^ 64;
    if (/[0-7]/.test(escaped)) return Number.parseInt(escaped + digits, 8);
    if (escaped === 'o') return Number.parseInt(digits, 8);
    return /[89]/.test(escaped) ? escaped.charCodeAt(0) : Number.NaN;
  }
}

/** Thrown where the pattern has something that is not judged here. */
class Unjudged extends Error {}
