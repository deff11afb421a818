/** Apps that take longer than somebody waits for them: a literal sleep in the function that answers. */

import type { HostView } from '../host/host.js';
import type { Directive } from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import { parseTime } from '../nginx/values.js';
import type { PyFunction } from '../syntax/pythonModule.js';
import { appModule, appSpec } from './appModule.js';
import type { ServiceApp } from './serviceApp.js';

export interface Impatience {
  readonly who: 'nginx' | 'gunicorn';
  /** Seconds that it waits. */
  readonly waits: number;
}

/** The app itself, where it is a function of its module: what it does is done for each request. */
export function wholeApp(app: ServiceApp, host: HostView): PyFunction | undefined {
  const spec = appSpec(app);
  const found = spec && appModule(app, host);
  if (found?.is !== 'found' || found.file.module.hasError || spec!.text.endsWith(')')) return undefined;
  const named = found.file.module.functions.filter((it) => it.name === spec!.name);
  return named.length === 1 && named[0]!.certain && named[0]!.decorators.length === 0 ? named[0] : undefined;
}

/** Seconds that an app sleeps only for what asks for this path; without one, for the path that takes longest. */
export function sleepsAt({ view }: PyFunction, path?: string): number {
  const slept = (view?.pathSleeps ?? []).filter((it) => path === undefined || it.path === path);
  return path === undefined
    ? Math.max(0, ...slept.map((it) => it.seconds))
    : slept.reduce((sum, it) => sum + it.seconds, 0);
}

/**
 * Who gives up first on what takes so many seconds: nginx answers 504 then, and a worker of gunicorn that is ended
 * leaves it with 502. Only workers that do one thing at a time stop to beat meanwhile.
 */
export function impatience(app: ServiceApp, { name, within }: Directive, takes: number): Impatience | undefined {
  const set = inForce(within, name.replace('_pass', '_read_timeout'));
  const read = parseTime(set.directives[0]?.args[0] ?? '60s', 'milliseconds');
  const worker = app.server === 'gunicorn' ? app.command.settings?.of('worker_class').value : undefined;
  const timeout = worker === 'sync' ? app.command.settings?.of('timeout').value : undefined;
  const killed = typeof timeout === 'number' && timeout > 0 ? timeout : Number.POSITIVE_INFINITY;
  if (read === undefined || !set.certain || takes <= Math.min(read, killed)) return undefined;
  return read <= killed ? { who: 'nginx', waits: read } : { who: 'gunicorn', waits: killed };
}
