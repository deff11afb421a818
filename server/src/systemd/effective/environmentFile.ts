/** Files named by `EnvironmentFile=`, read as parse_env_file_internal() in systemd's src/basic/env-file.c reads them. */

/** One assignment, the losing and the unusable ones included. */
export interface FileAssignment {
  readonly name: string;
  /** Quotes, escapes and continuations resolved. */
  readonly value: string;
  /** UTF-16 offsets in the file: the first character of the name, and the end of the value as written. */
  readonly start: number;
  readonly end: number;
}

type State =
  | 'pre-key'
  | 'key'
  | 'pre-value'
  | 'value'
  | 'value-escape'
  | 'single'
  | 'double'
  | 'double-escape'
  | 'comment';

const isNewline = (char: string): boolean => char === '\n' || char === '\r';
const isBlank = (char: string): boolean => char === ' ' || char === '\t' || isNewline(char);

/**
 * The assignments of a file in their order. Never fails: what has no `=` is skipped, as systemd does. A backslash at the
 * end of a comment continues the comment before systemd 254 and does not since; it is read in the newer way.
 */
export function parseEnvironmentFile(text: string): FileAssignment[] {
  const found: FileAssignment[] = [];
  let state: State = 'pre-key';
  let name = '';
  let value = '';
  /** Length of the value without unquoted blanks at its end. */
  let solid = 0;
  let start = 0;
  let last = 0;
  const finish = (): void => {
    found.push({ name: name.trimEnd(), value: value.slice(0, solid), start, end: last });
    state = 'pre-key';
  };
  const push = (char: string, at: number, blankCounts: boolean): void => {
    value += char;
    if (blankCounts || !isBlank(char)) {
      solid = value.length;
      last = at + 1;
    }
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    switch (state as State) {
      case 'pre-key':
        if (char === '#' || char === ';') state = 'comment';
        else if (!isBlank(char)) {
          [state, name, value, solid, start] = ['key', char, '', 0, at];
        }
        break;
      case 'key':
        if (isNewline(char)) state = 'pre-key';
        else if (char === '=') {
          state = 'pre-value';
          last = at + 1;
        } else name += char;
        break;
      case 'pre-value':
        if (isNewline(char)) finish();
        else if (char === "'") state = 'single';
        else if (char === '"') state = 'double';
        else if (char === '\\') state = 'value-escape';
        else if (!isBlank(char)) {
          state = 'value';
          push(char, at, true);
        }
        break;
      case 'value':
        if (isNewline(char)) finish();
        else if (char === '\\') state = 'value-escape';
        else push(char, at, false);
        break;
      case 'value-escape':
        state = 'value';
        if (!isNewline(char)) push(char, at, true);
        break;
      case 'single':
        if (char === "'") {
          state = 'pre-value';
          last = at + 1;
        } else push(char, at, true);
        break;
      case 'double':
        if (char === '"') {
          state = 'pre-value';
          last = at + 1;
        } else if (char === '\\') state = 'double-escape';
        else push(char, at, true);
        break;
      case 'double-escape':
        state = 'double';
        if ('"\\`$'.includes(char)) push(char, at, true);
        else if (!isNewline(char)) push(`\\${char}`, at, true);
        break;
      case 'comment':
        if (isNewline(char)) state = 'pre-key';
        break;
    }
  }
  if (state !== 'pre-key' && state !== 'key' && state !== 'comment') finish();
  return found;
}

/** Whether systemd takes the name for that of a variable: env_name_is_valid() in src/basic/env-util.c. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
