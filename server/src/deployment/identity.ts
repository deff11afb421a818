/** Who a program is to the kernel: nginx's workers and the processes of a service. */

import { hostPath } from '../base/hostPath.js';
import { accountOf, groupIdOf, supplementaryGroups } from '../host/accounts.js';
import type { HostView } from '../host/host.js';
import { isOn } from '../systemd/booleans.js';
import { expanded, listOf, settingOf, type Unit } from '../systemd/unit.js';
import type { Deployment } from './deployment.js';

/** A user or group: its number where the host tells it, else its name. Names that differ may still be one number. */
export type Id = number | string;

export interface Identity {
  /** As written, for messages. */
  readonly name: string;
  readonly user: Id;
  /** The primary group and all supplementary ones that are known. */
  readonly groups: readonly Id[];
  /** Whether `groups` is all of them. */
  readonly allGroups: boolean;
  /** Whether the files say that the program runs as this user; otherwise it is what packages do. */
  readonly stated: boolean;
}

const ROOT: Identity = { name: 'root', user: 0, groups: [0], allGroups: true, stated: true };

/**
 * nginx's workers: `user` of the configuration, whose group defaults to the one of the same name, with the groups that
 * initgroups(3) adds (ngx_set_user() and ngx_worker_process_init()). Where nothing of nginx.conf is at hand, www-data, as
 * Debian's file has it. Undefined where a compiled-in default decides.
 */
export function nginxWorker(deployment: Pick<Deployment, 'user' | 'host' | 'services'>): Identity | undefined {
  const { host, user } = deployment;
  const service = nginxService(deployment);
  // A master that is not root keeps its own user, whatever `user` says.
  if (service && settingOf(service, 'Service', 'User')) {
    const own = serviceIdentity(service, host);
    if (own?.user !== 0) return own;
  }
  if (user) {
    if (/\$/.test(user.name)) return undefined;
    const groups = user.group ?? user.name;
    return identity(host, user.name, groups, [], true);
  }
  const main = host.stat(hostPath('/etc/nginx/nginx.conf'));
  if (main.known && main.value) return undefined;
  return identity(host, 'www-data', 'www-data', [], false);
}

/** A service's processes: User=, Group=, SupplementaryGroups= and /etc/group. Undefined where specifiers decide. */
export function serviceIdentity(service: Unit, host: HostView): Identity | undefined {
  const user = settingOf(service, 'Service', 'User');
  const group = settingOf(service, 'Service', 'Group');
  if (isOn(settingOf(service, 'Service', 'DynamicUser')?.entry.value)) return dynamicIdentity(service, host);
  const userName = user ? expanded(service, user) : 'root';
  const groupName = group ? expanded(service, group) : undefined;
  if (userName === undefined || (group && groupName === undefined)) return undefined;
  const more = listOf(service, 'Service', 'SupplementaryGroups').flatMap((it) => it.entry.value.split(/\s+/));
  if (userName === 'root' && groupName === undefined && more.length === 0) return ROOT;
  return identity(host, userName, groupName, more, true);
}

/** The first of the numbers that systemd takes for dynamic users; no file belongs to one of them for long. */
const DYNAMIC = 61_184;

/** A user of the unit's name, or of User=, that exists while it runs; a user of the machine's own goes before. */
function dynamicIdentity(service: Unit, host: HostView): Identity | undefined {
  const user = settingOf(service, 'Service', 'User');
  const name = user ? expanded(service, user) : service.name.prefix;
  const account = name === undefined ? undefined : accountOf(host, name);
  if (name === undefined || settingOf(service, 'Service', 'Group') || (user && !account?.known)) return undefined;
  if (account?.known && account.value) return identity(host, name, undefined, [], true);
  const more = listOf(service, 'Service', 'SupplementaryGroups').flatMap((it) => it.entry.value.split(/\s+/));
  return {
    name,
    user: DYNAMIC,
    groups: [DYNAMIC, ...more.map((it) => groupId(host, it))],
    allGroups: true,
    stated: true,
  };
}

/** A user with the group that it is given, or its primary one. */
export function identity(
  host: HostView,
  name: string,
  group: string | undefined,
  more: readonly string[],
  stated: boolean,
): Identity {
  const account = accountOf(host, name);
  const known = account.known && account.value ? account.value : undefined;
  const user = userId(host, name);
  // useradd makes a group of the user's own name where nobody says otherwise.
  const primary = group === undefined ? (known?.gid ?? (user === 0 ? 0 : name)) : groupId(host, group);
  const listed = supplementaryGroups(host, known?.name ?? name);
  const groups = [primary, ...more.map((it) => groupId(host, it)), ...(listed.known ? listed.value : [])];
  const certain = listed.known && (group !== undefined || known !== undefined);
  return { name, user, groups, allGroups: certain, stated };
}

/** The number that Debian's base-passwd gives www-data on every machine, user and group. */
export const WWW_DATA = 33;

export function userId(host: HostView, user: string): Id {
  if (user === 'root') return 0;
  if (/^\d+$/.test(user)) return Number(user);
  const account = accountOf(host, user);
  if (!account.known && user === 'www-data') return WWW_DATA;
  return account.known && account.value ? account.value.uid : user;
}

export function groupId(host: HostView, group: string): Id {
  if (group === 'root') return 0;
  const id = groupIdOf(host, group);
  if (!id.known && group === 'www-data') return WWW_DATA;
  return id.known && id.value !== undefined ? id.value : group;
}

/** The unit that runs nginx, if the tree holds it. */
export function nginxService({ services }: Pick<Deployment, 'services'>): Unit | undefined {
  return services.get('nginx.service');
}
