/** Typing where no other file can see never rebuilds the deployment, and judges one piece of the file anew. */
import { beforeAll, expect, it } from 'vitest';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { grammars, load, pathOf } from '../fixture/deployment.js';
import { readFixture } from '../fixture/reader.js';

beforeAll(grammars);

const SITES = 50;
const site = (i: number) => `# site ${i}
server {
    listen 80;
    server_name app${i}.example.com;
    client_max_body_size 10m;
    location / {
        proxy_pass http://127.0.0.1:${8000 + i};
    }
}
`;
const text = Array.from({ length: SITES }, (_, i) => site(i)).join('');

function opened() {
  const loaded = load(
    readFixture(
      `-- etc/nginx/sites-enabled/all --\n${text}-- etc/systemd/system/app.socket --\n[Socket]\nListenStream=/run/app.sock\n`,
    ),
  );
  const path = pathOf('etc/nginx/sites-enabled/all');
  const { space } = loaded;
  space.openDocument(path, 'nginx', text);
  const memory = new FindingsMemory();
  const look = () => loaded.settle((snapshot) => diagnostics(snapshot, path, memory, DEFAULT_CHECKS));
  look();
  const type = (at: number, typed: string) => {
    const before = { deployments: space.deploymentsBuilt, facts: space.facts.computed, judged: memory.chunks.made };
    space.editDocument(path, { start: at, oldEnd: at, text: typed });
    look();
    return {
      deployments: space.deploymentsBuilt - before.deployments,
      facts: space.facts.computed - before.facts,
      judged: memory.chunks.made - before.judged,
    };
  };
  return { type };
}

it('a value that only its own server sees', () => {
  const { type } = opened();
  const at = text.indexOf('10m', text.length / 2);
  expect(type(at, '1')).toEqual({ deployments: 0, facts: 1, judged: 1 });
});

it('a comment between servers', () => {
  const { type } = opened();
  expect(type(text.indexOf('# site', text.length / 2) + 3, 'x')).toEqual({ deployments: 0, facts: 0, judged: 0 });
});

it('an address that the units can see', () => {
  const { type } = opened();
  const at = text.indexOf('127.0.0.1', text.length / 2);
  expect(type(at, '1')).toEqual({ deployments: 1, facts: 1, judged: 1 });
});

it('a unit of many', () => {
  const unit = (i: number) =>
    `-- etc/systemd/system/app${i}.service --\n[Service]\nUser=root\nExecStart=/usr/bin/gunicorn --workers 3 --bind 127.0.0.1:${8000 + i} app.wsgi\n`;
  const loaded = load(
    readFixture(
      `-- etc/nginx/sites-enabled/all --\n${text}${Array.from({ length: SITES }, (_, i) => unit(i)).join('')}`,
    ),
  );
  const path = pathOf('etc/systemd/system/app7.service');
  const { space } = loaded;
  const memory = new FindingsMemory();
  const look = () => loaded.settle((snapshot) => diagnostics(snapshot, path, memory, DEFAULT_CHECKS));
  space.openDocument(
    path,
    'systemd',
    loaded.settle((snapshot) => snapshot.space.text(path)!),
  );
  look();
  const all = memory.parts.judged;
  const at = space.document(path)!.text.indexOf('3 --bind');
  space.editDocument(path, { start: at, oldEnd: at + 1, text: '5' });
  look();
  // The unit and the service, its app and its listener, and the connection that comes to it.
  expect(memory.parts.judged - all).toBeLessThanOrEqual(6);
  expect(all).toBeGreaterThan(SITES * 4);
});
