/** Pools of php-fpm as Debian lays them out: /etc/php/VERSION/fpm/pool.d/*.conf. */
import { type PhpPool, phpPools } from '../apps/phpFpm.js';
import { hostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { configFiles } from './configFiles.js';

/** All pools of the host; undefined where some of them cannot be known. */
export function debianPools(host: HostView): readonly PhpPool[] | undefined {
  const versions = host.list(hostPath('/etc/php'));
  if (!versions.known || !versions.value) return undefined;
  const files = configFiles(host);
  const paths = versions.value
    .filter((it) => /^\d+\.\d+$/.test(it))
    .map((it) => {
      const folder = hostPath(`/etc/php/${it}/fpm/pool.d`);
      const there = host.list(folder);
      return there.known && !there.value ? [] : files.match(hostPath(`${folder}/*.conf`));
    });
  const all = paths.flatMap((it) => it ?? []);
  return paths.includes(undefined) ? undefined : phpPools(all, files);
}
