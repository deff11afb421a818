/** Repairs that bring the two ends of a connection together, one for either end. */
import { type Address, addressText, nginxAddress } from '../base/address.js';
import type { Fix, PlaceEdit } from '../base/fix.js';
import type { Connection, Listener } from './deployment.js';
import { placeOfCommand } from './serviceApp.js';

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

/** Makes a unit listen on another address. Undefined where the place of its own is not one that can be written anew. */
export function listenFix(listener: Listener, to: Address): Fix | undefined {
  const address: Address = to.kind === 'tcp' && to.host === 'localhost' ? { ...to, host: '127.0.0.1' } : to;
  if (address.kind === 'abstract') return undefined;
  const { unit, at, app } = listener;
  const title = `Make ${unit.name.full} listen on ${addressText(address)}`;
  if (unit.name.type === 'socket')
    return { title, applicability: 'suggested', edits: [{ at, text: addressText(address) }] };
  if (app?.server !== 'gunicorn' || app.command.binds.length !== 1) return undefined;
  const [bind] = app.command.binds;
  const text = address.kind === 'unix' ? `unix:${address.path}` : addressText(address);
  if (bind!.word) return { title, applicability: 'suggested', edits: [{ at, text }] };
  if (bind!.source !== 'default') return undefined;
  const command = placeOfCommand(app);
  const behind = { ...command, start: command.end };
  return { title, applicability: 'suggested', edits: [{ at: behind, text: ` --bind ${text}` }] };
}
