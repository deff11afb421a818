/** Specifiers (`%t`, `%i`, ...) as far as the files determine them: "Specifiers" in systemd.unit(5). */
import type { UnitName } from './unitName.js';

/** The value with specifiers replaced; undefined when one of them depends on the machine. */
export function expandSpecifiers(value: string, unit: UnitName): string | undefined {
  if (!value.includes('%')) return value;
  let determined = true;
  const expanded = value.replace(/%(.)/gs, (whole, letter: string) => {
    const replacement = specifier(letter, unit);
    if (replacement === undefined) determined = false;
    return replacement ?? whole;
  });
  return determined ? expanded : undefined;
}

function specifier(letter: string, unit: UnitName): string | undefined {
  switch (letter) {
    case '%':
      return '%';
    case 'n':
      return unit.full;
    case 'N':
      return unit.full.slice(0, -(unit.type.length + 1));
    case 'p':
      return unit.prefix;
    case 'P':
      return unescapeUnit(unit.prefix);
    case 'i':
      return unit.instance === '' ? undefined : (unit.instance ?? '');
    case 'I':
      return unit.instance === '' ? undefined : unescapeUnit(unit.instance ?? '');
    case 'j':
      return unit.prefix.slice(unit.prefix.lastIndexOf('-') + 1);
    // These are those of the system manager; user units live elsewhere and are not looked at.
    case 't':
      return '/run';
    case 'S':
      return '/var/lib';
    case 'C':
      return '/var/cache';
    case 'L':
      return '/var/log';
    case 'E':
      return '/etc';
    case 'T':
      return '/tmp';
    case 'V':
      return '/var/tmp';
    case 'u':
    case 'g':
      return 'root';
    case 'U':
    case 'G':
      return '0';
    case 'h':
      return '/root';
    // %s is the shell of root by the machine's passwd.
    default:
      return undefined;
  }
}

/** `-` stands for `/`, `\x2d` for a character: "String Escaping for Inclusion in Unit Names" in systemd.unit(5). */
export function unescapeUnit(text: string): string {
  return text
    .replaceAll('-', '/')
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
