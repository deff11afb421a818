/**
 * Runs the rules that see the deployment as a whole. What one said is remembered until a list of the deployment that it
 * looked at is another one, or, if it asked the host, an answer of that has changed.
 */
import type { Deployment } from '../deployment/deployment.js';
import type { RememberedHost } from '../host/remembered.js';
import type { Finding, Rule } from '../rules/rule.js';
import { rulesSeeing } from './rulesSeeing.js';

const rules = rulesSeeing('deployment');

interface Said {
  /** What it looked at, as it was then. */
  readonly looked: Partial<Deployment>;
  readonly revision: number;
  readonly findings: readonly Finding[];
}

export class DeploymentRulesMemory {
  private readonly said = new Map<Rule<'deployment'>, Said>();

  /** Adds what the rules say. */
  add(deployment: Deployment, host: RememberedHost, into: Finding[]): void {
    for (const rule of rules) {
      let said = this.said.get(rule);
      if (!said || !holds(said, deployment, host.revision))
        this.said.set(rule, (said = run(rule, deployment, host.revision)));
      for (const it of said.findings) into.push(it);
    }
  }
}

function holds({ looked, revision }: Said, deployment: Deployment, now: number): boolean {
  if ('host' in looked && revision !== now) return false;
  return Object.entries(looked).every(([name, value]) => deployment[name as keyof Deployment] === value);
}

function run(rule: Rule<'deployment'>, deployment: Deployment, revision: number): Said {
  const looked: Record<string, unknown> = {};
  const watched = new Proxy(deployment, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof name === 'string') looked[name] = value;
      return value;
    },
  });
  const findings: Finding[] = [];
  rule.run(watched, findings);
  return { looked, revision, findings };
}
