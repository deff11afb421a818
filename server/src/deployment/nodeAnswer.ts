/** What a program of node's answers, as far as the handler in its script tells. */
import { type ScriptAnswer, scriptAnswer } from '../apps/scriptHandler.js';
import type { HostPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import { readScript } from '../syntax/scriptReading.js';
import type { Statement } from '../syntax/scriptSyntax.js';
import { interpretedScript, openedScript } from './interpretedScript.js';
import type { ServiceApp } from './serviceApp.js';

export interface NodeScript {
  readonly path: HostPath;
  readonly text: string;
  readonly statements: readonly Statement[];
}

/** Goes with what was read. */
const read = new WeakMap<object, readonly Statement[] | 'unreadable'>();

/** The script that the service runs; undefined for other programs, and where it cannot be read. */
export function nodeScript(app: ServiceApp, host: HostView): NodeScript | undefined {
  if (app.server !== 'node') return undefined;
  const script = interpretedScript(app.unit);
  const path = script && openedScript(script, host);
  if (!path || path === 'missing') return undefined;
  const answer = host.read(path);
  if (!answer.known || !isText(answer.value)) return undefined;
  const { value } = answer;
  let statements = read.get(value);
  if (!statements) read.set(value, (statements = readScript(value.text) ?? 'unreadable'));
  return statements === 'unreadable' ? undefined : { path, text: value.text, statements };
}

/** @param url as it is sent, with its query. Undefined where the text does not decide. */
export function nodeAnswer(script: NodeScript, method: string, url: string): ScriptAnswer | undefined {
  return scriptAnswer(script.statements, { method, url });
}

const NOWHERE = '/throughline-asks-for-nothing';
const MOST = 60;

/** The paths that stand in its text. */
export function nodePaths({ text }: NodeScript): readonly string[] {
  return [...new Set([...text.matchAll(/(['"`])(\/[\w./~-]*)\1/g)].map((it) => it[2]!))].slice(0, MOST);
}

/**
 * The paths that a script answers with other than 404, among those that stand in its text; undefined where it may answer
 * others. One that is only compared at its beginning goes on with anything.
 */
export function nodeRoutes(script: NodeScript): readonly string[] | undefined {
  if (nodeAnswer(script, 'GET', NOWHERE)?.status !== 404) return undefined;
  const found: string[] = [];
  for (const path of nodePaths(script)) {
    const [exact, below] = [path, `${path}${NOWHERE.slice(1)}`].map((it) => nodeAnswer(script, 'GET', it)?.status);
    if (exact === undefined || below === undefined) return undefined;
    if (below !== 404) found.push(`${path}<rest>`);
    else if (exact !== 404 || nodeAnswer(script, 'POST', path)?.status !== 404) found.push(path);
  }
  return found;
}
