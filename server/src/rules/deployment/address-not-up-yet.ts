import { addressText } from '../../base/address.js';
import { placeOfHeader } from '../../syntax/unitSyntax.js';
import { listOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/address-not-up-yet',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    early:
      '{unit} may fail at boot: it listens on {address} and does not wait until the machine has that address. Add Wants= and After=network-online.target.',
  },
  docs: {
    summary: 'A service that listens on an address of a network that may not be up when it starts.',
    why: 'bind() fails with "Cannot assign requested address" until the interface is configured; network.target does not wait for that. Listening on 127.0.0.1 or 0.0.0.0 needs no network.',
    bad: `-- etc/systemd/system/app.service --
[Unit]
After=network.target
[Service]
ExecStart=/usr/bin/gunicorn --bind 10.0.0.5:8000 app.wsgi
[Install]
WantedBy=multi-user.target
`,
    good: `-- etc/systemd/system/app.service --
[Unit]
Wants=network-online.target
After=network-online.target
[Service]
ExecStart=/usr/bin/gunicorn --bind 10.0.0.5:8000 app.wsgi
[Install]
WantedBy=multi-user.target
`,
    sources: ['https://systemd.io/NETWORK_ONLINE/', 'systemd.special(7), network-online.target'],
  },

  check(view, report) {
    if (view.part !== 'listener') return;
    const { unit, address, at } = view.listener;
    if (address.kind !== 'tcp' || unit.name.type !== 'service') return;
    const isOfNetwork = /^\d+(?:\.\d+){3}$/.test(address.host) && !/^(?:127\.|0\.0\.0\.0$)/.test(address.host);
    if (!isOfNetwork || listOf(unit, 'Install', 'WantedBy').length === 0 || waits(unit)) return;
    const head = unit.fragment?.sections.find((it) => it.name === 'Unit');
    const header = head && placeOfHeader(head);
    const lines = '\nWants=network-online.target\nAfter=network-online.target';
    report({
      at,
      say: 'early',
      with: { unit: unit.name.full, address: addressText(address) },
      fixes: header
        ? [
            {
              title: `Start ${unit.name.full} when the network is up`,
              applicability: 'suggested',
              edits: [{ at: { ...header, start: header.end }, text: lines }],
            },
          ]
        : [],
    });
  },
});

function waits(unit: Unit): boolean {
  const after = listOf(unit, 'Unit', 'After').some((it) =>
    /network-online\.target|\.device|wait-online/.test(it.entry.value),
  );
  const restarts = listOf(unit, 'Service', 'Restart').at(-1)?.entry.value ?? 'no';
  return after || restarts === 'always' || restarts === 'on-failure';
}
