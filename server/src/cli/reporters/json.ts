/** The JSON report. Its form is stable: version 1. Positions are those of the language server protocol: zero-based, UTF-16. */
import type { Report } from './report.js';

export function jsonReport(report: Report): string {
  const { root, files, findings } = report;
  const diagnostics = findings.map((finding) => ({
    file: report.relative(finding.file, finding),
    range: finding.range,
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    related: finding.related.map((it) => ({
      file: report.relative(it.file, finding),
      range: it.range,
      message: it.message,
    })),
    fixes: finding.fixes.map((fix) => ({
      title: fix.title,
      safe: fix.safe,
      edits: fix.edits.map((it) => ({ file: report.relative(it.file, finding), range: it.range, newText: it.newText })),
      creates: fix.creates.map((it) => ({ file: report.relative(it.file, finding), text: it.text })),
    })),
  }));
  return `${JSON.stringify({ version: 1, root, files, diagnostics }, undefined, 2)}\n`;
}
