/**
 * Ports that compose files publish on the host, and those that stay inside: `ports` and `expose` of
 * https://docs.docker.com/reference/compose-file/services/. Read line by line; what is written in another way than people
 * write it publishes nothing and hides nothing.
 */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type FileText, type HostView, isText } from '../host/host.js';

export interface ComposePort {
  readonly file: HostPath;
  readonly service: string;
  /** Inside the container. */
  readonly target: number;
  /** On the host; undefined where it is only exposed to other containers. */
  readonly published: number | undefined;
  /** The host's address; undefined for all of them. */
  readonly host: string | undefined;
}

/** What compose looks for, in its order. */
export const COMPOSE_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
/** Where people keep projects, and how many folders deep. */
const PLACES: readonly (readonly [string, number])[] = [
  ['/', 0],
  ['/opt', 1],
  ['/srv', 1],
  ['/root', 1],
  ['/home', 2],
  ['/var/www', 1],
];
const MOST_FOLDERS = 40;

/** Of all compose files in the usual places. */
export function composePorts(host: HostView): readonly ComposePort[] {
  return PLACES.flatMap(([place, depth]) => filesBelow(hostPath(place), depth, host)).flatMap((file) => {
    const answer = host.read(file);
    return answer.known && isText(answer.value) ? portsOf(file, answer.value) : [];
  });
}

/** As long as the host gives the same text it is read once. */
const portsByText = new WeakMap<FileText, readonly ComposePort[]>();

function portsOf(file: HostPath, content: FileText): readonly ComposePort[] {
  let ports = portsByText.get(content);
  if (!ports) portsByText.set(content, (ports = portsIn(file, content.text)));
  return ports;
}

function filesBelow(folder: HostPath, depth: number, host: HostView): HostPath[] {
  const listed = host.list(folder);
  const names = (listed.known && listed.value) || [];
  const here = names.filter((it) => COMPOSE_FILES.includes(it)).map((it) => joinPath(folder, it));
  if (depth === 0) return here;
  const below = names.filter((it) => /^[\w-][\w.-]*$/.test(it) && !/\.\w{1,4}$/.test(it)).slice(0, MOST_FOLDERS);
  return [...here, ...below.flatMap((it) => filesBelow(joinPath(folder, it), depth - 1, host))];
}

/** Whether a port of the host leads into a container there. */
export function isPublished(ports: readonly ComposePort[], address: Address): boolean {
  if (address.kind !== 'tcp') return false;
  const isThere = ({ host }: ComposePort) =>
    host === undefined || host === '0.0.0.0' || host === address.host || address.host === 'localhost';
  return ports.some((it) => it.published === address.port && isThere(it));
}

function portsIn(file: HostPath, text: string): ComposePort[] {
  const found: ComposePort[] = [];
  let inServices = false;
  let service: { readonly name: string; readonly indent: number } | undefined;
  let list: { readonly key: string; readonly indent: number } | undefined;
  let long: { target?: number; published?: number; host?: string } | undefined;
  const close = () => {
    if (long?.target !== undefined && service)
      found.push({ file, service: service.name, target: long.target, published: long.published, host: long.host });
    long = undefined;
  };
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/(^|\s)#.*$/, '').trimEnd();
    if (line.trim() === '') continue;
    const indent = line.length - line.trimStart().length;
    const words = line.trim();
    if (indent === 0) {
      close();
      inServices = words === 'services:';
      [service, list] = [undefined, undefined];
      continue;
    }
    if (!inServices) continue;
    const named = /^["']?([\w.-]+)["']?:$/.exec(words);
    if (named && (!service || indent <= service.indent)) {
      close();
      service = { name: named[1]!, indent };
      list = undefined;
      continue;
    }
    const key = /^(ports|expose):\s*(.*)$/.exec(words);
    if (service && key) {
      close();
      list = { key: key[1]!, indent };
      const inline = /^\[(.*)\]$/.exec(key[2]!)?.[1];
      for (const it of inline?.split(',') ?? []) found.push(...shortPort(file, service.name, list.key, it));
      continue;
    }
    if (!service || !list) continue;
    const item = /^-\s*(.*)$/.exec(words);
    if (indent < list.indent || (indent === list.indent && !item)) {
      close();
      list = undefined;
      continue;
    }
    if (item) close();
    const field = /^(target|published|host_ip|\w+):\s*["']?([^"']*)["']?$/.exec(item ? item[1]! : words);
    if (field && (long || item)) {
      long ??= {};
      if (field[1] === 'target') long.target = Number(field[2]);
      if (field[1] === 'published') long.published = Number(field[2]);
      if (field[1] === 'host_ip') long.host = field[2]!;
    } else if (item) found.push(...shortPort(file, service.name, list.key, item[1]!));
  }
  close();
  return found;
}

/** `80`, `8080:80`, `127.0.0.1:8080:80/tcp`, `[::1]:8080:80`. A port alone is published where chance has it. */
function shortPort(file: HostPath, service: string, key: string, written: string): ComposePort[] {
  const text = written.trim().replace(/^["']|["']$/g, '');
  const [, host, published, target] =
    /^(?:(?:(\d+\.\d+\.\d+\.\d+|\[[\da-fA-F:]+\]):)?(\d+):)?(\d+)(?:\/tcp)?$/.exec(text) ?? [];
  if (target === undefined) return [];
  const onHost = key === 'ports' && published !== undefined ? Number(published) : undefined;
  return [{ file, service, target: Number(target), published: onHost, host: host?.replace(/[[\]]/g, '') }];
}
