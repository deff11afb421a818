/** Python modules of a project that somebody may have meant by the name of one that is not there. */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import { editDistance } from '../base/nearest.js';
import type { HostView } from '../host/host.js';
import { findModule } from './pythonFiles.js';

export interface NearModule {
  /** The folder that the interpreter would have to search; the one that it does search, or another. */
  readonly folder: HostPath;
  readonly module: string;
}

/** Folders of a project that hold no modules of its own. */
const SKIPPED =
  /^(?:\.|__pycache__$|node_modules$|(?:\.?v?env|virtualenv|venv\d*)$|site-packages$|static|media|templates$|locale$|docs?$|tests?$|migrations$|dist$|build$|bin$|lib(?:64)?$|include$|share$)/;
/** Listings that a look around may cost, and how deep it goes. */
const MOST_LISTINGS = 60;
const DEEPEST = 3;

/**
 * Best first: the same module seen from another folder (one level up or some below), then modules that end alike or are
 * spelled nearly alike. Only folders that the host lists are looked at.
 */
export function nearModules(host: HostView, folder: HostPath, module: string): NearModule[] {
  const found: { readonly near: NearModule; readonly cost: number }[] = [];
  const above = directoryOf(folder);
  if (above !== folder && findModule(host, [above], module).is === 'found')
    found.push({ near: { folder: above, module }, cost: 0 });
  const last = module.slice(module.lastIndexOf('.') + 1);
  const all = modulesBelow(host, folder);
  for (const path of all) {
    const moved = path !== module && path.endsWith(`.${module}`);
    const distance = editDistance(path.toLowerCase(), module.toLowerCase(), 3);
    const ends = path === last || path.endsWith(`.${last}`);
    // A short name is near to any other short name.
    const isNear = distance <= Math.min(3, Math.floor(module.length / 4));
    if (moved) {
      const root = path.slice(0, -module.length - 1).replaceAll('.', '/');
      found.push({ near: { folder: joinPath(folder, root), module }, cost: 0 });
    } else if (ends || isNear)
      found.push({ near: { folder, module: path }, cost: isNear ? distance : 4 + path.split('.').length });
  }
  return found
    .sort((a, b) => a.cost - b.cost)
    .map((it) => it.near)
    .slice(0, 3);
}

/** Dotted names of the modules in a folder and below it; of a package the name of its folder. */
function modulesBelow(host: HostView, folder: HostPath): string[] {
  const modules: string[] = [];
  let rest: (readonly [path: HostPath, dotted: string])[] = [[folder, '']];
  let listings = 0;
  for (let depth = 0; depth < DEEPEST && rest.length > 0; depth++) {
    const below: (readonly [HostPath, string])[] = [];
    for (const [path, dotted] of rest) {
      if (++listings > MOST_LISTINGS) return modules;
      const names = host.list(path);
      for (const name of (names.known && names.value) || []) {
        const stem = name.replace(/\.py$/, '');
        if (!/^[A-Za-z_]\w*$/.test(stem) || (stem === name && SKIPPED.test(name))) continue;
        const whole = dotted === '' ? stem : `${dotted}.${stem}`;
        if (stem === name) below.push([joinPath(path, name), whole]);
        else if (stem === '__init__') modules.push(dotted);
        else if (stem !== 'setup' && stem !== 'manage') modules.push(whole);
      }
    }
    rest = below;
  }
  return modules.filter((it) => it !== '');
}
