/** What keeps Python from running gunicorn's config file, above all one that is written as an ini is. */
import type { ConfigFault } from '../apps/gunicornSettings.js';
import { gunicornSetting } from '../catalog/gunicorn.js';
import { type PythonFile, placeInPython } from './pythonFiles.js';

/** Values that an ini takes and no Python does: an address with a port, a path, a socket. */
const NO_PYTHON =
  /^[A-Za-z_]\w*[ \t]*=[ \t]*(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[A-Za-z][\w.-]*:\d+|unix:\/*\S+|\/[\w./-]+)[ \t]*(?:[#;].*)?$/;

/** @param open names may come from modules that nobody sees. */
export function configFileFault(file: PythonFile, text: string, open: boolean): ConfigFault | undefined {
  const { module, path } = file;
  if (module.error) {
    const { start, end, line } = module.error;
    const written = text.split(/\r?\n/)[line - 1]?.trimEnd() ?? '';
    const at = placeInPython(file, start, Math.max(start, end));
    return { file: path, at, line, name: '', bare: false, sure: NO_PYTHON.test(written) };
  }
  if (open || module.isDynamic) return undefined;
  for (const it of module.statements) {
    if (it.kind !== 'assign' || it.value.kind !== 'name' || !gunicornSetting(it.name)) continue;
    const { name } = it.value;
    if (!module.unbound.some((one) => one.name === name && one.start >= it.start && one.end <= it.end)) continue;
    return { file: path, at: placeInPython(file, it.start, it.end), line: undefined, name, bare: true, sure: true };
  }
  const [lost] = module.unbound;
  return (
    lost && {
      file: path,
      at: placeInPython(file, lost.start, lost.end),
      line: undefined,
      name: lost.name,
      bare: false,
      sure: true,
    }
  );
}
