/** Which exceptions of Python a handler takes. */
import type { PyHandler } from '../syntax/pythonProcedure.js';

/** The built-in exceptions that some handlers take beside those that they name. */
const KINDS: Readonly<Record<string, RegExp>> = {
  LookupError: /^(?:Key|Index)Error$/,
  ArithmeticError: /^(?:ZeroDivision|Overflow)Error$/,
  ValueError: /^(?:Unicode\w*|JSONDecode)Error$/,
  OSError: /^(?:IO|FileNotFound|Permission|Connection\w*|Timeout|IsADirectory)Error$/,
  RuntimeError: /^(?:NotImplemented|Recursion)Error$/,
};
const BUILT_IN_ERROR =
  /^(?:Key|Index|ZeroDivision|Value|Type|Attribute|Assertion|Runtime|NotImplemented|Name|OS|IO|FileNotFound|Permission)Error$/;

/** Whether a handler takes an exception; undefined where a class of somebody's own decides. */
export function catches({ names }: PyHandler, raised: string): boolean | undefined {
  if (names.length === 0 || names.includes('BaseException') || names.includes(raised)) return true;
  if (names.includes('Exception')) return !/^(?:SystemExit|KeyboardInterrupt|GeneratorExit)$/.test(raised);
  if (names.some((it) => KINDS[it]?.test(raised))) return true;
  const known = BUILT_IN_ERROR.test(raised) && names.every((it) => BUILT_IN_ERROR.test(it) || KINDS[it]);
  return known ? false : undefined;
}
