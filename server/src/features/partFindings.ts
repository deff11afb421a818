/**
 * Runs the rules that see one part of the deployment. What they said of a part is remembered until the part is another
 * object or the answer to one of the questions that they asked, of the deployment or of the host, changes.
 */
import type { Deployment } from '../deployment/deployment.js';
import { answeredBy, EXISTS, type Part, type Questions, Surroundings } from '../deployment/surroundings.js';
import type { RememberedHost } from '../host/remembered.js';
import type { Finding } from '../rules/rule.js';
import type { Unit } from '../systemd/unit.js';
import { rulesSeeing } from './rulesSeeing.js';

const partRules = rulesSeeing('part');

/** Something that was concluded from answers. */
export interface Conclusion {
  asked: readonly string[];
  /** One of the answers is another one now. */
  stale: boolean;
}

interface Judged extends Conclusion {
  readonly part: Part;
  /** The questions that it answers: they have another answer once it comes or goes. */
  readonly answers: readonly string[];
  findings: readonly Finding[];
}

interface Derived {
  readonly value: unknown;
  readonly asked: ReadonlySet<string>;
}

export class PartsMemory {
  /** Parts that had to be judged: for tests. */
  judged = 0;
  /** By kind, as KINDS has them. */
  private parts = KINDS.map(() => new Map<object, Judged>());
  private lists: readonly Lists[] = KINDS.map(() => []);
  private readonly saying = new Set<Judged>();
  private saysOther = false;
  /** Rises when conclusions of others have become stale. */
  othersStale = 0;
  /** Those, since they were asked for last; undefined when all may be. */
  private staleOthers: Conclusion[] | undefined;
  private readonly askers = new Map<string, Set<Conclusion>>();
  private readonly derived = new Map<string, Derived>();
  private readonly came = new Set<string>();
  private readonly went = new Set<string>();
  private revision = -1;
  private prefix: string | undefined;
  private user: Deployment['user'];
  private current: { of: Deployment; findings: readonly Finding[] } | undefined;
  private asked = new Set<string>();
  private around: Surroundings | undefined;
  private host: RememberedHost | undefined;

  /** What is said of all parts. */
  of(deployment: Deployment, host: RememberedHost): readonly Finding[] {
    if (this.current?.of !== deployment) this.current = { of: deployment, findings: this.update(deployment, host) };
    return this.current.findings;
  }

  /** Draws a conclusion from what the deployment of the last `of` answers, and says when it becomes stale. */
  conclude(use: (around: Surroundings) => void): Conclusion {
    const conclusion: Conclusion = { asked: [], stale: false };
    this.watched(conclusion, use);
    return conclusion;
  }

  /** Conclusions of others that have become stale since the last call; undefined when any of them may have. */
  takeStale(): readonly Conclusion[] | undefined {
    const stale = this.staleOthers;
    this.staleOthers = [];
    return stale;
  }

  /** Nobody wants to know any more whether it is stale. */
  release(conclusion: Conclusion): void {
    for (const question of conclusion.asked) {
      const askers = this.askers.get(question);
      askers?.delete(conclusion);
      if (askers?.size === 0) this.askers.delete(question);
    }
    conclusion.asked = [];
  }

  private watched(conclusion: Conclusion, use: (around: Surroundings) => void): void {
    const outer = this.asked;
    const asked = (this.asked = new Set<string>());
    this.host!.recording(asked, () => use(this.around!));
    this.asked = outer;
    conclusion.asked = [...asked];
    conclusion.stale = false;
    for (const question of conclusion.asked) {
      const askers = this.askers.get(question);
      if (askers) askers.add(conclusion);
      else this.askers.set(question, new Set([conclusion]));
    }
  }

  private update(deployment: Deployment, host: RememberedHost): readonly Finding[] {
    this.host = host;
    const fromHost = this.revision < 0 ? [] : host.changedSince(this.revision);
    this.revision = host.revision;
    if (!fromHost) this.forgetAll();
    const changed = new Set(fromHost);
    const stale: Judged[] = [];
    this.see(deployment, changed, stale);
    this.noteComings(changed);
    this.noteWhole(deployment, changed);
    this.around = new Surroundings(deployment, this.questions(host));
    this.rederive(this.around, changed);
    for (const question of changed) {
      for (const it of this.askers.get(question) ?? []) {
        if (it.stale) continue;
        it.stale = true;
        if ('part' in it) stale.push(it as Judged);
        else {
          this.othersStale++;
          this.staleOthers?.push(it);
        }
      }
    }
    for (const it of stale) this.judge(it);
    if (!this.saysOther && this.current) return this.current.findings;
    this.saysOther = false;
    const found = new Set<Finding>();
    for (const it of this.saying) for (const finding of it.findings) found.add(finding);
    return [...found];
  }

  /** Finds the parts that are not those of the last deployment. Most lists differ in a place or two, if at all. */
  private see(deployment: Deployment, changed: Set<string>, stale: Judged[]): void {
    const lists = listsOf(deployment);
    lists.forEach((list, kind) => {
      const before = this.lists[kind]!;
      if (before === list) return;
      const parts = this.parts[kind]!;
      const { gone, come } = differences(before, list);
      for (const it of gone) {
        const part = parts.get(it);
        if (!part) continue;
        parts.delete(it);
        this.release(part);
        this.say(part, []);
        for (const question of part.answers) (question.startsWith(EXISTS) ? this.went : changed).add(question);
      }
      for (const it of come) {
        if (parts.has(it)) continue;
        const part = { part: KINDS[kind], [KINDS[kind]!]: it } as unknown as Part;
        const judged = { part, answers: answeredBy(part), asked: [], findings: [], stale: true };
        parts.set(it, judged);
        for (const question of judged.answers) (question.startsWith(EXISTS) ? this.came : changed).add(question);
        stale.push(judged);
      }
    });
    this.lists = lists;
  }

  private say(it: Judged, findings: readonly Finding[]): void {
    if (it.findings.length > 0 || findings.length > 0) this.saysOther = true;
    it.findings = findings;
    if (findings.length > 0) this.saying.add(it);
    else this.saying.delete(it);
  }

  /** A part that another one of the same name has replaced neither came nor went. */
  private noteComings(changed: Set<string>): void {
    for (const it of this.came) if (!this.went.has(it)) changed.add(it);
    for (const it of this.went) if (!this.came.has(it)) changed.add(it);
    this.came.clear();
    this.went.clear();
  }

  private noteWhole({ prefix, user }: Deployment, changed: Set<string>): void {
    const is = (it: Deployment['user']) => `${it?.name} ${it?.group}`;
    if (prefix !== this.prefix) changed.add('prefix');
    if (user?.at.node !== this.user?.at.node || is(user) !== is(this.user)) changed.add('user');
    this.prefix = prefix;
    this.user = user;
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

  private questions(host: RememberedHost): Questions {
    return {
      note: (question) => void this.asked.add(question),
      derived: <T>(question: string, make: () => T): T => {
        const before = this.derived.get(question);
        if (before) return before.value as T;
        const outer = this.asked;
        const own = (this.asked = new Set<string>());
        const value = host.recording(own, make);
        this.asked = outer;
        this.derived.set(question, { value, asked: own });
        return value;
      },
    };
  }

  private judge(it: Judged): void {
    this.judged++;
    this.release(it);
    const findings: Finding[] = [];
    this.watched(it, (around) => {
      const view = { ...it.part, around };
      for (const rule of partRules) rule.run(view, findings);
    });
    const { name } = unitOf(it.part) ?? {};
    const said = name?.instance ? findings.map((one) => ({ ...one, instances: [name.full] })) : findings;
    this.say(it, said);
  }

  private forgetAll(): void {
    for (const askers of this.askers.values()) for (const it of askers) it.stale = true;
    this.othersStale++;
    this.staleOthers = undefined;
    this.parts = KINDS.map(() => new Map());
    this.lists = KINDS.map(() => []);
    this.saying.clear();
    this.saysOther = true;
    this.askers.clear();
    this.derived.clear();
  }
}

/** The unit that a part belongs to. */
function unitOf(part: Part): Unit | undefined {
  if (part.part === 'unit') return part.unit;
  if (part.part === 'service') return part.service;
  if (part.part === 'app') return part.app.unit;
  if (part.part === 'socket') return part.socket.unit;
  return part.part === 'listener' ? part.listener.unit : undefined;
}

function textOf(value: unknown): string {
  return JSON.stringify(value instanceof Map ? [...value] : value) ?? '';
}

/** The kinds of parts; a part has its object under the name of its kind. Services are parts twice: among units, and as what runs. */
const KINDS = [
  'unit',
  'service',
  'app',
  'socket',
  'listener',
  'connection',
  'root',
  'file',
] as const satisfies readonly Part['part'][];

/** What nginx's files bring, file by file; else one list. */
type Lists = readonly (readonly object[])[];

function listsOf(of: Deployment): readonly Lists[] {
  const { units, services, apps, sockets, listeners } = of;
  const { connections, roots, files } = of.byFile;
  return [
    valuesOf(units),
    valuesOf(services),
    valuesOf(apps),
    single(sockets),
    single(listeners),
    connections,
    roots,
    files,
  ];
}

/** The same lists as long as what they were made of is the same. */
const singles = new WeakMap<object, Lists>();

function single(list: readonly object[]): Lists {
  let lists = singles.get(list);
  if (!lists) singles.set(list, (lists = [list]));
  return lists;
}

function valuesOf(map: ReadonlyMap<string, object>): Lists {
  let lists = singles.get(map);
  if (!lists) singles.set(map, (lists = [[...map.values()]]));
  return lists;
}

function differences(before: Lists, now: Lists): Record<'gone' | 'come', readonly object[]> {
  if (before.length !== now.length) return difference(before.flat(), now.flat());
  const gone: object[] = [];
  const come: object[] = [];
  for (let i = 0; i < now.length; i++) {
    if (before[i] === now[i]) continue;
    const here = difference(before[i]!, now[i]!);
    for (const it of here.gone) gone.push(it);
    for (const it of here.come) come.push(it);
  }
  return { gone, come };
}

/** What went from a list and what came to it. Lists differ in one stretch, if at all: what is the same on both sides is cut off. */
function difference(before: readonly object[], now: readonly object[]): Record<'gone' | 'come', readonly object[]> {
  let start = 0;
  const most = Math.min(now.length, before.length);
  while (start < most && now[start] === before[start]) start++;
  let tail = 0;
  while (tail < most - start && now[now.length - 1 - tail] === before[before.length - 1 - tail]) tail++;
  const [then, since] = [before.slice(start, before.length - tail), now.slice(start, now.length - tail)];
  if (then.length === 0 || since.length === 0) return { gone: then, come: since };
  const [was, is] = [new Set(then), new Set(since)];
  return { gone: then.filter((it) => !is.has(it)), come: since.filter((it) => !was.has(it)) };
}
