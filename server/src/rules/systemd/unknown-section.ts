import type { Fix } from '../../base/fix.js';
import { nearest } from '../../base/nearest.js';
import { sectionsOf } from '../../catalog/systemd.js';
import { placeOfSectionName } from '../../syntax/unitSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/unknown-section',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'unitFile',
  messages: {
    unknown: 'A .{type} file has no section [{name}]: systemd ignores everything in it.',
    unknownNear: 'A .{type} file has no section [{name}]: systemd ignores everything in it. Did you mean [{near}]?',
  },
  docs: {
    summary: 'A section that systemd does not know in this kind of unit.',
    why: 'systemd logs `Unknown section` and ignores all lines of it; the unit loads without them. Names that begin with X- are for other programs.',
    bad: `-- etc/systemd/system/app.service --
[Servce]
ExecStart=/usr/bin/true
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/true
[X-Notes]
Owner=web team
`,
    sources: ['systemd.unit(5)', 'parse_line() in src/shared/conf-parser.c'],
  },

  check({ file, kind }, report) {
    const sections = sectionsOf(kind.type);
    if (sections.length === 0) return;
    for (const section of file.sections) {
      const { name } = section;
      if (!section.closed || name.startsWith('X-') || sections.includes(name)) continue;
      const at = placeOfSectionName(section);
      const near = sections.find((it) => it.toLowerCase() === name.toLowerCase()) ?? nearest(name, sections);
      if (near === undefined) {
        report({ at, say: 'unknown', with: { type: kind.type, name } });
        continue;
      }
      const fix: Fix = { title: `Change to [${near}]`, applicability: 'suggested', edits: [{ at, text: near }] };
      report({ at, say: 'unknownNear', with: { type: kind.type, name, near }, fixes: [fix] });
    }
  },
});
