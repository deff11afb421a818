/** Repairs that bring the two ends of a connection together, one for either end, or both at once. */
import type { AppBind } from '../apps/appCommand.js';
import { type Address, addressText, nginxAddress } from '../base/address.js';
import type { Fix, PlaceEdit } from '../base/fix.js';
import { directoryOf, fileName, type HostPath, hostPath } from '../base/hostPath.js';
import { placeOfEntry } from '../syntax/unitSyntax.js';
import { expanded, listOf, settingOf } from '../systemd/unit.js';
import type { Listener } from './deployment.js';
import { directoryPathsOf } from './madeDirectories.js';
import type { Connection } from './nginxSide.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from './serviceApp.js';

/** Writes another address where nginx names this one, scheme and URI kept. Undefined if nginx cannot reach it. */
export function connectEdit({ connector, at, upstream }: Connection, to: Address): PlaceEdit | undefined {
  const address = nginxAddress(to);
  if (address === undefined) return undefined;
  if (upstream) return { at, text: address };
  const { scheme, uri } = connector.target;
  // A socket's path ends at a colon, and the URI part follows it.
  const tail = uri === undefined ? '' : to.kind === 'unix' ? `:${uri}` : uri;
  const { quote } = connector.item.words[1]!;
  return { at, text: `${quote}${scheme}${address}${tail}${quote}` };
}

/** Makes a unit listen on another address. Undefined where it cannot, or where its own address cannot be written anew. */
export function listenFix(listener: Listener, to: Address): Fix | undefined {
  const edit = listenEdit(listener, to);
  const directory = to.kind === 'unix' ? runtimeDirectory(listener, to.path) : 'there';
  if (!edit || !directory) return undefined;
  const title = `Make ${listener.unit.name.full} listen on ${addressText(numeric(to))}`;
  if (directory === 'there') return { title, applicability: 'suggested', edits: [edit] };
  const made = { at: above(listener.app!), text: `RuntimeDirectory=${directory}\n` };
  return { title: `${title} (RuntimeDirectory=${directory})`, applicability: 'suggested', edits: [made, edit] };
}

/** What a service that is not root needs so that it can make a socket below /run; undefined in /run itself. */
function runtimeDirectory({ unit }: Listener, path: HostPath): string | undefined {
  const user = unit.name.type === 'service' ? settingOf(unit, 'Service', 'User')?.entry.value : undefined;
  if (user === undefined || user === 'root' || user === '0') return 'there';
  const directory = directoryOf(path);
  if (directory === '/run') return undefined;
  const name = /^\/run\/([^/]+)$/.exec(directory)?.[1];
  return name === undefined || directoryPathsOf(unit).includes(directory) ? 'there' : name;
}

/** The line above the one that starts the app. */
function above({ entry }: ServiceApp) {
  const whole = placeOfEntry(entry);
  return { ...whole, end: whole.start };
}

/** The edit of `listenFix`: of ListenStream= in a socket unit, of an option or a line of its config file in an app. */
export function listenEdit(listener: Listener, to: Address): PlaceEdit | undefined {
  const address = numeric(to);
  if (address.kind === 'abstract') return undefined;
  const { unit, at, app } = listener;
  if (unit.name.type === 'socket') return { at, text: addressText(address) };
  if (app?.command.binds.length !== 1) return undefined;
  const bind = app.command.binds[0]!;
  if (app.server === 'gunicorn' && bind.source === 'config')
    return bind.at && { at: bind.at, text: `bind = "${withScheme(address)}"` };
  if (!bind.word) return bind.source === 'default' ? addedOption(app, address) : undefined;
  const text = replacement(app, bind, address);
  return text === undefined ? undefined : { at: placeOfArgWord(app, bind.word), text };
}

const numeric = (to: Address): Address =>
  to.kind === 'tcp' && to.host === 'localhost' ? { ...to, host: '127.0.0.1' } : to;

const withScheme = (address: Address): string =>
  address.kind === 'unix' ? `unix:${address.path}` : addressText(address);

/** What takes the place of the word that names the address; undefined where one option cannot say it. */
function replacement(
  { server, command }: ServiceApp,
  { word, address: now }: AppBind,
  to: Address,
): string | undefined {
  const setting = command.given.options.find((it) => it.value === word)?.spec.setting;
  if (server === 'gunicorn' || (server === 'hypercorn' && setting === 'bind')) return withScheme(to);
  if (server === 'uwsgi') return addressText(to);
  if (to.kind === 'unix') return ['uds', 'unix', 'unix-socket'].includes(setting ?? '') ? to.path : undefined;
  if (to.kind !== 'tcp' || now?.kind !== 'tcp') return undefined;
  if (setting === 'port') return to.host === now.host ? String(to.port) : undefined;
  return setting === 'listen' || server === 'runserver' ? addressText(to) : undefined;
}

/** Behind the program, where all of them take options. */
function addedOption(app: ServiceApp, to: Address): PlaceEdit | undefined {
  const option = {
    gunicorn: ` --bind ${withScheme(to)}`,
    hypercorn: ` --bind ${withScheme(to)}`,
    uvicorn: to.kind === 'tcp' ? ` --host ${to.host} --port ${to.port}` : ` --uds ${addressText(to)}`,
    daphne: to.kind === 'tcp' ? ` -b ${to.host} -p ${to.port}` : ` -u ${addressText(to)}`,
  }[app.server as string];
  const command = placeOfCommand(app);
  return option === undefined ? undefined : { at: { ...command, start: command.end }, text: option };
}

/**
 * Moves a socket into a directory that systemd makes for its service, and nginx with it. Empty where one of the ends
 * cannot be written.
 */
export function moveFix(connections: readonly Connection[], listener: Listener): Fix[] {
  const { address, unit, app } = listener;
  if (address.kind === 'abstract' || unit.name.type !== 'service' || !app) return [];
  const own = listOf(unit, 'Service', 'RuntimeDirectory').at(-1);
  const name = own ? expanded(unit, own)?.split(/[\s:]/)[0] : unit.name.prefix;
  if (!name || unit.name.instance !== undefined) return [];
  const file = address.kind === 'unix' ? fileName(address.path) : `${unit.name.prefix}.sock`;
  const path = hostPath(`/run/${name}/${file}`);
  const to = { kind: 'unix', path } as const;
  // Two locations may pass to one upstream.
  const written = [...new Map(connections.map((it) => [it.at.node, it])).values()];
  const edits = [listenEdit(listener, to), ...written.map((it) => connectEdit(it, to))];
  if (!edits.every((it) => it !== undefined) || (address.kind === 'unix' && address.path === path)) return [];
  const made = own ? [] : [{ at: above(app), text: `RuntimeDirectory=${name}\n` }];
  const both = connections.length > 0 ? ', for both' : '';
  const title = `Move the socket to ${path}${both}${own ? '' : ` (RuntimeDirectory=${name})`}`;
  return [{ title, applicability: 'suggested', edits: [...edits, ...made] }];
}
