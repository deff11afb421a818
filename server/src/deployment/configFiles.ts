/** Config files of app servers, as the host shows them. */
import type { ConfigFiles } from '../apps/appCommand.js';
import { directoryOf, fileName, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';

export function configFiles(host: HostView): ConfigFiles {
  return {
    read(path) {
      const file = host.read(path);
      return file.known && isText(file.value) ? file.value.text : undefined;
    },
    match(pattern) {
      const folder = directoryOf(pattern);
      if (/[*?[]/.test(folder)) return undefined;
      if (!/[*?[]/.test(pattern)) return [pattern];
      const names = host.list(folder);
      if (!names.known || !names.value) return undefined;
      // Stars alone: what else glob(3) knows nobody writes here.
      const name = fileName(pattern)
        .split('*')
        .map((it) => it.replace(/[.+^${}()|\\?[\]]/g, '\\$&'));
      const fits = new RegExp(`^${name.join('[^/]*')}$`);
      return [...names.value]
        .filter((it) => fits.test(it) && !it.startsWith('.'))
        .sort()
        .map((it) => joinPath(folder, it));
    },
  };
}
