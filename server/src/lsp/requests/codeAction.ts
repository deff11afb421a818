import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  CodeActionRequest,
} from 'vscode-languageserver-protocol';
import { codeActions } from '../../features/codeActions.js';
import { hardeningRefactoring } from '../../features/hardening.js';
import { defineRequest } from '../request.js';
import { toQuickFix, toRefactoring } from '../toLsp.js';

export default defineRequest<CodeActionParams, CodeAction[]>({
  method: CodeActionRequest.method,
  capabilities: { codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite] } },
  fallback: [],
  async run(session, { textDocument: { uri }, range, context }) {
    const start = session.offset(uri, range.start);
    const end = session.offset(uri, range.end);
    if (start === undefined || end === undefined) return [];
    const wanted = (kind: string) =>
      !context.only || context.only.some((it) => it === '' || kind === it || kind.startsWith(`${it}.`));
    if (!wanted(CodeActionKind.QuickFix) && !wanted(CodeActionKind.RefactorRewrite)) return [];
    const found = await session.ask(uri, (snapshot, path, { memory }) => {
      const uriOf = session.uriOf(snapshot.space);
      const checks = session.checksFor(snapshot.space);
      const fixes = codeActions(snapshot, path, { start, end }, memory, checks).map((action) => {
        // The editor's own diagnostic, so that it knows which squiggle the fix is for.
        const diagnostic = context.diagnostics.find(
          (it) =>
            it.code === action.finding.code &&
            it.range.start.line === action.finding.range.start.line &&
            it.range.start.character === action.finding.range.start.character,
        );
        return toQuickFix(action.fix, diagnostic, action.isPreferred, uriOf);
      });
      const rewrite = wanted(CodeActionKind.RefactorRewrite)
        ? hardeningRefactoring(snapshot, path, checks.systemd)
        : undefined;
      return [
        ...(wanted(CodeActionKind.QuickFix) ? fixes : []),
        ...(rewrite ? [toRefactoring(rewrite.title, rewrite.creates, uriOf)] : []),
      ];
    });
    return found ?? [];
  },
});
