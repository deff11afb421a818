/** The status that an app has for a path of its own, asked plainly. */
import type { HostView } from '../host/host.js';
import { flaskAnswer } from './flaskAnswer.js';
import { nodeAnswer, nodeScript } from './nodeAnswer.js';
import type { ServiceApp } from './serviceApp.js';

/**
 * Undefined where a view decides, or where the app's texts are not read.
 * @param path as the app gets it.
 */
export function answerTo(app: ServiceApp, host: HostView, method: string, path: string): number | undefined {
  const script = nodeScript(app, host);
  if (script) return nodeAnswer(script, method, path)?.status;
  if (app.environment('SCRIPT_NAME') !== undefined) return undefined;
  const header = (): 'unknown' => 'unknown';
  const answer = flaskAnswer(app, host, { method, path, host: undefined, scheme: undefined, header });
  return answer && answer.status >= 400 ? answer.status : undefined;
}
