/** The environment that a service's own files give to its program: systemd.exec(5), "Environment". */
import type { Environment } from '../apps/appCommand.js';
import { hostPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import { splitWords } from '../systemd/commandLine.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import { assignmentsOf, expanded, listOf, type Unit } from '../systemd/unit.js';

/** Environment= and then EnvironmentFile=, which wins. 'unknown' for every name once a file that may exist cannot be read. */
export function serviceEnvironment(service: Unit, host: HostView): Environment {
  const values = new Map<string, string | 'unknown'>();
  for (const setting of listOf(service, 'Service', 'Environment')) {
    for (const word of splitWords(setting.entry.value).words) {
      const equals = word.text.indexOf('=');
      if (equals > 0) {
        const value = expandSpecifiers(word.text.slice(equals + 1), service.name);
        values.set(word.text.slice(0, equals), value ?? 'unknown');
      }
    }
  }
  let unread = false;
  for (const setting of listOf(service, 'Service', 'EnvironmentFile')) {
    const text = expanded(service, setting)?.replace(/^-/, '');
    const answer = text?.startsWith('/') && !/[*?[]/.test(text) ? host.read(hostPath(text)) : undefined;
    if (!answer?.known || (answer.value && !isText(answer.value))) unread = true;
    else if (answer.value && isText(answer.value)) readFile(answer.value.text, values);
  }
  for (const setting of assignmentsOf(service, 'Service', 'PassEnvironment'))
    for (const name of setting.entry.value.split(/\s+/)) if (!values.has(name)) values.set(name, 'unknown');
  for (const setting of listOf(service, 'Service', 'UnsetEnvironment'))
    for (const word of splitWords(setting.entry.value).words) values.delete(word.text.split('=')[0]!);
  return (name) => (unread ? 'unknown' : values.get(name));
}

/** `NAME=value` a line, with quotes and backslashes: parse_env_file_internal() in src/basic/env-file.c. */
function readFile(text: string, into: Map<string, string | 'unknown'>): void {
  for (const line of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const value = match[2]!.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '',
    );
    into.set(match[1]!, value);
  }
}
