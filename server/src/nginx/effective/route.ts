/** What comes of a request: the steps that it takes through the configuration, and how it ends. */
import type { Block, Directive } from './blocks.js';
import type { Server } from './servers.js';

/**
 * What stands at a path; undefined for nothing, `unknown` where that cannot be said. `unreadable` is a file that the
 * worker may not open, `denied` a path whose directories it may not enter. Where links are `refused` they lead nowhere.
 */
export type Looks = (path: string, links?: 'refused') => Look;
export type Look = 'file' | 'directory' | 'unreadable' | 'denied' | 'unknown' | undefined;

export type Ending =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string | undefined;
      readonly by: Directive | undefined;
    }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: string; readonly by: Directive | undefined }
  /** Another program answers; `uri` is what nginx asks it for, undefined if a variable decides. */
  | {
      readonly kind: 'pass';
      readonly by: Directive;
      readonly uri: string | undefined;
      readonly status: number | undefined;
    }
  /** `status` is 200 unless this stands in for an error. */
  | { readonly kind: 'file' | 'listing'; readonly path: string; readonly status: number }
  | { readonly kind: 'unknown'; readonly why: string; readonly by: Directive | undefined };

export function unknown(why: string, by?: Directive): Ending {
  return { kind: 'unknown', why, by };
}

export interface Step {
  readonly what: 'server' | 'location' | 'rewrite' | 'try' | 'index' | 'error';
  /** The directive that decided. */
  readonly by: Directive | undefined;
  readonly uri: string;
}

export const WHY = {
  absent: 'there is no such file',
  closed: 'nginx may not enter a folder on the way to it',
  outOfAlias: 'a rewrite has taken the path out of the location whose alias would be used',
};

/** Why nginx itself gives an error, where no directive says it in so many words. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
  /** The path on disk that it is about. */
  readonly path?: string | undefined;
}

export interface Route {
  readonly server: Server | undefined;
  readonly steps: readonly Step[];
  readonly ending: Ending;
  /** The block whose settings were in force at the end. */
  readonly block: Block | undefined;
  /** nginx has given up: `rewrite or internal redirection cycle`. An error page may have answered after that. */
  readonly cycles: boolean;
  /** The first error on the way; an error page may have answered after that. */
  readonly refusal: Refusal | undefined;
}

/** What comes of asking a program: a status that nginx gives itself (`own`), or the one that came back. */
export interface Reached {
  readonly status: number;
  readonly own: boolean;
  /** For one that nginx gives itself. */
  readonly why?: string;
  /** X-Accel-Redirect of what came back; `open` where nobody can tell whether there is one, or which. */
  readonly handsOn?: string | 'open' | undefined;
}

/** A directive that passes the request on, with its argument and the Host and URI that go with it, variables filled in. */
export interface Passed {
  readonly by: Directive;
  /** Undefined where a variable is not known. */
  readonly target: string | undefined;
  readonly host: string | undefined;
  readonly uri: string | undefined;
  /** The path of the script that FastCGI is to run; `none` where nginx names none. */
  readonly script?: string | 'none' | undefined;
  readonly scriptName?: string | undefined;
}

/** Undefined where the program answers, and how is its own affair. */
export type Connects = (passed: Passed) => Reached | undefined;

/** What a client, or who asked for a subrequest, gets of an ending; a program that answers is taken to answer well. */
export function statusOf(ending: Ending): number | undefined {
  if (ending.kind === 'unknown') return undefined;
  return ending.kind === 'pass' ? (ending.status ?? 200) : ending.status;
}
