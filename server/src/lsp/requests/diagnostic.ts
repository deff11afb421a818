import {
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  DocumentDiagnosticRequest,
} from 'vscode-languageserver-protocol';
import { diagnostics } from '../../features/diagnostics.js';
import { located } from '../../features/located.js';
import { defineRequest } from '../request.js';
import { toDiagnostic } from '../toLsp.js';

export default defineRequest<DocumentDiagnosticParams, DocumentDiagnosticReport>({
  method: DocumentDiagnosticRequest.method,
  // What other files say changes what this one means; closed files are pushed.
  capabilities: {
    diagnosticProvider: { identifier: 'throughline', interFileDependencies: true, workspaceDiagnostics: false },
  },
  fallback: { kind: DocumentDiagnosticReportKind.Full, items: [] },
  async run(session, { textDocument: { uri } }) {
    session.notePull(uri);
    const items = await session.ask(uri, (snapshot, path, { memory }) => {
      const uriOf = session.uriOf(snapshot.space);
      return diagnostics(snapshot, path, memory, session.checksFor(snapshot.space))
        .flatMap((it) => located(snapshot, it) ?? [])
        .map((it) => toDiagnostic(it, uriOf));
    });
    return { kind: DocumentDiagnosticReportKind.Full, items: items ?? [] };
  },
});
