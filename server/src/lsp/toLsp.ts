/** What all requests share of turning our results into the protocol's. */
import { join } from 'node:path';
import {
  type CodeAction,
  CodeActionKind,
  type CreateFile,
  type Diagnostic,
  DiagnosticSeverity,
  type Range,
  TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import type { HostPath } from '../base/hostPath.js';
import type { LocatedFinding, LocatedFix, LocatedRange } from '../features/located.js';
import type { Severity } from '../rules/rule.js';

/** Names a file as the editor does. */
export type UriOf = (path: HostPath) => string;

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Where the documentation of a rule is. */
export function ruleUrl(rule: string): string {
  return `https://github.com/throughline/throughline/blob/main/docs/rules/${rule}.md`;
}

export function toRange(range: LocatedRange): Range {
  return { start: { ...range.start }, end: { ...range.end } };
}

export function toDiagnostic(finding: LocatedFinding, uriOf: UriOf): Diagnostic {
  return {
    range: toRange(finding.range),
    severity: SEVERITIES[finding.severity],
    code: finding.code,
    codeDescription: { href: ruleUrl(finding.code) },
    source: 'throughline',
    message: finding.message,
    relatedInformation: finding.related.map((it) => ({
      location: { uri: uriOf(it.file), range: toRange(it.range) },
      message: it.message,
    })),
  };
}

/** A fix as one edit of the workspace: files are created first, then filled, then the others are changed. */
export function toWorkspaceEdit(fix: LocatedFix, uriOf: UriOf): WorkspaceEdit {
  const changes: (TextDocumentEdit | CreateFile)[] = [];
  for (const { file, text } of fix.creates) {
    const uri = uriOf(file);
    changes.push({ kind: 'create', uri, options: { ignoreIfExists: false, overwrite: false } });
    const start = { line: 0, character: 0 };
    changes.push(TextDocumentEdit.create({ uri, version: null }, [{ range: { start, end: start }, newText: text }]));
  }
  const byFile = new Map<string, TextEdit[]>();
  for (const { file, range, newText } of fix.edits) {
    const uri = uriOf(file);
    byFile.set(uri, [...(byFile.get(uri) ?? []), { range: toRange(range), newText }]);
  }
  for (const [uri, edits] of byFile) changes.push(TextDocumentEdit.create({ uri, version: null }, edits));
  return { documentChanges: changes };
}

export function toQuickFix(
  fix: LocatedFix,
  diagnostic: Diagnostic | undefined,
  preferred: boolean,
  uriOf: UriOf,
): CodeAction {
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    ...(diagnostic && { diagnostics: [diagnostic] }),
    ...(preferred && { isPreferred: true }),
    edit: toWorkspaceEdit(fix, uriOf),
  };
}

/** A new file that the user may ask for, with its text. */
export function toRefactoring(
  title: string,
  creates: { readonly file: HostPath; readonly text: string },
  uriOf: UriOf,
): CodeAction {
  const edit = toWorkspaceEdit({ title, safe: true, edits: [], creates: [creates] }, uriOf);
  return { title, kind: CodeActionKind.RefactorRewrite, edit };
}

/** The path on our machine of a path on a host. */
export function diskPath(root: string, path: HostPath): string {
  return root === '/' ? path : join(root, path);
}
