/**
 * One machine's files as it answers at one revision: yes, no or unknown.
 * Synchronous and never waiting: a question without an answer is noted, and whoever owns the host fetches the noted ones
 * and asks again. `unknown` is not `no`.
 */
import type { HostPath } from '../base/hostPath.js';

/**
 * What the host can say. Rules speak only on a known answer. `why` is for logs and messages; `missing` is the place of
 * what is not there, where links have led to another one than was asked for.
 */
export type Answer<T> =
  | { readonly known: true; readonly value: T; readonly missing?: HostPath }
  | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Answer<T> => ({ known: true, value });
export const unknown = (why: string): Answer<never> => ({ known: false, why });

export type FileKind = 'file' | 'directory' | 'socket' | 'fifo' | 'device' | 'other';

export interface FileFacts {
  readonly kind: FileKind;
  /** Permission bits, as in 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Where symbolic links led: the same path if there were none. */
  readonly real: HostPath;
}

/** A file's text, with what had to be done to it to get text at all. */
export interface FileText {
  readonly text: string;
  /** Some bytes were not UTF-8 and stand as U+FFFD. */
  readonly invalidUtf8: boolean;
}

/** Why a file that exists has no text. */
export interface Unreadable {
  readonly problem: 'permission' | 'not a file' | 'too large' | 'vanished' | 'symlink loop' | 'failed';
  readonly detail: string;
}

export interface HostView {
  /** Facts of what the path leads to, links followed; `undefined` when it is known that there is nothing. */
  stat(path: HostPath): Answer<FileFacts | undefined>;
  /** Names in a directory, sorted by bytes as nginx's glob and systemd's directory reader do; `undefined` when it is known that there is none. */
  list(path: HostPath): Answer<readonly string[] | undefined>;
  /** The text of a regular file. */
  read(path: HostPath): Answer<FileText | Unreadable | undefined>;
}

export function isText(value: FileText | Unreadable | undefined): value is FileText {
  return value !== undefined && 'text' in value;
}

/** Whether it is known that nothing is there. */
export function isAbsent(path: HostPath, host: HostView): boolean {
  const there = host.stat(path);
  return there.known && there.value === undefined;
}

/** The text of a file; undefined where there is none, it cannot be read, or that is not known. */
export function textOf(path: HostPath, host: HostView): string | undefined {
  const answer = host.read(path);
  return answer.known && isText(answer.value) ? answer.value.text : undefined;
}
