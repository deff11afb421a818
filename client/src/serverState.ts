/** What the person needs to know about the server. */
export type ServerState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string };

/** How the status item shows a state; `restart` says that it offers the restart command. */
export interface StatusText {
  readonly text: string;
  readonly detail: string;
  readonly busy: boolean;
  readonly error: boolean;
  readonly restart: boolean;
}

/** Puts a server state into words. */
export function statusText(state: ServerState): StatusText {
  switch (state.kind) {
    case 'starting':
      return { text: 'Throughline', detail: 'The server is starting', busy: true, error: false, restart: false };
    case 'ready':
      return {
        text: 'Throughline',
        detail: `Ready, version ${state.version}`,
        busy: false,
        error: false,
        restart: false,
      };
    case 'stopped':
      return { text: 'Throughline', detail: 'The server is stopped', busy: false, error: false, restart: true };
    case 'failed':
      return { text: 'Throughline', detail: state.reason, busy: false, error: true, restart: true };
  }
}
