import type { TextDocumentIdentifier } from 'vscode-languageserver-protocol';
import { hardening, hardeningReport } from '../../features/hardening.js';
import { defineRequest } from '../request.js';

/** The exposure of the service that a file defines, as Markdown; null for other files. */
export default defineRequest<{ readonly textDocument: TextDocumentIdentifier }, string | null>({
  method: 'throughline/hardening',
  capabilities: {},
  fallback: null,
  async run(session, { textDocument: { uri } }) {
    const found = await session.ask(uri, (snapshot, path) => {
      const service = hardening(snapshot, path, session.checksFor(snapshot.space).systemd);
      return service ? hardeningReport(service) : null;
    });
    return found ?? null;
  },
});
