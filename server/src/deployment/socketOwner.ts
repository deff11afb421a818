/** Who will own a unix socket, and with what mode, once its unit has opened it. */
import { integer } from '../apps/gunicornSettings.js';
import { lastValue } from '../apps/options.js';
import { UNKNOWN } from '../apps/pythonValues.js';
import type { Place } from '../base/place.js';
import { accountOf } from '../host/accounts.js';
import type { HostView } from '../host/host.js';
import { placeOfValue } from '../syntax/unitSyntax.js';
import { expanded, listOf, settingOf, type Unit } from '../systemd/unit.js';
import type { Listener } from './deployment.js';
import { groupId, serviceIdentity, userId } from './identity.js';
import type { Ownership } from './rights.js';
import { placeOfArgWord } from './serviceApp.js';

/** Undefined where files that were not read decide, or a server that we do not know. */
export function socketOwnership(listener: Listener, host: HostView): Ownership | undefined {
  return listener.unit.name.type === 'socket' ? ofSocketUnit(listener.unit, host) : ofService(listener, host);
}

/** SocketUser=, SocketGroup= and SocketMode=, by default root and 0666: systemd.socket(5), socket_chown(). */
function ofSocketUnit(unit: Unit, host: HostView): Ownership | undefined {
  const [user, group, mode] = ['SocketUser', 'SocketGroup', 'SocketMode'].map((it) => settingOf(unit, 'Socket', it));
  const userName = user ? expanded(unit, user) : 'root';
  const groupName = group ? expanded(unit, group) : undefined;
  const bits = mode ? Number.parseInt(mode.entry.value, 8) : 0o666;
  if (userName === undefined || (group && groupName === undefined) || Number.isNaN(bits)) return undefined;
  const account = accountOf(host, userName);
  const primary = account.known && account.value ? account.value.gid : userName === 'root' ? 0 : userName;
  return {
    user: userId(host, userName),
    group: groupName === undefined ? primary : groupId(host, groupName),
    mode: bits,
    from: 'settings',
    at: mode ? placeOfValue(mode.entry) : undefined,
  };
}

/** Programs that change modes, owners and access lists. */
const RIGHTS = /\b(?:chmod|chown|chgrp|setfacl|sh|bash)\b/;

/**
 * gunicorn's sockets have 0777 without its own umask, which is 0 by default (sock.UnixSocket.bind()), and belong to its
 * own user and group; uvicorn's and daphne's have 0666; waitress's 0600; hypercorn, node and uWSGI leave it to the process,
 * whose UMask= is 022 by default, unless an option says otherwise.
 */
function ofService(listener: Listener, host: HostView): Ownership | undefined {
  const { app, unit } = listener;
  const who = serviceIdentity(unit, host);
  // What the unit itself does to the socket afterwards decides.
  if (!app || !who || listOf(unit, 'Service', 'ExecStartPost').some((it) => RIGHTS.test(it.entry.value)))
    return undefined;
  const { given, settings } = app.command;
  const { socket } = listener;
  const of = (mode: number, at?: Place, user?: string, group?: string): Ownership => ({
    user: user === undefined ? who.user : userId(host, user),
    group: group === undefined ? who.groups[0]! : groupId(host, group),
    mode,
    from: 'settings',
    at,
  });
  const mask = settingOf(unit, 'Service', 'UMask');
  const masked = mask && placeOfValue(mask.entry);
  const process = mask ? Number.parseInt(mask.entry.value, 8) : 0o022;
  switch (app.server) {
    case 'uvicorn':
    case 'daphne':
      return of(0o666);
    case 'waitress': {
      const word = lastValue(given, 'unix-socket-perms');
      if (word && !/^[0-7]{1,4}$/.test(word.text)) return undefined;
      return of(word ? Number.parseInt(word.text, 8) : 0o600, word && placeOfArgWord(app, word));
    }
    case 'node':
    case 'php-fpm':
    case 'uwsgi': {
      if (!socket || Number.isNaN(process)) return undefined;
      return of(
        socket.mode ?? 0o777 & ~(socket.umask ?? process),
        socket.word ? placeOfArgWord(app, socket.word) : (socket.at ?? masked),
        socket.user,
        socket.group,
      );
    }
    case 'hypercorn': {
      const [umask, user, group] = ['umask', 'user', 'group'].map((it) => lastValue(given, it));
      // Its argparse takes a decimal number: 027 is 27, which is 033.
      const bits = umask ? integer(umask.text, 10) : process;
      if (typeof bits !== 'number' || Number.isNaN(bits) || lastValue(given, 'config')) return undefined;
      return of(0o777 & ~bits, umask ? placeOfArgWord(app, umask) : masked, user?.text, group?.text);
    }
    case 'gunicorn': {
      const [umask, user, group] = (['umask', 'user', 'group'] as const).map((it) => settings?.of(it));
      if (typeof umask?.value !== 'number' || user?.value === UNKNOWN || group?.value === UNKNOWN) return undefined;
      const text = (value: unknown): string | undefined =>
        typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
      const at = umask.word ? placeOfArgWord(app, umask.word) : umask.at;
      return of(0o777 & ~umask.value, at, text(user?.value), text(group?.value));
    }
    default:
      return undefined;
  }
}
