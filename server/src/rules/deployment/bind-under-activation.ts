import { addressText, answers, runPath } from '../../base/address.js';
import type { Place } from '../../base/place.js';
import { placeOfArgWord } from '../../deployment/serviceApp.js';
import { parseListenAddress } from '../../systemd/listenAddress.js';
import { expanded, listOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/bind-under-activation',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    ignored:
      'gunicorn will not listen on {bind}: {socket} hands it a socket on {actual}, and it ignores its own bind then.',
    redundant: 'gunicorn ignores this bind: {socket} hands it the same socket already.',
  },
  docs: {
    summary: 'gunicorn is told to bind an address, and a socket unit hands it another one.',
    why: 'Once gunicorn inherits a socket it does not look at its bind. Whoever connects to the address of the bind gets no answer.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn --bind 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
`,
    sources: ['gunicorn/sock.py, create_sockets()', 'sd_listen_fds(3)'],
  },

  check(view, report) {
    if (view.part !== 'socket') return;
    const { around } = view;
    const { unit, starts } = view.socket;
    const app = starts && around.app(starts.name.full);
    if (app?.server !== 'gunicorn') return;
    const streams = listOf(unit, 'Socket', 'ListenStream');
    const actual = streams.flatMap((it) => parseListenAddress(expanded(unit, it) ?? '') ?? []);
    // Several sockets that start one service hand it all of theirs.
    if (actual.length === 0 || actual.length < streams.length || around.socketsOf(starts!.name.full).length > 1) return;
    for (const { word, address } of app.command.binds) {
      if (!word || !address) continue;
      const bound = address.kind === 'unix' ? { ...address, path: runPath(address.path) } : address;
      const at = placeOfArgWord(app, word);
      const socket = unit.name.full;
      const same = actual.some((it) => {
        const there = it.kind === 'unix' ? { ...it, path: runPath(it.path) } : it;
        return answers(there, bound) !== false || answers(bound, there) !== false;
      });
      if (same) {
        report({ at, say: 'redundant', with: { socket }, severity: 'hint' });
        continue;
      }
      const nginxComes = around.connectionsTo(bound).find((it) => answers(bound, it.address));
      // The operator may start the service by hand and leave the socket stopped; then the bind counts.
      report({
        at,
        say: 'ignored',
        with: { bind: addressText(address), socket, actual: actual.map(addressText).join(', ') },
        related: nginxComes ? [{ at: nginxComes.at, text: 'nginx connects to the address of the bind' }] : [],
        fixes: fixesFor(at, unit, word.text, addressText(bound), actual.length === 1 ? actual[0] : undefined, bound),
      });
    }
  },
});

function fixesFor(
  at: Place,
  socket: Unit,
  written: string,
  bind: string,
  actual: ReturnType<typeof parseListenAddress>,
  bound: NonNullable<ReturnType<typeof parseListenAddress>>,
) {
  const listen = listOf(socket, 'Socket', 'ListenStream');
  if (!actual || listen.length !== 1 || written.includes(' ')) return [];
  const text =
    actual.kind === 'unix'
      ? `unix:${actual.path}`
      : actual.kind === 'tcp'
        ? addressText({ ...actual, host: actual.host === '*' ? '0.0.0.0' : actual.host })
        : undefined;
  const entry = listen[0]!.entry;
  const piece = entry.pieces[0]!;
  const place = { node: entry, start: piece.from, end: piece.from + piece.length };
  const socketText = bound.kind === 'abstract' ? `@${bound.name}` : bind;
  const nameable = bound.kind !== 'tcp' || /^[\d.:]+$/.test(bound.host);
  return [
    ...(text
      ? [
          {
            title: `Bind ${text}, as ${socket.name.full} does`,
            applicability: 'suggested' as const,
            edits: [{ at, text }],
          },
        ]
      : []),
    ...(nameable
      ? [
          {
            title: `Make ${socket.name.full} listen on ${socketText}`,
            applicability: 'suggested' as const,
            edits: [{ at: place, text: socketText }],
          },
        ]
      : []),
  ];
}
