/** What makes Python give up on a module before it has run: seen in the text, without running it. */

/** A sentence on the first certain fault; undefined where none is seen. `isThere` tells whether a module of the project exists. */
export function importFault(
  text: string,
  isThere: (module: string) => boolean | undefined,
  environment: (name: string) => boolean,
): string | undefined {
  const lines = logicalLines(text);
  if (!lines) return 'brackets or quotes in it are not closed';
  for (const { code, number } of lines) {
    const header = /^\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally)\b/.exec(code);
    if (header && !/:/.test(code.slice(header[0].length))) return `line ${number} lacks its colon, a SyntaxError`;
    // Only what stands at the margin runs at import, and runs for certain until something may jump.
    if (/^raise\b/.test(code)) return `line ${number} raises an exception when it is imported`;
    const from = /^from\s+([\w.]+)\s+import\b/.exec(code) ?? /^import\s+([\w.]+)\s*$/.exec(code);
    if (from && isThere(from[1]!) === false) return `line ${number} imports ${from[1]}, which does not exist`;
    const wanted = /^[\w.]+\s*=\s*os\.environ\[(["'])(\w+)\1\]/.exec(code)?.[2];
    if (wanted !== undefined && !environment(wanted)) return `line ${number} needs ${wanted} in the environment`;
  }
  return undefined;
}

/** Lines joined inside brackets and triple quotes, texts and comments blanked. Undefined when something never closes. */
function logicalLines(text: string): { code: string; number: number }[] | undefined {
  const found: { code: string; number: number }[] = [];
  const token = /('''|""")[\s\S]*?(?:(?<!\\)\1|$)|(["'])(?:\\[\s\S]|(?!\2)[^\\\n])*(\2|$|(?=\n))|#[^\n]*|\\\n|[\s\S]/g;
  let code = '';
  let number = 1;
  let begun = 1;
  let depth = 0;
  for (const [it, triple, quote, end] of text.matchAll(token)) {
    if (triple && (it.length < 6 || !it.endsWith(triple))) return undefined;
    if (quote && end !== quote) return undefined;
    if (it === '\n' && depth === 0) {
      found.push({ code, number: begun });
      code = '';
      begun = number + 1;
    } else if (quote) code += it;
    else if (!triple && !it.startsWith('#')) code += it === '\n' ? ' ' : it;
    if (/^[([{]$/.test(it)) depth++;
    if (/^[)\]}]$/.test(it)) depth--;
    if (depth < 0) return undefined;
    number += it.split('\n').length - 1;
  }
  found.push({ code, number: begun });
  return depth === 0 ? found : undefined;
}
