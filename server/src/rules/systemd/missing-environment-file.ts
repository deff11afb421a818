import { environmentFilesOf, isConditional, isStarted } from '../../deployment/startOf.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-environment-file',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing:
      'systemd cannot start {unit}: {file} does not exist. Create it, or write "-{file}" if the service works without it.',
  },
  docs: {
    summary: 'A file with environment variables that a service needs does not exist.',
    why: 'The unit loads, and each start fails: `Failed to load environment files`. A "-" before the path makes the file optional.',
    bad: `-- etc/systemd/system/app.service --
[Service]
EnvironmentFile=/etc/default/app
ExecStart=/usr/bin/sleep 60
-- etc/default/other --
A=b
`,
    good: `-- etc/systemd/system/app.service --
[Service]
EnvironmentFile=-/etc/default/app
ExecStart=/usr/bin/sleep 60
-- etc/default/other --
A=b
`,
    sources: ['systemd.exec(5), EnvironmentFile=', 'exec_context_load_environment() in src/core/execute.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (isConditional(service)) return;
    for (const { value: file, at } of environmentFilesOf(service)) {
      const there = around.host.stat(file);
      if (!there.known || there.value) continue;
      report({
        at,
        say: 'missing',
        with: { unit: service.name.full, file },
        fixes: [
          {
            title: 'Let the service start without it',
            applicability: 'suggested',
            edits: [{ at: { node: at.node, start: at.start, end: at.start }, text: '-' }],
          },
        ],
      });
    }
  },
});
