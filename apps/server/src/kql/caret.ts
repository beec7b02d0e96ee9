/** Findings about a query for a terminal: what, where, and the line with the place marked. */
import type { KqlDiagnostic } from '@parapet/kql';

/** One finding as a few lines of text. */
export function printFinding(text: string, finding: KqlDiagnostic, file = 'query'): string {
  const head = `${file}:${finding.line}:${finding.column}: ${finding.severity} ${finding.code}: ${finding.message}`;
  const line = text.split(/\r\n|\n|\r/)[finding.line - 1];
  const out = [head];
  if (line !== undefined) {
    const number = String(finding.line);
    // Tabs stay tabs, so that the mark stands under its place however wide they are.
    const before = line.slice(0, finding.column - 1).replace(/[^\t]/gu, ' ');
    const length = Math.max(1, Math.min(finding.length, line.length - finding.column + 1));
    out.push(`  ${number} | ${line}`, `  ${' '.repeat(number.length)} | ${before}${'^'.repeat(length)}`);
  }
  if (finding.suggestion) out.push(`  ${finding.suggestion}`);
  return out.join('\n');
}

export const printFindings = (text: string, findings: readonly KqlDiagnostic[], file?: string): string =>
  findings.map((finding) => printFinding(text, finding, file)).join('\n');
