/**
 * Runs the rules that see one part of the deployment. What they said of a part is remembered until the part is another
 * object or the answer to one of the questions that they asked, of the deployment or of the host, changes.
 */
import type { Deployment } from '../deployment/deployment.js';
import { answeredBy, type Part, type Questions, Surroundings } from '../deployment/surroundings.js';
import type { RememberedHost } from '../host/remembered.js';
import { allRules } from '../rules/all.generated.js';
import type { Finding, Rule } from '../rules/rule.js';

const partRules = allRules.filter((it) => it.sees === 'part') as unknown as readonly Rule<'part'>[];

interface Judged {
  readonly part: Part;
  /** The questions that it answers: they have another answer once it comes or goes. */
  readonly answers: readonly string[];
  asked: readonly string[];
  findings: readonly Finding[];
  /** The update that saw it last. */
  round: number;
  stale: boolean;
}

interface Derived {
  readonly value: unknown;
  readonly asked: ReadonlySet<string>;
}

export class PartsMemory {
  /** Parts that had to be judged: for tests. */
  judged = 0;
  private readonly parts = new Map<object, Judged>();
  private readonly askers = new Map<string, Set<Judged>>();
  private readonly derived = new Map<string, Derived>();
  private round = 0;
  private revision = -1;
  private prefix: string | undefined;
  private user: string | undefined;

  /** What is said of all parts, in the order of the deployment. */
  of(deployment: Deployment, host: RememberedHost): Finding[] {
    const fromHost = this.revision < 0 ? [] : host.changedSince(this.revision);
    this.revision = host.revision;
    if (!fromHost) this.forgetAll();
    const changed = new Set(fromHost);
    const stale: Judged[] = [];
    const order = this.seen(deployment, changed, stale);
    if (order.length < this.parts.size) this.sweep(changed);
    this.noteWhole(deployment, changed);
    let asked = new Set<string>();
    const surroundings = new Surroundings(
      deployment,
      this.questions(host, () => asked),
    );
    this.rederive(surroundings, changed);
    for (const question of changed) {
      for (const it of this.askers.get(question) ?? []) {
        if (!it.stale) stale.push(it);
        it.stale = true;
      }
    }
    for (const it of stale) {
      asked = new Set();
      this.judge(it, surroundings, host, asked);
    }
    return order.flatMap((it) => (it.findings.length > 0 ? it.findings : NONE));
  }

  /** All parts that the deployment has now, each once. */
  private seen(deployment: Deployment, changed: Set<string>, stale: Judged[]): Judged[] {
    const round = ++this.round;
    const order: Judged[] = [];
    const see = (key: object, describe: () => Part): void => {
      let it = this.parts.get(key);
      if (!it) {
        const part = describe();
        it = { part, answers: answeredBy(part), asked: [], findings: [], round: 0, stale: true };
        this.parts.set(key, it);
        for (const question of it.answers) changed.add(question);
        stale.push(it);
      }
      if (it.round === round) return;
      it.round = round;
      order.push(it);
    };
    for (const service of deployment.services.values()) see(service, () => ({ part: 'service', service }));
    for (const app of deployment.apps.values()) see(app, () => ({ part: 'app', app }));
    for (const socket of deployment.sockets) see(socket, () => ({ part: 'socket', socket }));
    for (const listener of deployment.listeners) see(listener, () => ({ part: 'listener', listener }));
    for (const connection of deployment.connections) see(connection, () => ({ part: 'connection', connection }));
    for (const root of deployment.roots) see(root, () => ({ part: 'root', root }));
    for (const file of deployment.files) see(file, () => ({ part: 'file', file }));
    return order;
  }

  private sweep(changed: Set<string>): void {
    for (const [key, it] of this.parts) {
      if (it.round === this.round) continue;
      this.parts.delete(key);
      this.unwatch(it);
      for (const question of it.answers) changed.add(question);
    }
  }

  private noteWhole({ prefix, user }: Deployment, changed: Set<string>): void {
    const name = user && `${user.name} ${user.group}`;
    if (prefix !== this.prefix) changed.add('prefix');
    if (name !== this.user) changed.add('user');
    this.prefix = prefix;
    this.user = name;
  }

  /** Answers that are derived from others are found anew where these changed, and only another result counts as a change. */
  private rederive(surroundings: Surroundings, changed: Set<string>): void {
    for (const [question, { value, asked }] of [...this.derived]) {
      if (![...asked].some((it) => changed.has(it))) continue;
      this.derived.delete(question);
      if (question === 'worker') surroundings.worker();
      const now = this.derived.get(question);
      if (!now || textOf(now.value) !== textOf(value)) changed.add(question);
    }
  }

  private questions(host: RememberedHost, asked: () => Set<string>): Questions {
    let inner: Set<string> | undefined;
    return {
      note: (question) => (inner ?? asked()).add(question),
      derived: <T>(question: string, make: () => T): T => {
        const before = this.derived.get(question);
        if (before) return before.value as T;
        const own = (inner = new Set<string>());
        const value = host.recording(own, make);
        inner = undefined;
        this.derived.set(question, { value, asked: own });
        return value;
      },
    };
  }

  private judge(it: Judged, around: Surroundings, host: RememberedHost, asked: Set<string>): void {
    this.judged++;
    this.unwatch(it);
    const findings: Finding[] = [];
    host.recording(asked, () => {
      for (const rule of partRules) rule.run({ ...it.part, around }, findings);
    });
    it.findings = findings;
    it.asked = [...asked];
    it.stale = false;
    for (const question of it.asked) {
      const askers = this.askers.get(question);
      if (askers) askers.add(it);
      else this.askers.set(question, new Set([it]));
    }
  }

  private unwatch(it: Judged): void {
    for (const question of it.asked) {
      const askers = this.askers.get(question);
      askers?.delete(it);
      if (askers?.size === 0) this.askers.delete(question);
    }
    it.asked = [];
  }

  private forgetAll(): void {
    this.parts.clear();
    this.askers.clear();
    this.derived.clear();
  }
}

const NONE: readonly Finding[] = [];

function textOf(value: unknown): string {
  return JSON.stringify(value instanceof Map ? [...value] : value) ?? '';
}
