/** What Flask's configuration says of requests, as far as the module of the app writes it out. */
import type { Place } from '../base/place.js';
import { type HostView, isText } from '../host/host.js';
import { appModule } from './appModule.js';
import { placeInPython } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

/** `app.config['MAX_CONTENT_LENGTH'] = 16 * 1024 * 1024`: bytes. Undefined where the module names it twice, or in other terms. */
export function flaskLimit(app: ServiceApp, host: HostView): { value: number; at: Place } | undefined {
  const found = appModule(app, host);
  if (found.is !== 'found') return undefined;
  const answer = host.read(found.file.path);
  const text = answer.known && isText(answer.value) ? answer.value.text : '';
  if (!/^\s*(?:from|import)\s+flask\b/m.test(text) || text.split('MAX_CONTENT_LENGTH').length !== 2) return undefined;
  const set = /\bMAX_CONTENT_LENGTH['"]?\]?\s*[=:]\s*([\d_]+(?:\s*\*{1,2}\s*[\d_]+)*)\s*(?=[,)}#\n]|$)/.exec(text);
  if (!set || /^\s*#/.test(text.slice(text.lastIndexOf('\n', set.index) + 1))) return undefined;
  const powers = set[1]!.replaceAll('_', '').split(/(?<!\*)\*(?!\*)/);
  const value = powers.reduce((all, it) => {
    const [base, exponent = '1'] = it.split('**').map((one) => one.trim());
    return all * Number(base) ** Number(exponent);
  }, 1);
  const at = placeInPython(found.file, set.index, set.index + set[0].length);
  return Number.isSafeInteger(value) && value > 0 ? { value, at } : undefined;
}
