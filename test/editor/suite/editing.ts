/** What the suites do in the editor, and how they wait: for conditions, never for time. */
import * as vscode from 'vscode';

export const SITE = 'etc/nginx/sites-available/django';
/** The site as nginx includes it: a symbolic link. */
export const LINK = 'etc/nginx/sites-enabled/django';
export const SOCKET = 'etc/systemd/system/gunicorn.socket';
export const SERVICE = 'etc/systemd/system/gunicorn.service';

export function uriOf(path: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, path);
}

/** Opens a file and shows it: the editor asks for diagnostics only of what is shown. */
export async function show(path: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uriOf(path)));
}

/** Puts the text of the shown document back to what is on the disk. */
export async function revert(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.files.revert');
}

/** The value as soon as there is one. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Thenable<T | undefined | false>,
  milliseconds = 20_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}

export function codesOf(uri: vscode.Uri): string[] {
  return vscode.languages.getDiagnostics(uri).map(codeOf);
}

export function codeOf(diagnostic: vscode.Diagnostic): string {
  const { code } = diagnostic;
  return String(typeof code === 'object' ? code.value : code);
}

export function diagnostic(uri: vscode.Uri, code: string): Promise<vscode.Diagnostic> {
  return until(`${code} in ${uri.path}`, () => vscode.languages.getDiagnostics(uri).find((it) => codeOf(it) === code));
}

export async function silence(uri: vscode.Uri, code: string): Promise<void> {
  await until(`the end of ${code} in ${uri.path}`, () => !codesOf(uri).includes(code));
}

/** The position of `text` in the document, `offset` characters into it. */
export function positionOf(document: vscode.TextDocument, text: string, offset = 0): vscode.Position {
  const at = document.getText().indexOf(text);
  if (at < 0) throw new Error(`no ${text} in ${document.uri.path}`);
  return document.positionAt(at + offset);
}

export async function quickFix(uri: vscode.Uri, range: vscode.Range, title: RegExp): Promise<vscode.CodeAction> {
  return until(`the fix ${title}`, async () => {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri,
      range,
    );
    return actions.find((it) => title.test(it.title));
  });
}

/** The text of a place on one line of a file, read without opening it as a document, which would change what is said of it. */
export async function onDisk({ uri, range }: Pick<vscode.Location, 'uri' | 'range'>): Promise<string> {
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  return text.split('\n')[range.start.line]!.slice(range.start.character, range.end.character);
}

/** What is suggested at a place, by its label. */
export async function suggestions(uri: vscode.Uri, at: vscode.Position): Promise<string[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    uri,
    at,
  );
  return list.items.map((it) => (typeof it.label === 'string' ? it.label : it.label.label));
}

/** All that is shown when the mouse rests on a place. */
export async function hoverText(uri: vscode.Uri, at: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, at);
  return hovers.flatMap((it) => it.contents.map((content) => (content as vscode.MarkdownString).value)).join('\n');
}

/** Resolves when the process has had nothing else to do for a second: a window that opens keeps it busy. */
export async function quiet(): Promise<void> {
  for (let idle = 0; idle < 20; ) {
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    idle = performance.now() - before < 60 ? idle + 1 : 0;
  }
}
