/** The shape of a request: each is a file that finds the document, converts in, calls one feature and converts out. */
import type { ServerCapabilities } from 'vscode-languageserver-protocol';
import type { Session } from './session.js';

export interface LspRequest<P, R> {
  readonly method: string;
  /** What the server says of itself because of it. */
  readonly capabilities: Partial<ServerCapabilities>;
  /** The answer when something went wrong on our side. */
  readonly fallback: R;
  run(session: Session, params: P): Promise<R>;
}

export function defineRequest<P, R>(request: LspRequest<P, R>): LspRequest<P, R> {
  return request;
}
