/** What uvicorn, hypercorn and daphne refuse of their options: those that only gunicorn has, and numbers that are none. */
import type { ArgWord } from '../apps/argWord.js';
import { gunicornOptions } from '../catalog/gunicorn.js';
import type { ServiceApp } from './serviceApp.js';

export interface OtherFault {
  readonly word: ArgWord;
  readonly option: string;
  readonly value: string;
  /** Of an option of gunicorn's: what stands for it here. Undefined where the value is at fault. */
  readonly cure: string | undefined;
}

/** What stands for options of gunicorn's in uvicorn/main.py. */
const UVICORN: Readonly<Record<string, string>> = {
  bind: 'It takes --host and --port, or --uds.',
  workers: 'It takes --workers.',
  worker_class: 'Its workers need no class.',
  timeout: 'It has no timeout for requests.',
  chdir: 'WorkingDirectory= or --app-dir says where the app is.',
  certfile: 'It takes --ssl-certfile.',
  keyfile: 'It takes --ssl-keyfile.',
};
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  uvicorn: ['port', 'fd', 'workers', 'limit-concurrency', 'backlog', 'limit-max-requests', 'timeout-keep-alive'],
  hypercorn: ['workers', 'backlog'],
  daphne: ['port', 'fd'],
};

/** In the order of the command line. Options that nobody knows may be those of another release. */
export function otherFaults({ server, command, unwrapped }: ServiceApp): OtherFault[] {
  const numbers = NUMBERS[server];
  if (!numbers) return [];
  const { given } = command;
  const faults: OtherFault[] = [];
  for (const word of given.unknown) {
    const option = word.text.startsWith('--') ? word.text.replace(/=.*$/s, '') : word.text.slice(0, 2);
    const setting = gunicornOptions.find((it) => it.options.includes(option))?.setting;
    if (setting === undefined) continue;
    const cure = server === 'uvicorn' ? (UVICORN[setting] ?? '') : '';
    faults.push({ word, option, value: '', cure });
  }
  for (const { spec, word, value } of given.options) {
    if (!numbers.includes(spec.setting) || !value) continue;
    // Braces and words of their own are filled in by systemd, and a shell fills in the rest.
    const isLeft = /^\$[A-Za-z_]\w*$/.test(value.text) && value.start > word.start && value.end === word.end;
    if (value.text.includes('$') && (!isLeft || unwrapped.wrapped || unwrapped.script)) continue;
    if (!/^\s*[+-]?\d+\s*$/.test(value.text))
      faults.push({ word: value, option: word.text.replace(/=.*$/s, ''), value: value.text, cure: undefined });
  }
  return faults;
}
