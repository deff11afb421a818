/** The file that an interpreter is told to run: `server.js` in `/usr/bin/node server.js`. */
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { placeInValue } from '../syntax/unitSyntax.js';
import { parseCommandLine } from '../systemd/commandLine.js';
import { workingDirectoryOf } from '../systemd/effective/processes.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import { listOf, type Unit } from '../systemd/unit.js';

export interface InterpretedScript {
  readonly interpreter: string;
  readonly written: string;
  readonly path: HostPath;
  readonly at: Place;
  /** Endings that the interpreter tries where there is no such file. */
  readonly endings: readonly string[];
}

interface Interpreter {
  readonly name: RegExp;
  /** Options without a value that may stand before the script; others may bring one, or do without a script. */
  readonly flags: RegExp;
  readonly endings?: readonly string[];
}

/** Module._load() in lib/internal/modules/cjs/loader.js of node; the others open what is named. */
const INTERPRETERS: readonly Interpreter[] = [
  {
    name: /^node(?:js)?$/,
    flags:
      /^--(?!(?:require|import|loader|eval|print|check|test|watch-path|env-file|title|conditions|input-type|run)$)[a-z][\w-]*(?:=.*)?$/,
    endings: ['.js', '.json', '.node'],
  },
  { name: /^(?:ba|da|k|z)?sh$/, flags: /^-[aefuxl]+$|^--(?:login|norc|noprofile)$/ },
  { name: /^(?:python|pypy)(?:3(?:\.\d+)?)?$/, flags: /^-[BdEiIOPqsSuv]+$/ },
  { name: /^perl$/, flags: /^-[wtTWX]+$/ },
  { name: /^ruby(?:\d[\d.]*)?$/, flags: /^-[wW]\d?$/ },
  { name: /^php(?:\d[\d.]*)?$/, flags: /^-[qn]$/ },
];

/** Undefined where the service's last command runs no interpreter, or it is not plain which file that opens. */
export function interpretedScript(service: Unit): InterpretedScript | undefined {
  const start = listOf(service, 'Service', 'ExecStart').at(-1);
  const line = start && parseCommandLine(start.entry.value).commands[0];
  if (!line || line.prefixes.includes('-') || line.prefixes.includes('@')) return undefined;
  const interpreter = line.program.text.slice(line.program.text.lastIndexOf('/') + 1);
  const how = INTERPRETERS.find((it) => it.name.test(interpreter));
  const word = how && line.args.find((it) => !how.flags.test(it.text));
  const written = word && expandSpecifiers(word.text, service.name);
  if (!word || !written || /^-|[$*]/.test(written)) return undefined;
  // A relative path in a folder that nobody knows is anywhere.
  const { value: from } = workingDirectoryOf(service);
  if (!written.startsWith('/') && !from) return undefined;
  return {
    interpreter,
    written,
    path: joinPath(from ?? hostPath('/'), written),
    at: placeInValue(start.entry, word.start, word.end),
    endings: how.endings ?? [],
  };
}

/** The file that is opened; `missing` where it is known that there is none, undefined where that is not known. */
export function openedScript({ path, endings }: InterpretedScript, host: HostView): HostPath | 'missing' | undefined {
  for (const ending of ['', ...endings]) {
    const candidate = hostPath(path + ending);
    const there = host.stat(candidate);
    if (!there.known) return undefined;
    if (there.value) return there.value.kind === 'file' ? candidate : undefined;
  }
  return 'missing';
}
