/** What happens to files and folders: modes, owners, moves. */
import { USERS } from '../tree.js';
import type { Hand, Held, Mutation } from './held.js';

const MODES = [0o600, 0o640, 0o644, 0o700, 0o711, 0o750, 0o755, 0o777, 0o660, 0o400, 0o000];

/** Only one in a few of the files of a virtual environment, or nothing else would be touched. */
function place(of: Held, filter: (path: string) => boolean = () => true): string | undefined {
  const all = of
    .places()
    .filter((it) => it !== 'etc/nginx/nginx.conf' && !/\/lib\/python|pyvenv/.test(it) && filter(it));
  return of.pick(
    all.filter((it) => !it.includes('/venv')).length > 0 && of.next(4) > 0
      ? all.filter((it) => !it.includes('/venv'))
      : all,
  );
}

const isFolder = (of: Held, path: string): boolean => {
  const spec = of.spec(path);
  return spec ? spec.directory === true : true;
};

function owned(
  of: Held,
  path: string | undefined,
  more: { owner?: string; group?: string; mode?: number },
): Mutation | undefined {
  if (path === undefined || of.spec(path)?.link !== undefined) return undefined;
  const spec = of.spec(path) ?? { directory: true as const };
  const what = Object.entries(more).map(([key, it]) => `${key}=${typeof it === 'number' ? it.toString(8) : it}`);
  return of.put(path, { ...spec, ...more }, what.join(' '));
}

function move(of: Held, to: (path: string) => string | undefined, folders: boolean): Mutation | undefined {
  const from = place(of, (it) => folders === isFolder(of, it));
  const target = from === undefined ? undefined : to(from);
  if (from === undefined || !target || target === from || of.tree[target] !== undefined) return undefined;
  const tree = Object.fromEntries(
    Object.entries(of.tree).map(([path, spec]) => [
      path === from || path.startsWith(`${from}/`) ? target + path.slice(from.length) : path,
      spec,
    ]),
  );
  return { tree, asks: of.asks, what: `${from} is now ${target}`, path: from };
}

function remove(of: Held, folders: boolean): Mutation | undefined {
  const from = place(of, (it) => folders === isFolder(of, it) && it !== 'home/app');
  if (from === undefined) return undefined;
  const tree = Object.fromEntries(
    Object.entries(of.tree).map(([path, spec]) => [
      path,
      path === from || path.startsWith(`${from}/`) ? undefined : spec,
    ]),
  );
  return { tree, asks: of.asks, what: `${from} removed`, path: from };
}

const folderOf = (path: string) => path.split('/').slice(0, -1).join('/');
const nameOf = (path: string) => path.split('/').at(-1)!;
const up = (path: string) =>
  path.split('/').length > 2 ? `${folderOf(folderOf(path))}/${nameOf(path)}`.replace(/^\//, '') : undefined;

export const FILE_HANDS: readonly Hand[] = [
  {
    name: 'file: mode of a file',
    take: (of) =>
      owned(
        of,
        place(of, (it) => !isFolder(of, it)),
        { mode: of.pick(MODES)! },
      ),
  },
  {
    name: 'file: mode of a folder',
    take: (of) =>
      owned(
        of,
        place(of, (it) => isFolder(of, it)),
        { mode: of.pick(MODES)! },
      ),
  },
  {
    name: 'file: owner and mode',
    take: (of) =>
      owned(of, place(of), {
        owner: of.pick(Object.keys(USERS))!,
        mode: of.pick([0o600, 0o640, 0o700, 0o750, 0o755])!,
      }),
  },
  { name: 'file: owner', take: (of) => owned(of, place(of), { owner: of.pick(Object.keys(USERS))! }) },
  { name: 'file: removed', take: (of) => remove(of, false) },
  { name: 'file: folder removed', take: (of) => remove(of, true) },
  {
    name: 'file: renamed',
    take: (of) =>
      move(of, (it) => (of.next(3) ? `${folderOf(it)}/${of.misspell(nameOf(it)) ?? 'x'}` : `${it}.bak`), false),
  },
  {
    name: 'file: folder renamed',
    take: (of) => move(of, (it) => `${folderOf(it)}/${of.misspell(nameOf(it)) ?? 'x'}`, true),
  },
  { name: 'file: one folder up', take: (of) => move(of, up, of.next(3) === 0) },
  {
    name: 'file: one folder down',
    take: (of) =>
      move(
        of,
        (it) => `${folderOf(it)}/${of.pick(['app', 'old', nameOf(it).replace(/\..*/, '')])}/${nameOf(it)}`,
        of.next(3) === 0,
      ),
  },
  {
    name: 'file: emptied',
    take: (of) => {
      const path = place(of, (it) => !isFolder(of, it) && (of.spec(it)?.text ?? '') !== '');
      return path === undefined ? undefined : of.withText(path, '', 'emptied');
    },
  },
];
