/** The values of `ListenStream=` and its kin: systemd.socket(5). */
import type { Address } from '../base/address.js';
import { hostPath } from '../base/hostPath.js';

/**
 * The address of an expanded value: `/run/a.sock`, `@abstract`, `8000`, `127.0.0.1:8000`, `[::1]:8000`. Undefined for
 * anything else (vsock, FunctionFS, a mistake).
 */
export function parseListenAddress(value: string): Address | undefined {
  if (value.startsWith('/')) return { kind: 'unix', path: hostPath(value) };
  if (value.startsWith('@')) return { kind: 'abstract', name: value.slice(1) };
  if (/^\d+$/.test(value)) return port('*', value);
  const four = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(value);
  if (four) return port(four[1]!, four[2]!);
  const six = /^\[([0-9a-fA-F:.]+)\](?:%\w+)?:(\d+)(?:%\w+)?$/.exec(value);
  if (six) return port(six[1]!.toLowerCase(), six[2]!);
  return undefined;
}

function port(host: string, digits: string): Address | undefined {
  const number = Number(digits);
  return number >= 1 && number <= 65535 ? { kind: 'tcp', host, port: number } : undefined;
}
