import {
  type FoldingRange,
  FoldingRangeKind,
  type FoldingRangeParams,
  FoldingRangeRequest,
} from 'vscode-languageserver-protocol';
import { foldingRanges } from '../../features/folding.js';
import { defineRequest } from '../request.js';

export default defineRequest<FoldingRangeParams, FoldingRange[]>({
  method: FoldingRangeRequest.method,
  capabilities: { foldingRangeProvider: true },
  fallback: [],
  async run(session, { textDocument: { uri } }) {
    const ranges = (await session.ask(uri, (snapshot, path) => foldingRanges(snapshot, path))) ?? [];
    return ranges.map(({ startLine, endLine, kind }) => ({
      startLine,
      endLine,
      ...(kind === 'comment' && { kind: FoldingRangeKind.Comment }),
    }));
  },
});
