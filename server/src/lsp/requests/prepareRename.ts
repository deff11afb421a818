import {
  type PrepareRenameParams,
  PrepareRenameRequest,
  type PrepareRenameResult,
} from 'vscode-languageserver-protocol';
import { renamable } from '../../features/rename.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<PrepareRenameParams, PrepareRenameResult | null>({
  method: PrepareRenameRequest.method,
  capabilities: {},
  fallback: null,
  async run(session, { textDocument: { uri }, position }) {
    const offset = session.offset(uri, position);
    if (offset === undefined) return null;
    const found = await session.ask(uri, (snapshot, path) => renamable(snapshot, path, offset));
    return found ? { range: toRange(found.range), placeholder: found.placeholder } : null;
  },
});
