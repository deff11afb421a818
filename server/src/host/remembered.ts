/** The answers that a host has given so far, and the questions that it could not answer yet. */
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import { type Answer, type FileFacts, type FileText, type HostView, type Unreadable, unknown } from './host.js';
import type { Question, Reply } from './ops.js';

/** How much of the machine the tree holds. `whole`: what is not there does not exist. `copy`: a part of it, see `mayBeElsewhere`. */
export type Coverage = 'whole' | 'copy' | 'loose';

/** The reason of an answer that is still to come. */
export const NOT_YET = 'not looked up yet';

/** Where answers come from that need not be waited for. */
export interface AtOnce {
  /** Undefined when the question is better noted: because it would take long, or has taken too long before. */
  answer(question: Question): Reply | undefined;
  /** From now on what it has seen is old, and its patience is new. */
  renew(): void;
}

/**
 * A host whose answers are remembered until `forget`. A question without an answer goes to `atOnce`; what that leaves
 * open is answered with unknown and noted; `takeNoted` hands the noted ones over, `learn` takes their answers.
 */
export class RememberedHost implements HostView {
  private readonly answers = new Map<string, Reply>();
  private readonly noted = new Map<string, Question>();
  /** How often a question was handed over and is not answered yet. */
  private readonly taken = new Map<string, number>();
  /** Raised whenever an answer changed. */
  revision = 0;
  /** Which questions got another answer, by revision; the first belongs to the revision after `logFrom`. */
  private log: (readonly string[])[] = [];
  private logFrom = 0;
  private asked: Set<string> | undefined;

  constructor(
    readonly coverage: Coverage,
    private readonly atOnce?: AtOnce,
  ) {}

  /** Runs `use` and collects what it asks, so that what it concluded can be remembered as long as these answers stay. */
  recording<T>(asked: Set<string>, use: () => T): T {
    const outer = this.asked;
    this.asked = asked;
    try {
      return use();
    } finally {
      this.asked = outer;
    }
  }

  /** The questions, as `recording` collects them, whose answers changed after `revision`; undefined when any may have. */
  changedSince(revision: number): readonly string[] | undefined {
    return revision < this.logFrom ? undefined : this.log.slice(revision - this.logFrom).flat();
  }

  stat(path: HostPath): Answer<FileFacts | undefined> {
    return this.qualified(path, this.ask('stat', path) as Answer<FileFacts | undefined>);
  }

  list(path: HostPath): Answer<readonly string[] | undefined> {
    return this.qualified(path, this.ask('list', path) as Answer<readonly string[] | undefined>);
  }

  read(path: HostPath): Answer<FileText | Unreadable | undefined> {
    return this.qualified(path, this.ask('read', path) as Answer<FileText | Unreadable | undefined>);
  }

  /** Whether answers are still to come, so that what was concluded so far is not the last word. */
  get hasNoted(): boolean {
    return this.noted.size > 0 || this.taken.size > 0;
  }

  /** Somebody is going to ask anew. */
  renew(): void {
    this.atOnce?.renew();
  }

  /** Whoever takes questions answers each with `learn`. */
  takeNoted(): Question[] {
    const questions = [...this.noted.values()];
    for (const key of this.noted.keys()) this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
    this.noted.clear();
    return questions;
  }

  learn(question: Question, reply: Reply): void {
    const key = `${question.ask} ${question.path}`;
    const others = (this.taken.get(key) ?? 0) - 1;
    if (others > 0) this.taken.set(key, others);
    else this.taken.delete(key);
    const before = this.answers.get(key);
    this.answers.set(key, reply);
    if (!before || !sameReply(before, reply)) this.changed([key]);
  }

  /** Whether anybody has asked about the path: if not, a change of it changes nothing. */
  knows(path: HostPath): boolean {
    return ['stat', 'list', 'read'].some((ask) => this.answers.has(`${ask} ${path}`));
  }

  /** Drops what is known of a path, so that it is asked again: what empties this memory is a file watcher's word or a reload. */
  forget(path: HostPath): void {
    const keys = ['stat', 'list', 'read'].map((ask) => `${ask} ${path}`);
    for (const key of keys) this.answers.delete(key);
    this.changed(keys);
  }

  forgetAll(): void {
    this.answers.clear();
    this.revision++;
    this.log = [];
    this.logFrom = this.revision;
  }

  private changed(keys: readonly string[]): void {
    this.revision++;
    this.log.push(keys);
    if (this.log.length <= LONGEST_LOG) return;
    this.log = [];
    this.logFrom = this.revision;
  }

  private ask(ask: Question['ask'], path: HostPath): Reply {
    const key = `${ask} ${path}`;
    this.asked?.add(key);
    const reply = this.answers.get(key);
    if (reply) return reply;
    // Who asked before and got no answer must hear of it by `learn`: an answer at once would change nothing for him.
    if (this.atOnce && !this.noted.has(key) && !this.taken.has(key)) {
      const now = this.atOnce.answer({ ask, path });
      if (now) this.answers.set(key, now);
      if (now) return now;
    }
    this.noted.set(key, { ask, path });
    return unknown(NOT_YET);
  }

  /** In a copy, absence is a no only where the copy shows that it holds that part of the machine. */
  private qualified<T>(path: HostPath, answer: Answer<T | undefined>): Answer<T | undefined> {
    if (this.coverage === 'whole' || !answer.known || answer.value !== undefined) return answer;
    const at = answer.missing ?? path;
    const shown = this.coverage === 'loose' ? directoryOf(at) : shownBy(at);
    if (at === shown || shown === '/') return unknown('this copy of the host may leave it out');
    const above = this.ask('list', shown) as Answer<readonly string[] | undefined>;
    if (above.known && above.value) return answer;
    return unknown(`this copy of the host has no ${shown}`);
  }
}

/** Changes that are remembered one by one; after more of them whoever asks has to look at everything anew. */
const LONGEST_LOG = 100_000;

// Of these a copy usually holds one subfolder and leaves out its neighbours.
const PARTLY_COPIED = /^\/(?:usr\/(?:lib|local|share)|var\/(?:lib|log)|run\/systemd|etc|usr|var|lib|run)\/[^/]+/;

/** The folder whose presence in a copy shows that absences below it are real. */
function shownBy(path: HostPath): HostPath {
  return hostPath((PARTLY_COPIED.exec(path) ?? /^\/[^/]*/.exec(path)!)[0]);
}

function sameReply(a: Reply, b: Reply): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
