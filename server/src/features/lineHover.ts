/** The line from nginx to the app, told from wherever one end of it is written. */
import { addressText, answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { isWithin, type Place } from '../base/place.js';
import { appModule, appSpec } from '../deployment/appModule.js';
import type { Listener } from '../deployment/deployment.js';
import type { Connection } from '../deployment/nginxSide.js';
import type { ServiceApp } from '../deployment/serviceApp.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { NginxAt } from './at.js';
import { connectionsTo, listenersOfUnit } from './connectionLenses.js';
import { locate } from './located.js';

export interface LineText {
  readonly markdown: string;
  readonly at: Place;
}

/** Which unit answers what the directive connects to, which service it starts, and what that runs. */
export function lineToTheApp(snapshot: Snapshot, { item, word, index }: NginxAt): string | undefined {
  if (!word || index !== 1) return undefined;
  const mine = snapshot.deployment.connections.filter(
    (it) =>
      it.connector.item === item || it.at.node === item || (item?.name === 'upstream' && it.upstream?.at.node === item),
  );
  const lines = mine.map(({ address }) => {
    const listener = snapshot.deployment.listeners.find((it) => answers(it.address, address));
    return listener ? answerOf(snapshot, listener) : `**${addressText(address)}**: no unit in this tree listens here.`;
  });
  return lines.length === 0 ? undefined : [...new Set(lines)].join('\n\n');
}

/** On an address that a unit listens on: who connects, and what answers. On the app of a command line: the same for the app. */
export function lineFromUnit(snapshot: Snapshot, path: HostPath, offset: number): LineText | undefined {
  const { deployment } = snapshot;
  const here = deployment.listeners.filter((it) => isWithin(it.at, path, offset));
  if (here.length > 0) {
    const lines = here.map(
      (it) => `${answerOf(snapshot, it)}\n\n${connectsFrom(snapshot, connectionsTo([it], deployment))}`,
    );
    return { markdown: lines.join('\n\n'), at: here[0]!.at };
  }
  for (const app of deployment.apps.values()) {
    const spec = appSpec(app);
    if (!spec || !app.command.app || !isWithin(spec.at, path, offset)) continue;
    const connections = connectionsTo(listenersOfUnit(app.unit, deployment), deployment);
    const text = `**${spec.text}** ${moduleText(snapshot, app) ?? 'is imported when the service starts'}.`;
    return { markdown: `${text}\n\n${connectsFrom(snapshot, connections)}`, at: spec.at };
  }
  return undefined;
}

function answerOf(snapshot: Snapshot, listener: Listener): string {
  const address = addressText(listener.address);
  const name = listener.unit.name.full;
  const socket = snapshot.deployment.sockets.find((it) => it.unit === listener.unit);
  const { app } = listener;
  const module = app && moduleText(snapshot, app);
  const runs = app?.command.app
    ? `, which runs \`${app.command.app.text}\` under ${app.server}${module === undefined ? '' : `; it ${module}`}`
    : '';
  if (!socket?.starts) return `**${address}** is answered by \`${name}\`${runs}.`;
  const missing = socket.fragment.is === 'absent' ? ', which does not exist' : '';
  return `**${address}**: \`${name}\` listens here and starts \`${socket.starts.name.full}\`${missing || runs}.`;
}

function moduleText({ host }: Snapshot, app: ServiceApp): string | undefined {
  const found = appModule(app, host);
  return found.is === 'found' ? `is imported from \`${found.file.path}\`` : undefined;
}

/** As many places as one can take in at a glance. */
const SHOWN = 6;

function connectsFrom(snapshot: Snapshot, connections: readonly Connection[]): string {
  const places = connections.flatMap(({ connector }) => {
    const place = locate(snapshot, connector.at);
    return place ? [`\`${connector.directive} ${connector.text}\` in ${place.file}:${place.range.start.line + 1}`] : [];
  });
  const all = [...new Set(places)];
  if (all.length === 0) return 'nginx: nothing connects here.';
  const more = all.length > SHOWN ? [`${all.length - SHOWN} more`] : [];
  return `nginx connects here:\n${[...all.slice(0, SHOWN), ...more].map((it) => `- ${it}`).join('\n')}`;
}
