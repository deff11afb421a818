/** Who will own a unix socket, and with what mode, once its unit has opened it. */
import type { ArgWord } from '../apps/argWord.js';
import { lastValue } from '../apps/options.js';
import { accountOf } from '../host/accounts.js';
import type { HostView } from '../host/host.js';
import { placeOfValue } from '../syntax/unitSyntax.js';
import { expanded, settingOf, type Unit } from '../systemd/unit.js';
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

/**
 * gunicorn's sockets have 0777 without its own umask, which is 0 by default (sock.UnixSocket.bind()); uvicorn's and
 * daphne's 0666; hypercorn leaves it to the process, whose UMask= is 022 by default.
 */
function ofService(listener: Listener, host: HostView): Ownership | undefined {
  const { app, unit } = listener;
  const who = serviceIdentity(unit, host);
  if (!app || !who) return undefined;
  const { given } = app.command;
  const last = (name: string) => lastValue(given, name);
  const of = (mode: number, word?: ArgWord): Ownership => {
    const user = last('user')?.text;
    const group = last('group')?.text;
    return {
      user: user === undefined ? who.user : userId(host, user),
      group: group === undefined ? who.groups[0]! : groupId(host, group),
      mode,
      from: 'settings',
      at: word && placeOfArgWord(app, word),
    };
  };
  if (app.server === 'uvicorn' || app.server === 'daphne') return of(0o666);
  const umask = last('umask');
  // gunicorn reads the value as int(x, 0) does: 0o27 and 027 are octal.
  const bits = umask && parseUmask(umask.text);
  if (umask && bits === undefined) return undefined;
  if (app.server === 'hypercorn') {
    if (bits !== undefined || last('config')) return undefined;
    const setting = settingOf(unit, 'Service', 'UMask');
    const process = setting ? Number.parseInt(setting.entry.value, 8) : 0o022;
    return Number.isNaN(process) ? undefined : of(0o777 & ~process);
  }
  if (app.server !== 'gunicorn') return undefined;
  // A config file or the environment may set the umask and the user as well.
  if (bits === undefined && (last('config') || app.environment('GUNICORN_CMD_ARGS') !== undefined)) return undefined;
  return of(0o777 & ~(bits ?? 0), umask);
}

/** gunicorn.config.auto_int: `0x1f`, `0o17` and `017` by their prefix, else decimal. */
function parseUmask(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (/^0o[0-7]+$/i.test(text)) return Number.parseInt(text.slice(2), 8);
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
