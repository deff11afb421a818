/** Between the editor's URIs and paths of our machine. */
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The path of a file URI; undefined for other schemes. */
export function pathOfUri(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** The URI of a path, escaped as VS Code escapes it, so that it equals the editor's own. */
export function uriOfPath(path: string): string {
  return pathToFileURL(path).href.replace(/[:@!$&'()*+,;=]/g, (it, at: number) =>
    at < 7 ? it : `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
