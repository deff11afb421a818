import { defineRequest } from '../request.js';

/** The text of an installed manual page, and the line of a key in it, counted from 0; null where there is none. */
export default defineRequest<
  { readonly page: string; readonly key?: string },
  { readonly text: string; readonly line: number } | null
>({
  method: 'throughline/manual',
  capabilities: {},
  fallback: null,
  async run(session, { page, key }) {
    const text = session.trusted ? await session.runtime.manualText(String(page)) : undefined;
    if (text === undefined) return null;
    // `User=, Group=`: several keys share a paragraph.
    const line = key ? text.split('\n').findIndex((it) => it.trim().split(/,\s*/).includes(`${key}=`)) : 0;
    return { text, line: Math.max(line, 0) };
  },
});
