/** `throughline debug`: prints what one floor of the analysis sees, so that a bug report says which floor is at fault. */
import { addressText } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { locate } from '../features/located.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { NginxDocument } from '../syntax/nginxDocument.js';
import { loadGrammars } from '../syntax/parsers.js';
import { UnitDocument } from '../syntax/unitDocument.js';
import { expanded } from '../systemd/unit.js';
import type { Language, Snapshot } from '../workspace/hostSpace.js';
import { loadHosts, Refusal, settledSnapshot } from './load.js';

/** Returns the exit code: 0, or 2 when the file cannot be read. */
export async function runDebug(view: string, file: string, options: { root?: string; as?: Language }): Promise<number> {
  try {
    await loadGrammars(readGrammars(__dirname));
    const [loaded] = loadHosts([file], options);
    const path = loaded!.wanted?.[0];
    if (!loaded || !path) throw new Refusal(`${file} is no file`);
    process.stdout.write(`${settledSnapshot(loaded.space, (snapshot) => VIEWS[view]!(snapshot, path))}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`throughline: ${error.message}\n`);
    return 2;
  }
}

const VIEWS: Readonly<Record<string, (snapshot: Snapshot, path: HostPath) => string>> = {
  tree,
  nginx,
  unit,
  deployment,
};

function tree(snapshot: Snapshot, path: HostPath): string {
  const text = snapshot.space.text(path) ?? '';
  const document =
    snapshot.space.named.get(path) === 'systemd'
      ? new UnitDocument(path, text)
      : new NginxDocument(path, text, { isDirective: () => false, opensBlock: () => false });
  const printed = document.treeText();
  document.dispose();
  return printed;
}

function where(snapshot: Snapshot, place: Place): string {
  const at = locate(snapshot, place);
  return at ? `${at.file}:${at.range.start.line + 1}:${at.range.start.character + 1}` : '?';
}

function nginx(snapshot: Snapshot, path: HostPath): string {
  const { configuration } = snapshot;
  const lines = [
    `main: ${configuration.main ?? 'none in this tree'}`,
    `relative includes start at: ${configuration.prefix}`,
  ];
  for (const reading of configuration.readings) {
    const by = reading.by ? ` by ${where(snapshot, reading.by.at)}` : '';
    const mark = reading.file.path === path ? '*' : ' ';
    lines.push(
      `${mark} ${reading.file.path} in ${reading.context}: ${reading.how}${by}${reading.loaded ? '' : ', not loaded'}`,
    );
    if (reading.file.path !== path) continue;
    for (const it of reading.facts.upstreams)
      lines.push(`    upstream ${it.name}: ${it.servers.map((s) => s.text).join(' ')}`);
    for (const it of reading.facts.connectors)
      lines.push(`    ${it.directive} ${it.text} at ${where(snapshot, it.at)}`);
    for (const it of reading.facts.roots)
      lines.push(`    ${it.directive} ${it.value} below ${it.prefix ?? 'no prefix'}`);
  }
  return lines.join('\n');
}

function unit(snapshot: Snapshot, path: HostPath): string {
  const found = snapshot.units.find(
    (it) => it.fragment?.path === path || it.dropIns.some((file) => file.path === path),
  );
  if (!found) return 'no unit is made from this file';
  const files = [...(found.fragment ? [found.fragment] : []), ...found.dropIns];
  const lines = [`${found.name.full}`, ...files.map((it) => `  from ${it.path}`)];
  for (const file of files) {
    for (const section of file.sections) {
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const value = expanded(found, { section, entry });
        const note = value === entry.value ? '' : `  (${value ?? 'depends on the machine'})`;
        lines.push(`  [${section.name}] ${entry.key} = ${entry.value}${note}`);
      }
    }
  }
  return lines.join('\n');
}

function deployment(snapshot: Snapshot): string {
  const { listeners, connections, sockets } = snapshot.deployment;
  return [
    'listeners:',
    ...listeners.map((it) => `  ${addressText(it.address)} by ${it.unit.name.full} at ${where(snapshot, it.at)}`),
    'connections:',
    ...connections.map(
      (it) => `  ${addressText(it.address)} from ${it.connector.directive} at ${where(snapshot, it.at)}`,
    ),
    'sockets:',
    ...sockets.map((it) => `  ${it.unit.name.full} starts ${it.starts?.name.full ?? '?'} (${it.fragment.is})`),
  ].join('\n');
}
