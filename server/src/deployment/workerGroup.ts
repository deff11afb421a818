/** Repairs that let nginx's workers in by their group. */
import type { Fix } from '../base/fix.js';
import { groupNameOf } from '../host/accounts.js';
import { type Item, placeOfArg } from '../syntax/nginxSyntax.js';
import { settingOf } from '../systemd/unit.js';
import { type Identity, serviceIdentity, WWW_DATA } from './identity.js';
import { may, type Ownership } from './rights.js';
import type { Surroundings } from './surroundings.js';
import { assign, unitFix } from './unitEdits.js';

/**
 * Makes the group that something belongs to the workers' own: the second argument of `user`. A master that is root drops
 * SupplementaryGroups= for what initgroups(3) says (ngx_worker_process_init()), so only one that is not takes these.
 */
export function joinGroupFix(around: Surroundings, who: Identity, owner: Ownership, want: number): Fix[] {
  const { host } = around;
  const name = groupNameOf(host, owner.group);
  if (name === undefined || owner.group === 0) return [];
  if (may({ ...who, groups: [owner.group], allGroups: true }, owner, want) !== 'yes') return [];
  const nginx = around.service('nginx.service');
  if (nginx && settingOf(nginx, 'Service', 'User') && serviceIdentity(nginx, host)?.user !== 0) {
    const title = `Take nginx into the group ${name} (SupplementaryGroups=${name})`;
    return unitFix(title, assign(nginx, host, ['SupplementaryGroups', '+=', name]));
  }
  const user = around.user();
  if (!user) return [];
  const { at } = user;
  const text = `${user.name} ${name}`;
  const end = user.group === undefined ? at.end : placeOfArg(at.node as Item, 2).end;
  const title = `Run nginx's workers in the group ${name} (user ${text})`;
  return [{ title, applicability: 'suggested', edits: [{ at: { ...at, end }, text }] }];
}

/** The name of the workers' own group, where it is known. */
export function workerGroup(around: Surroundings, who: Identity): string | undefined {
  const [group] = who.groups;
  if (group === undefined || group === 0) return undefined;
  return groupNameOf(around.host, group) ?? (group === WWW_DATA ? 'www-data' : undefined);
}
