import { type CodeLens, type CodeLensParams, CodeLensRequest } from 'vscode-languageserver-protocol';
import { codeLenses } from '../../features/codeLens.js';
import { explainLenses } from '../../features/explainLenses.js';
import { hardeningLens } from '../../features/hardening.js';
import { defineRequest } from '../request.js';
import { toRange } from '../toLsp.js';

export default defineRequest<CodeLensParams, CodeLens[]>({
  method: CodeLensRequest.method,
  capabilities: { codeLensProvider: { resolveProvider: false } },
  fallback: [],
  async run(session, { textDocument: { uri } }) {
    const found = await session.ask(uri, (snapshot, path) => {
      const uriOf = session.uriOf(snapshot.space);
      const found = [...codeLenses(snapshot, path), ...(session.explainLens ? explainLenses(snapshot, path) : [])];
      const lenses = found.map(({ range, title, places, url }): CodeLens => {
        if (url !== undefined)
          return { range: toRange(range), command: { title, command: 'throughline.explain', arguments: [url] } };
        const locations = places.map((it) => ({ uri: uriOf(it.file), range: toRange(it.range) }));
        // A lens without places is text: an empty command id is what editors show without a link.
        const command = locations.length === 0 ? '' : 'throughline.showPlaces';
        return { range: toRange(range), command: { title, command, arguments: [uri, range.start, locations] } };
      });
      const exposed = session.hardeningLens
        ? hardeningLens(snapshot, path, session.checksFor(snapshot.space).systemd)
        : undefined;
      if (exposed) {
        const command = { title: exposed.title, command: 'throughline.showExposure', arguments: [uri] };
        lenses.push({ range: toRange(exposed.range), command });
      }
      return lenses;
    });
    return found ?? [];
  },
});
