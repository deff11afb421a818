/** What gunicorn refuses of its options: argparse, the validators in gunicorn/config.py, parse_address() in gunicorn/util.py. */
import { nearest } from '../base/nearest.js';
import { gunicornOptions, gunicornSetting, gunicornSettingNames } from '../catalog/gunicorn.js';
import type { ArgWord } from './argWord.js';
import { integer } from './gunicornSettings.js';
import type { GivenArgs } from './options.js';
import { type PyValue, UNKNOWN } from './pythonValues.js';

export interface OptionFault {
  readonly fault:
    | 'unknown'
    | 'ambiguous'
    | 'noValue'
    | 'number'
    | 'negative'
    | 'choice'
    | 'worker'
    | 'address'
    | 'variable'
    | 'shell';
  readonly word: ArgWord;
  /** The option as written, without a glued value. */
  readonly option: string;
  readonly value: string;
  /** What may stand there, or what was meant. */
  readonly wanted: string | undefined;
}

const WORKERS = [
  'sync',
  'gthread',
  'gevent',
  'gevent_wsgi',
  'gevent_pywsgi',
  'tornado',
  'eventlet',
  'asgi',
  'gaiohttp',
];
/** What other servers call a part of `--bind`. */
const FOREIGN: Readonly<Record<string, string>> = { '--host': '--bind', '--port': '--bind', '--uds': '--bind' };

/** Faults of options on a command line, in its order. */
export function optionFaults(given: GivenArgs): OptionFault[] {
  const faults: OptionFault[] = [];
  for (const word of given.unknown) {
    const option = word.text.replace(/=.*$/s, '');
    if (option.includes('$') || !option.startsWith('--')) continue;
    const begun = longOptions().filter((it) => it.startsWith(option));
    if (begun.length > 0) {
      // Of options that every release of today has: what a newer one brought makes nothing ambiguous in an older one.
      const old = begun.filter((it) => !isNew(it));
      if (old.length > 1) faults.push({ fault: 'ambiguous', word, option, value: '', wanted: old.join(', ') });
      continue;
    }
    const wanted = FOREIGN[option] ?? nearest(option, longOptions());
    faults.push({ fault: 'unknown', word, option, value: '', wanted });
  }
  for (const { spec, word, value } of given.options) {
    if (!spec.takesValue) continue;
    const option = word.text.startsWith('--') ? word.text.replace(/=.*$/s, '') : word.text.slice(0, 2);
    const at = { word: value ?? word, option };
    if (!value || (value !== word && !isGlued(word, value) && looksLikeOption(value.text))) {
      faults.push({ ...at, word, fault: 'noValue', value: '', wanted: undefined });
      continue;
    }
    const fault = valueFault(spec.setting, value.text);
    // argparse converts each value, and the validator sees the last one.
    const isLast = given.options.findLast((it) => it.spec.setting === spec.setting)?.word === word;
    if (fault && (isLast || !/^(?:negative|choice|worker)$/.test(fault.fault)))
      faults.push({ ...at, ...fault, value: value.text });
  }
  return faults;
}

function longOptions(): string[] {
  return gunicornOptions.flatMap((it) => it.options.filter((option) => option.startsWith('--')));
}

function isNew(option: string): boolean {
  const setting = gunicornOptions.find((it) => it.options.includes(option))?.setting;
  return setting !== undefined && gunicornSetting(setting)?.since !== undefined;
}

/** `-w3` and `--workers=3`: then the value lies in the option's own word. */
function isGlued(word: ArgWord, value: ArgWord): boolean {
  return value.end === word.end;
}

/** _negative_number_matcher and _parse_optional() in Python's argparse. */
function looksLikeOption(text: string): boolean {
  return text.startsWith('-') && text !== '-' && !/^-\d+$|^-\d*\.\d+$/.test(text) && !text.includes(' ');
}

type ValueFault = Pick<OptionFault, 'fault' | 'wanted'> | undefined;

/** What is wrong with the text of a value; undefined where nothing is, or where that cannot be told. */
export function valueFault(setting: string, text: string): ValueFault {
  const info = gunicornSetting(setting);
  // systemd puts nothing in for these; they reach gunicorn as they are.
  if (/\$\(|`/.test(text) && (info?.type === 'int' || info?.type === 'mode'))
    return { fault: 'shell', wanted: undefined };
  if (text.includes('$')) return undefined;
  if (setting === 'bind') return addressFault(text);
  if (setting === 'raw_env') return text.includes('=') ? undefined : { fault: 'variable', wanted: undefined };
  if (setting === 'worker_class') return workerFault(text);
  // The mode of the control socket is another type, and the machine's own.
  if (info?.type === 'int' && setting !== 'control_socket_mode') {
    const number = integer(text, 10);
    if (number === UNKNOWN) return { fault: 'number', wanted: /^\s*(\d+)(?:\.\d+|\s*[a-z]+)?\s*$/i.exec(text)?.[1] };
    return (number as number) < 0 && setting !== 'cert_reqs' ? { fault: 'negative', wanted: undefined } : undefined;
  }
  if (info?.type === 'mode' && integer(text, 0) === UNKNOWN) return { fault: 'number', wanted: undefined };
  if (setting === 'reload_engine' && !info!.values!.includes(text))
    return { fault: 'choice', wanted: info!.values!.join(', ') };
  return undefined;
}

/** Classes of workers that gunicorn and uvicorn bring: gunicorn/workers, uvicorn/workers.py. */
const KNOWN_CLASSES = [
  'uvicorn.workers.UvicornWorker',
  'uvicorn.workers.UvicornH11Worker',
  'gunicorn.workers.sync.SyncWorker',
  'gunicorn.workers.gthread.ThreadWorker',
  'gunicorn.workers.ggevent.GeventWorker',
  'gunicorn.workers.ggevent.GeventPyWSGIWorker',
  'gunicorn.workers.ggevent.PyWSGIWorker',
  'gunicorn.workers.geventlet.EventletWorker',
  'gunicorn.workers.gtornado.TornadoWorker',
  'gunicorn.workers.gasgi.ASGIWorker',
  'gunicorn.workers.gaiohttp.AiohttpWorker',
];

/** The class that is spelled nearly alike. */
function nearestClass(text: string): string | undefined {
  return KNOWN_CLASSES.find((it) => it.split('.').at(-1) === text.split('.').at(-1)) ?? nearest(text, KNOWN_CLASSES);
}

function workerFault(text: string): ValueFault {
  const known = KNOWN_CLASSES.some((it) => it.startsWith(`${text.split('.')[0]}.`));
  if (/^(?:uvicorn|gunicorn)\./.test(text) && known)
    return KNOWN_CLASSES.includes(text) ? undefined : { fault: 'worker', wanted: nearestClass(text) };
  // A class has a dot, an entry point a colon.
  if (/[.:]/.test(text) || WORKERS.includes(text)) return undefined;
  return { fault: 'worker', wanted: nearest(text, WORKERS) };
}

function addressFault(text: string): ValueFault {
  const fault = (wanted: string | undefined): ValueFault => ({ fault: 'address', wanted });
  if (/^(?:unix:|fd:\/\/)/.test(text)) return undefined;
  const scheme = /^https?:\/\/(.*)$/.exec(text);
  if (scheme) return fault(scheme[1]!.replace(/\/.*$/, '') || undefined);
  const rest = text.replace(/^tcp:\/\//, '');
  if (rest.includes('/')) return fault(rest.startsWith('/') ? `unix:${rest}` : undefined);
  if (/^\d+$/.test(rest)) return fault(Number(rest) <= 65535 ? `127.0.0.1:${rest}` : undefined);
  const port = /^(?:\[[^\]]*\]|[^:[\]]*):(.*)$/s.exec(rest)?.[1];
  if (port === undefined) return undefined;
  return /^\d+$/.test(port) && Number(port) <= 65535 ? undefined : fault(undefined);
}

/** What is wrong with the value that a config file gives to a setting. */
export function configFault(setting: string, value: PyValue): ValueFault {
  const info = gunicornSetting(setting);
  if (value === UNKNOWN || value === null || !info) return undefined;
  const isNumber = info.type === 'int' || info.type === 'mode';
  if (isNumber && Array.isArray(value)) return { fault: 'number', wanted: undefined };
  if (isNumber) {
    const number = typeof value === 'string' ? integer(value, 'python') : value;
    if (number === UNKNOWN) return { fault: 'number', wanted: undefined };
    return typeof number === 'number' && number < 0 ? { fault: 'negative', wanted: undefined } : undefined;
  }
  if (setting === 'bind') {
    const addresses = Array.isArray(value) ? value : [value];
    return addresses.map((it) => (typeof it === 'string' ? addressFault(it.trim()) : undefined)).find((it) => it);
  }
  return typeof value === 'string' && setting !== 'raw_env' ? valueFault(setting, value) : undefined;
}

/** The setting that a name of a config file was probably meant for; undefined if gunicorn knows the name, or none is near. */
export function meantSetting(name: string): string | undefined {
  if (gunicornSetting(name) || name.startsWith('_') || name.length < 4) return undefined;
  return nearest(name, gunicornSettingNames());
}
