/** A fixture with one cursor, and what stands there. */

import type { HostPath } from '../../server/src/base/hostPath.js';
import type { Snapshot } from '../../server/src/workspace/hostSpace.js';
import { type Loaded, load, pathOf } from '../fixture/deployment.js';
import { readFixture } from '../fixture/reader.js';

export interface AtCursor extends Loaded {
  readonly path: HostPath;
  readonly offset: number;
  ask<T>(use: (snapshot: Snapshot, path: HostPath, offset: number) => T): T;
}

/** `text` is a fixture; a text without headers is a site that is enabled. */
export function atCursor(text: string): AtCursor {
  const source = text.includes('-- etc/') ? text : `-- etc/nginx/sites-enabled/app --\n${text}`;
  const fixture = readFixture(source);
  const loaded = load(fixture);
  const cursor = fixture.cursors[0] ?? { file: fixture.files[0]!.path, offset: 0 };
  const path = pathOf(cursor.file);
  return {
    ...loaded,
    path,
    offset: cursor.offset,
    ask: (use) => loaded.settle((snapshot) => use(snapshot, path, cursor.offset)),
  };
}
