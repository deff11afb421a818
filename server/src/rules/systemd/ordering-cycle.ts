import type { Place } from '../../base/place.js';
import { type OrderEdge, orderingCycles, placeOfEdge } from '../../systemd/ordering.js';
import { wishesIn } from '../../systemd/starts.js';
import type { Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/ordering-cycle',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    pulled:
      'systemd cannot start these one after the other: {cycle}. To break the cycle it drops one of the starts, or refuses all of them.',
    together:
      'If both are started at once, as at boot, systemd cannot order them: {cycle}. To break the cycle it drops one of the starts.',
  },
  docs: {
    summary: 'Units that wait for one another in a circle.',
    why: 'systemd logs "Found ordering cycle" and leaves out one of the units, another one from boot to boot; if it cannot leave out any, the start fails. Services wait for sysinit.target and basic.target unless they have DefaultDependencies=no.',
    bad: `-- etc/systemd/system/app.service --
[Unit]
Wants=cache.service
After=cache.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/cache.service --
[Unit]
After=app.service
[Service]
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Wants=cache.service
After=cache.service
[Service]
ExecStart=/usr/bin/sleep 60
-- etc/systemd/system/cache.service --
[Unit]
After=network.target
[Service]
ExecStart=/usr/bin/sleep 60
`,
    sources: ['transaction_verify_order_one() in src/core/transaction.c', 'bootup(7)'],
  },

  check({ units, host }, report) {
    for (const { edges, isPulledIn } of orderingCycles(units.values(), () => wishesIn(host))) {
      const cycle = [edges[0]!.first, ...edges.map((it) => it.later)].join(' before ');
      const placeOf = (edge: OrderEdge): Place | undefined => {
        const unit = edge.by === undefined ? undefined : units.get(edge.by);
        return unit && placeOfEdge(unit, edge);
      };
      for (const edge of edges) {
        const at = placeOf(edge);
        if (!at || isPackaged(units.get(edge.by!)!)) continue;
        const related = edges.flatMap((it) => {
          const place = it === edge ? undefined : placeOf(it);
          return place ? [{ at: place, text: `${it.first} before ${it.later}` }] : [];
        });
        report({
          at,
          say: isPulledIn ? 'pulled' : 'together',
          with: { cycle },
          severity: isPulledIn ? 'error' : 'warning',
          related,
        });
      }
    }
  },
});

function isPackaged(unit: Unit): boolean {
  return /^(?:\/usr)?\/lib\/systemd\//.test(unit.fragment?.path ?? '');
}
