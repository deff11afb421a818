/** Units in the editor: which assignment counts, links of Documentation=, exposure above a service, the drop-in. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { documentLinks } from '../../server/src/features/documentLinks.js';
import { hardeningLens, hardeningRefactoring } from '../../server/src/features/hardening.js';
import { hover } from '../../server/src/features/hover.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

const texts = JSON.parse(
  readFileSync(new URL('../../server/catalog/systemd-docs.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const docs = { nginx: () => undefined, systemd: () => texts };

const shows = (text: string) =>
  atCursor(text).ask((snapshot, path, offset) => hover(snapshot, path, offset, docs))?.markdown ?? '';

const TREE = `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/app
Rest<|>art=on-failure
Environment=A=1
-- etc/systemd/system/app.service.d/10-restart.conf --
[Service]
Restart=always
Environment=B=2
`;

describe('the manual of a key', () => {
  const ask = (manual?: (page: string, key: string) => string | undefined) =>
    atCursor(TREE).ask((snapshot, path, offset) =>
      hover(snapshot, path, offset, { ...docs, ...(manual && { manual }) }),
    )?.markdown;

  it('is linked as it is installed, where the editor can show it', () => {
    expect(ask((page, key) => `command:open?${page}${key}`)).toContain(
      '[as installed here](command:open?systemd.service(5)Restart)',
    );
  });

  it('is linked online everywhere', () => {
    expect(ask()).toContain('systemd.service.html#Restart=');
    expect(ask()).not.toContain('as installed');
    expect(ask(() => undefined)).not.toContain('as installed');
  });
});

describe('hover on a key that a drop-in changes', () => {
  it('strikes out the line that loses', () => {
    expect(shows(TREE)).toContain(
      'In app.service:\n\n- ~~`on-failure`~~, app.service line 3\n- **`always`**, 10-restart.conf line 2',
    );
  });

  it('counts all lines of a list, from the drop-in too', () => {
    const text = TREE.replace('<|>', '').replace('Environment=B', 'Environ<|>ment=B');
    expect(shows(text)).toContain('- **`A=1`**, app.service line 4\n- **`B=2`**, 10-restart.conf line 3');
    const reset = text.replace('Restart=always', 'Environment=');
    expect(shows(reset)).toContain('- ~~`A=1`~~, app.service line 4');
  });

  it('says nothing of a key that stands once', () => {
    expect(shows(TREE.replace('Restart=always\n', ''))).not.toContain('In app.service');
  });
});

describe('links of Documentation=', () => {
  it('go to pages', () => {
    const text = `-- etc/systemd/system/app.service --
[Unit]
Documentation=man:gunicorn(1) https://example.com/a man:systemd.exec(5) nonsense
`;
    const links = atCursor(text).ask((snapshot, path) => documentLinks(snapshot, path));
    expect(links.map((it) => `${it.range.start.character} ${it.target}`)).toEqual([
      '14 https://manpages.debian.org/gunicorn.1',
      '30 https://example.com/a',
      '52 https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html',
    ]);
  });
});

describe('exposure', () => {
  it('stands above [Service] and reads the drop-ins', () => {
    const lens = (text: string) =>
      atCursor(text).ask((snapshot, path) => hardeningLens(snapshot, path, { version: 252 }));
    expect(lens(TREE)).toMatchObject({ title: 'exposure 9.6 UNSAFE: show', range: { start: { line: 0 } } });
    expect(lens(`${TREE}DynamicUser=yes\n`)?.title).toBe('exposure 8.4 EXPOSED: show');
    expect(lens('-- etc/systemd/system/app.timer --\n[Timer]\nOnCalendar=daily\n')).toBeUndefined();
  });

  it('offers a drop-in, and none where it is there already', () => {
    const offer = (text: string) =>
      atCursor(text).ask((snapshot, path) => hardeningRefactoring(snapshot, path, { version: 252 }));
    const found = offer(TREE);
    expect(found?.creates.file).toBe('/etc/systemd/system/app.service.d/hardening.conf');
    expect(found?.creates.text).toContain('NoNewPrivileges=yes\n');
    expect(found?.creates.text).not.toContain('CapabilityBoundingSet');
    expect(offer(TREE.replace('10-restart', 'hardening'))).toBeUndefined();
  });
});
