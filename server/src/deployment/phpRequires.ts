/** What a script of PHP's cannot do without: `require` of a path that is written out, at the beginning of a line. */
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';

const LONGEST = 100_000;

/** The first file that is required where no block or function is around it, and that is known not to be there. */
export function missingRequire(script: HostPath, host: HostView): HostPath | undefined {
  const answer = host.read(script);
  if (!answer.known || !isText(answer.value) || answer.value.text.length > LONGEST) return undefined;
  const code = answer.value.text.replace(/\/\*[\s\S]*?\*\//g, '');
  const asked =
    /^(?:<\?php\s+)?(?:\$\w+\s*=\s*)?require(?:_once)?\s*\(?\s*(?:(__DIR__|dirname\(__FILE__\))\s*\.\s*)?(['"])([^'"$]+)\2\s*\)?\s*;/gm;
  for (const [, from, , written = ''] of code.matchAll(asked)) {
    // Without a folder before it include_path is searched.
    if (from === undefined && !written.startsWith('/')) continue;
    const path = hostPath(from === undefined ? written : `${directoryOf(script)}/${written}`);
    const there = host.stat(path);
    if (there.known && !there.value) return path;
  }
  return undefined;
}
