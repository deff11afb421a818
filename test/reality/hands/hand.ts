/** One fault of the sort that people make by hand, drawn so that no kind of fault drowns the others. */
import { numbers } from '../../fixture/numbers.js';
import { type Case, NGINX_CONF } from '../tree.js';
import { APP_HANDS } from './apps.js';
import { FILE_HANDS } from './files.js';
import { type Hand, Held, type Mutation } from './held.js';
import { NGINX_HANDS } from './nginx.js';
import { TEXT_HANDS } from './texts.js';
import { UNIT_HANDS } from './units.js';

export const HANDS: readonly Hand[] = [...TEXT_HANDS, ...NGINX_HANDS, ...FILE_HANDS, ...UNIT_HANDS, ...APP_HANDS];

export interface Mutant extends Mutation {
  readonly number: number;
  readonly hand: string;
  readonly base: Case;
}

/** As many mutants, each kind of fault in its turn; the same ones for the same seed. */
export function mutants(bases: readonly Case[], seed: number, count: number): Mutant[] {
  const next = numbers(seed);
  const found: Mutant[] = [];
  let order: Hand[] = [];
  while (found.length < count) {
    if (order.length === 0) order = shuffled(HANDS, next);
    const hand = order.pop()!;
    for (let tries = 0; tries < 12; tries++) {
      const base = bases[next(bases.length)]!;
      const made = hand.take(new Held(whole(base), base.asks, next));
      if (!made) continue;
      found.push({ ...made, number: found.length, hand: hand.name, base });
      break;
    }
  }
  return found;
}

const HOME = { directory: true, owner: 'app', mode: 0o755 } as const;

/** What every tree has and a hand may change. */
const whole = ({ tree }: Case) => ({ 'etc/nginx/nginx.conf': NGINX_CONF, 'home/app': HOME, ...tree });

function shuffled<T>(of: readonly T[], next: (below: number) => number): T[] {
  const made = [...of];
  for (let i = made.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [made[i], made[j]] = [made[j]!, made[i]!];
  }
  return made;
}
