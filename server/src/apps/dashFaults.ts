/** What Debian's /bin/sh, dash, ends a script with, where bash would go on: what is no POSIX shell. */

export interface DashFault {
  /** `syntax` ends the script where it is read, `command` where `set -e` is in force. */
  readonly fault: 'syntax' | 'command';
  /** As written: `source`, `function`, `NAME=(`. */
  readonly word: string;
  /** From 1. */
  readonly line: number;
}

const SHEBANG = /^#!\s*(?:\/usr)?\/bin\/(?:env\s+)?(?:da)?sh(?:\s+(-\S+))?\s*$/;
const OPENS = /^(?:if|for|while|until|case)\b|^[\w-]+\s*\(\)|^\{/;
const CLOSES = /^(?:fi|done|esac|\})(?:\s|;|$)/;

/** Whether a first line names /bin/sh. */
export function isForSh(text: string): boolean {
  return SHEBANG.test(text.split('\n', 1)[0] ?? '');
}

/**
 * The first fault that dash certainly meets. Checked against dash 0.5.12: "Syntax error: "(" unexpected", "source: not
 * found". Undefined where quotes or here-documents go over several lines, so that it is not plain what a line is.
 */
export function dashFault(text: string): DashFault | undefined {
  const lines = text.split(/\r?\n/);
  let exits = /^-\w*e/.test(SHEBANG.exec(lines[0] ?? '')?.[1] ?? '');
  let depth = 0;
  for (const [index, whole] of lines.entries()) {
    const bare = whole.replace(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/g, 'Q').replace(/(?:^|\s)#.*$/, '');
    const line = bare.trim();
    if (line === '') continue;
    if (/['"`]|\\$|(?<!<)<<(?!<)/.test(line)) return undefined;
    const at = { line: index + 1 };
    if (/^function\s+[\w-]+\s*\(\s*\)/.test(line)) return { ...at, fault: 'syntax', word: 'function' };
    const array = /^(?:export\s+)?([A-Za-z_]\w*\+?=\()/.exec(line)?.[1];
    if (array) return { ...at, fault: 'syntax', word: array };
    if (/^[^<]*\s<<<\s*\S/.test(line)) return { ...at, fault: 'syntax', word: '<<<' };
    if (/^for\s*\(\(/.test(line)) return { ...at, fault: 'syntax', word: 'for ((' };
    // Under some condition another program, or bash, may have taken over before.
    if (/\b(?:exec|exit|alias)\b|\bsource\s*\(/.test(line)) return undefined;
    if (OPENS.test(line) && !/(?:;\s*|\s)(?:fi|done|esac|\})\s*$/.test(line)) depth++;
    if (CLOSES.test(line)) depth--;
    if (depth > 0) continue;
    if (/^set\s+(?:-\w+\s+)*-[a-z]*e/.test(line)) exits = true;
    else if (/^set\s+\+/.test(line)) exits = false;
    if (exits && /^source\s+[^|&;]+$/.test(line)) return { ...at, fault: 'command', word: 'source' };
  }
  return undefined;
}
