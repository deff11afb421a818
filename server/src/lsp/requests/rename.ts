import {
  LSPErrorCodes,
  type RenameParams,
  RenameRequest,
  ResponseError,
  type WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import { rename } from '../../features/rename.js';
import { defineRequest } from '../request.js';
import { toWorkspaceEdit } from '../toLsp.js';

export default defineRequest<RenameParams, WorkspaceEdit | null>({
  method: RenameRequest.method,
  capabilities: { renameProvider: { prepareProvider: true } },
  fallback: null,
  async run(session, { textDocument: { uri }, position, newName }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return null;
    const found = await session.ask(uri, (snapshot, path) => {
      const edits = rename(snapshot, path, offset, newName);
      if (typeof edits === 'string') return edits;
      return toWorkspaceEdit({ title: '', safe: false, edits, creates: [] }, session.uriOf(snapshot.space));
    });
    // The editor shows the sentence to whoever asked.
    if (typeof found === 'string') throw new ResponseError(LSPErrorCodes.RequestFailed, found);
    return found ?? null;
  },
});
