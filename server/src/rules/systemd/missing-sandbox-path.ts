import { hostPath } from '../../base/hostPath.js';
import { isConditional, isMadeForService, isStarted, preparers, sees } from '../../deployment/startOf.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { expandSpecifiers } from '../../systemd/specifiers.js';
import { listOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Lists of paths that are mounted over themselves: each of them has to be there, or a `-` before it. */
const KEYS = ['ReadWritePaths', 'ReadOnlyPaths', 'InaccessiblePaths', 'ExecPaths', 'NoExecPaths'];

/** What the running machine makes is in no copy of it, and comes and goes. */
const OF_THE_MACHINE = /^\/(?:run|var\/run|tmp|var\/tmp|proc|sys|dev)(?:\/|$)/;

export default defineRule({
  id: 'systemd/missing-sandbox-path',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing:
      'systemd cannot start {unit}: {path} does not exist, so the sandbox cannot be set up (status 226/NAMESPACE). Create it, or put "-" before it.',
  },
  docs: {
    summary: 'A path that the sandbox of a service is to treat apart does not exist.',
    why: 'ReadWritePaths= and its kin mount the path over itself. What is not there cannot be mounted, and each start fails with status=226/NAMESPACE, unless a "-" before the path says that it may be missing.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
ProtectSystem=strict
ReadWritePaths=/srv/app/uploads
-- srv/app/app.py --
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
ProtectSystem=strict
ReadWritePaths=/srv/app/uploads
-- srv/app/uploads kind=directory --
`,
    sources: ['systemd.exec(5), ReadWritePaths=', 'apply_one_mount() in src/core/namespace.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (sees(service) === 'own' || isConditional(service)) return;
    for (const key of KEYS)
      for (const { entry } of listOf(service, 'Service', key))
        for (const { text, start, end } of splitWords(entry.value).words) {
          const path = expandSpecifiers(text.replace(/^\+/, ''), service.name);
          if (!path?.startsWith('/') || OF_THE_MACHINE.test(path)) continue;
          const there = around.host.stat(hostPath(path));
          if (!there.known || there.value) continue;
          if (isMadeForService(service, hostPath(path)) || around.madeDirectory(hostPath(path))) continue;
          // A command that runs outside of the sandbox may make it.
          if (preparers(service).some((it) => it.includes(path) || /\.sh\b/.test(it))) continue;
          const at = placeInValue(entry, start, end);
          const fix = {
            title: 'Let it be missing',
            applicability: 'suggested' as const,
            edits: [{ at: placeInValue(entry, start, start), text: '-' }],
          };
          report({ at, say: 'missing', with: { unit: service.name.full, path }, fixes: [fix] });
        }
  },
});
