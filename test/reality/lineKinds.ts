/** Further kinds of fault, and of deployment that works, along the line from nginx to the app. */
import { type Change, SITE } from './cases.js';

/** The server of the upstream stands in a file of its own. */
const includedUpstream =
  (change: (server: string) => string): Change =>
  ({ tree, shape }) => {
    if (!shape.upstream) return undefined;
    const text = tree[SITE] as string;
    const [server] = /server (?:unix|127)[^;]*;/.exec(text)!;
    return {
      tree: {
        ...tree,
        [SITE]: text.replace(server, 'include /etc/nginx/servers.d/*.conf;'),
        'etc/nginx/servers.d/app.conf': `${change(server)}\n`,
      },
    };
  };

export const LINE_FAULTS: readonly (readonly [string, readonly Change[], readonly string[]])[] = [
  [
    'wrong address in an included upstream',
    [includedUpstream((it) => it.replace(':8000', ':8001').replace('.sock', '1.sock'))],
    ['deployment/upstream-without-listener'],
  ],
];

export const LINE_WORKING: readonly (readonly [string, readonly Change[]])[] = [
  ['good: included upstream', [includedUpstream((it) => it)]],
];
