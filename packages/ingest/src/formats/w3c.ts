import type { Readable } from 'node:stream';
import { headLines, rowBytes, textLines, withHead } from './records.ts';
import type { Found } from './types.ts';

/**
 * Logs in the W3C extended format, as IIS, Symantec (Blue Coat) proxies, TMG and CloudFront write them: directives
 * that begin with `#`, of which `#Fields:` names the columns. Source: https://www.w3.org/TR/WD-logfile.html.
 */
export function isW3c(head: Buffer): boolean {
  const lines = headLines(head, 12);
  if (!lines[0]?.startsWith('#')) return false;
  return lines.some((line) => /^#Fields:\s/i.test(line));
}

/**
 * Fields of a line of the format: blanks or tabs separate, quotes keep blanks together and are doubled inside.
 */
export function w3cFields(text: string): string[] {
  if (text.includes('\t'))
    return text.split('\t').map((field) => /^"(.*)"$/.exec(field)?.[1]?.replaceAll('""', '"') ?? field);
  const fields: string[] = [];
  const pattern = /"((?:[^"]|"")*)"(?=\s|$)|(\S+)/g;
  for (const match of text.matchAll(pattern)) fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  return fields;
}

/**
 * Rows, one JSON object each, with the names of the last `#Fields:` line as keys; `-` is no value. What `#Software:` and
 * `#Date:` say is kept as `_software` and, when rows have a time without a date, `date`.
 */
export async function* readW3c(source: string, head: readonly Buffer[], stream: Readable): AsyncGenerator<Found> {
  let names: string[] = [];
  let software = '';
  let date = '';
  for await (const { line, text } of textLines(withHead(head, stream))) {
    if (text.startsWith('#')) {
      const directive = /^#([\w-]+):\s*(.*)$/.exec(text);
      const value = directive?.[2]?.trim() ?? '';
      const key = directive?.[1]?.toLowerCase();
      if (key === 'fields') names = w3cFields(value);
      else if (key === 'software') software = value;
      else if (key === 'date') date = value.slice(0, 10);
      continue;
    }
    if (text.trim() === '') continue;
    if (names.length === 0) {
      yield { source, line, problem: 'a row before its #Fields line' };
      continue;
    }
    const values = w3cFields(text).map((field) => (field === '-' ? undefined : field));
    const before: Record<string, unknown> = { _format: 'w3c' };
    if (software) before._software = software;
    if (date && names.includes('time') && !names.includes('date')) before.date = date;
    yield { document: { source, line, bytes: rowBytes(names, values, before) } };
  }
}
