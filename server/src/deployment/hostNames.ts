/** Names of machines that a host can resolve without asking anybody: /etc/hosts and its own. */
import { hostPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';

/**
 * Whether a name without dots is known to this machine alone by what a name server says of it: it stands in no line of
 * /etc/hosts and is not the machine's own. Undefined where those files cannot be read.
 */
export function needsNameServer(name: string, host: HostView): boolean | undefined {
  if (name.includes('.') || name === 'localhost' || !/[a-z]/i.test(name)) return undefined;
  const hosts = host.read(hostPath('/etc/hosts'));
  if (!hosts.known || !isText(hosts.value)) return undefined;
  const names = hosts.value.text.split('\n').flatMap((it) => it.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  if (names.some((it) => it.toLowerCase() === name.toLowerCase())) return false;
  const own = host.read(hostPath('/etc/hostname'));
  return !(own.known && isText(own.value) && own.value.text.trim().toLowerCase() === name.toLowerCase());
}
