/**
 * How a question to a host is answered, step by step, without saying whether the steps wait: each step is an operation
 * that a driver carries out, either synchronously (command line) or asynchronously (language server).
 */
import { directoryOf, fileName, type HostPath, joinPath } from '../base/hostPath.js';
import { type Answer, type FileFacts, type FileText, known, type Unreadable, unknown } from './host.js';

/** Larger files are not configuration: nobody writes them by hand, and reading one would stall. In bytes. */
export const LARGEST_FILE = 16 * 1024 * 1024;

/** What lstat says, or the error code that it gave. */
export interface RawStat {
  readonly kind: FileFacts['kind'] | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

export type Op =
  | { readonly op: 'lstat'; readonly path: HostPath }
  | { readonly op: 'readlink'; readonly path: HostPath }
  | { readonly op: 'list'; readonly path: HostPath }
  | { readonly op: 'read'; readonly path: HostPath };

/** A value, or the error code that the system gave (`ENOENT`, `EACCES`, ...). */
export type OpResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string };

export interface OpResults {
  lstat: OpResult<RawStat>;
  readlink: OpResult<string>;
  list: OpResult<readonly string[]>;
  read: OpResult<{ text: string; invalidUtf8: boolean }>;
}

type Steps<T> = Generator<Op, T, OpResults[Op['op']]>;

export type Question = { readonly ask: 'stat' | 'list' | 'read'; readonly path: HostPath };
export type Reply =
  | Answer<FileFacts | undefined>
  | Answer<readonly string[] | undefined>
  | Answer<FileText | Unreadable | undefined>;

function* step<K extends Op['op']>(op: K, path: HostPath): Generator<Op, OpResults[K], OpResults[Op['op']]> {
  return (yield { op, path } as Op) as OpResults[K];
}

/** Answers a question. A path that is not there is a known no; one that may not be looked at is unknown. */
export function* answerTo(question: Question): Steps<Reply> {
  const facts = yield* resolve(question.path);
  if (!facts.known) {
    if (question.ask === 'read' && facts.why === 'ELOOP') {
      return known<Unreadable>({ problem: 'symlink loop', detail: 'the symbolic links lead in a circle' });
    }
    return facts;
  }
  if (question.ask === 'stat' || !facts.value) return facts;
  return question.ask === 'list' ? yield* listOf(facts.value) : yield* textOf(facts.value);
}

function* listOf(facts: FileFacts): Steps<Answer<readonly string[] | undefined>> {
  if (facts.kind !== 'directory') return known(undefined);
  const names = yield* step('list', facts.real);
  if (names.ok) return known([...names.value].sort());
  return isAbsence(names.code) ? known(undefined) : unknown(names.code);
}

function* textOf(facts: FileFacts): Steps<Answer<FileText | Unreadable | undefined>> {
  // Opening a FIFO waits for a writer and reading a device never ends: only regular files are opened.
  if (facts.kind !== 'file') return known<Unreadable>({ problem: 'not a file', detail: `it is a ${facts.kind}` });
  if (facts.size > LARGEST_FILE) {
    const megabytes = Math.round(facts.size / 1024 / 1024);
    return known<Unreadable>({
      problem: 'too large',
      detail: `it has ${megabytes} MB; the limit is ${LARGEST_FILE / 1024 / 1024} MB`,
    });
  }
  const text = yield* step('read', facts.real);
  if (text.ok) return known(text.value);
  if (text.code === 'ENOENT')
    return known<Unreadable>({ problem: 'vanished', detail: 'it was deleted while being read' });
  if (text.code === 'EACCES' || text.code === 'EPERM') {
    return known<Unreadable>({ problem: 'permission', detail: 'this user may not read it' });
  }
  return known<Unreadable>({ problem: 'failed', detail: text.code });
}

function isAbsence(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

// As in the kernel: more links than this and the path is taken for a loop (path_resolution(7)).
const MOST_LINKS = 40;

/** null(4). */
const NULL_DEVICE = { kind: 'device', mode: 0o666, uid: 0, gid: 0, size: 0 } as const;

/** Follows links within the host: an absolute target starts at the host's own root, wherever that lies on this machine. */
function* resolve(path: HostPath): Steps<Answer<FileFacts | undefined>> {
  let links = 0;
  let pending = path.split('/').filter(Boolean);
  let at = '/' as HostPath;
  let facts: RawStat | undefined;
  while (pending.length > 0) {
    const [name, ...rest] = pending;
    const next = joinPath(at, name!);
    const found = yield* step('lstat', next);
    if (!found.ok) {
      if (!isAbsence(found.code)) return unknown(found.code);
      return links === 0 ? known(undefined) : { known: true, value: undefined, missing: next };
    }
    const target = yield* linkTarget(next, found.value);
    if (target === undefined) {
      at = next;
      facts = found.value;
      pending = rest;
      continue;
    }
    if (++links > MOST_LINKS) return unknown('ELOOP');
    const absolute = joinPath(at, target);
    // Every host has it, and no copy does: what is linked to it is masked.
    if (absolute === '/dev/null' && rest.length === 0) return known({ ...NULL_DEVICE, real: absolute });
    pending = [...absolute.split('/').filter(Boolean), ...rest];
    at = '/' as HostPath;
    facts = undefined;
  }
  if (!facts) {
    const root = yield* step('lstat', at);
    if (!root.ok) return unknown(root.code);
    facts = root.value;
  }
  const { kind, mode, uid, gid, size } = facts;
  return known({ kind: kind === 'symlink' ? 'other' : kind, mode, uid, gid, size, real: at });
}

/** Where a link leads; undefined if the path is none. */
function* linkTarget(path: HostPath, facts: RawStat): Steps<string | undefined> {
  if (facts.kind === 'symlink') {
    const target = yield* step('readlink', path);
    return target.ok ? target.value : undefined;
  }
  return yield* flattenedLink(path, facts);
}

/**
 * A symbolic link that a copy has turned into a file with its target as text: git does that where `core.symlinks` is
 * off, and so do archives. Recognised only where links belong, and only if the text leads to something.
 */
function* flattenedLink(path: HostPath, facts: RawStat): Steps<string | undefined> {
  if (facts.kind !== 'file' || facts.size === 0 || facts.size > 255) return undefined;
  if (!/\/(?:sites|streams|modules)-enabled\/[^/]+$|\.(?:wants|requires|upholds)\/[^/]+$/.test(path)) return undefined;
  const text = yield* step('read', path);
  if (!text.ok || !/^(?:\.\.?\/|\/)?[\w@%:.+/\\-]+$/.test(text.value.text)) return undefined;
  const target = joinPath(directoryOf(path), text.value.text);
  if (target === path || fileName(target) === '') return undefined;
  const there = yield* step('lstat', target);
  return there.ok ? text.value.text : undefined;
}

/** Carries an answer's steps out, one after the other, without waiting. */
export function runSteps(question: Question, perform: (op: Op) => OpResults[Op['op']]): Reply {
  const steps = answerTo(question);
  let next = steps.next();
  while (!next.done) next = steps.next(perform(next.value));
  return next.value;
}

/** The same with waiting. */
export async function runStepsAsync(
  question: Question,
  perform: (op: Op) => Promise<OpResults[Op['op']]>,
): Promise<Reply> {
  const steps = answerTo(question);
  let next = steps.next();
  while (!next.done) next = steps.next(await perform(next.value));
  return next.value;
}
