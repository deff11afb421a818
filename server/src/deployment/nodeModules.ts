/**
 * What a file of node's asks for as soon as it is loaded, and whether that is there: Module._resolveFilename() in
 * lib/internal/modules/cjs/loader.js, https://nodejs.org/api/modules.html#all-together.
 */
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isAbsent, isText } from '../host/host.js';
import { environmentOf } from '../systemd/effective/environment.js';
import type { Unit } from '../systemd/unit.js';
import { ownersAreReal } from './rights.js';

export interface MissingModule {
  readonly name: string;
  readonly from: HostPath;
  /** Whether this is a machine's tree: a checkout need not hold what is installed. */
  readonly certain: boolean;
}

/** Of node 20; what begins with node: is its own, too. */
const BUILT_IN = new Set(
  'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib'.split(
    ' ',
  ),
);
const LONGEST = 100_000;

/** The first module that a script needs at its start and that is known not to be there. */
export function missingModule(service: Unit, script: HostPath, host: HostView): MissingModule | undefined {
  const { variables } = environmentOf(service, host);
  if (variables.has('NODE_PATH') || variables.has('NODE_OPTIONS')) return undefined;
  const answer = host.read(script);
  if (!answer.known || !isText(answer.value) || answer.value.text.length > LONGEST) return undefined;
  for (const name of needed(answer.value.text)) {
    if (name.startsWith('.')) {
      if (isNowhere(joinPath(directoryOf(script), name), host)) return { name, from: script, certain: true };
    } else if (installed(name, script, host) === 'no') return { name, from: script, certain: ownersAreReal(host) };
  }
  return undefined;
}

/** Names at the beginning of a line, so in no function, block or try: `const a = require('b')` and `import a from 'b'`. */
function needed(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  // Whoever catches errors, or changes how modules are found, may do without.
  if (/\bmodule-alias\b|\brequire\.resolve\b|_resolveFilename|\bpnp\b/.test(code)) return [];
  const asked =
    /^(?:(?:const|let|var)\s+[\w${}\s,:]+=\s*)?require\(\s*(['"])([^'"]+)\1\s*\)|^import\s+(?:[\w${}\s,*]+\s+from\s+)?(['"])([^'"]+)\3/gm;
  return [...code.matchAll(asked)].map((it) => it[2] ?? it[4]!).filter((it) => !isOwn(it));
}

const isOwn = (name: string) =>
  name.startsWith('node:') || name.startsWith('/') || name.startsWith('#') || BUILT_IN.has(name.split('/')[0]!);

/** A file of the project by a relative path, with each of the endings that node and its kin try. */
function isNowhere(path: HostPath, host: HostView): boolean {
  const endings = ['', '.js', '.json', '.node', '.cjs', '.mjs'];
  return endings.every((ending) => isAbsent(hostPath(path + ending), host));
}

function installed(name: string, script: HostPath, host: HostView): 'yes' | 'no' | 'unknown' {
  const [scope, inner] = name.split('/');
  const packageName = name.startsWith('@') ? `${scope}/${inner}` : scope!;
  for (let at = directoryOf(script); ; at = directoryOf(at)) {
    const there = host.stat(joinPath(at, `node_modules/${packageName}`));
    // Of the folders far above a copy of a machine seldom tells; what a project needs lies within it.
    if (!there.known) return at === '/' ? 'no' : 'unknown';
    if (there.value) return 'yes';
    if (at === '/') return 'no';
  }
}
