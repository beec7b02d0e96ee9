import type { Readable } from 'node:stream';
import { headLines, RECORD_LIMIT, rowBytes, textLines, withHead } from './records.ts';
import type { Found } from './types.ts';

/** How a delimited file with a header line is written. */
export interface DelimitedForm {
  readonly delimiter: ',' | '\t' | ';' | ' ';
  /** Column names as the header gives them; an empty one (a row index of an export) is `_index`. */
  readonly names: readonly string[];
}

/** A name of a column: begins with a letter and is short. A date, a number, an address or a sentence is no name. */
const NAME = /^[\p{L}_@#$%][\p{L}\p{N}_ .@#$%/()[\]:+*&-]{0,79}$/u;
const NOT_A_NAME = /\d{1,2}:\d{2}:\d{2}|^\w{3} +\d{1,2} \d|\d+\.\d+\.\d+\.\d+/;

/** The header of a VPC flow log delivery file: any of its documented names, between blanks. */
const FLOW_LOG = /^(?=.*\b(?:interface-id|srcaddr|pkt-srcaddr)\b)[a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*){4,}$/;

/**
 * Tell a delimited file with a header by its first record: two or more different column names, and as many fields in
 * the record after it. Null for everything else, such as log lines that hold commas.
 * @param head the beginning of the file, without byte-order mark
 */
export function delimitedForm(head: Buffer): DelimitedForm | null {
  const first = headLines(head, 1)[0] ?? '';
  if (first === '' || '{[<#'.includes(first[0] ?? '')) return null;
  for (const delimiter of FLOW_LOG.test(first) ? ([' '] as const) : (['\t', ',', ';'] as const)) {
    if (!first.includes(delimiter)) continue;
    const text = head.subarray(0, 65_536).toString('utf8');
    const header = takeRecord(text, 0, delimiter);
    if (!header || header.fields.length < 2) continue;
    const names = header.fields.map((field, i) => field.trim() || (i === 0 ? '_index' : ''));
    if (!names.every((name) => NAME.test(name) && !NOT_A_NAME.test(name))) continue;
    if (new Set(names).size !== names.length) continue;
    const next = takeRecord(text, header.end, delimiter);
    // A header alone is a file without rows; a row longer than the head cannot be counted.
    if (next && next.fields.length !== names.length && (text[next.end - 1] === '\n' || next.end < text.length))
      continue;
    if (!next && text.length - header.end < 32_768 && text.slice(header.end).trim() !== '') continue;
    return { delimiter, names };
  }
  return null;
}

/** One record from `at`, or null when its end is not in the text. A text without a last line end is complete. */
function takeRecord(text: string, at: number, delimiter: string): { fields: string[]; end: number } | null {
  if (at >= text.length) return null;
  const fields: string[] = [];
  let i = at;
  for (;;) {
    if (text[i] === '"') {
      let value = '';
      let from = ++i;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote === -1) return null;
        value += text.slice(from, quote);
        if (text[quote + 1] === '"') {
          value += '"';
          from = quote + 2;
        } else {
          i = quote + 1;
          break;
        }
      }
      // What stands between a closing quote and the delimiter belongs to the value.
      const rest = nextBorder(text, i, delimiter);
      fields.push(value + text.slice(i, rest).replace(/\r$/, ''));
      i = rest;
    } else {
      const end = nextBorder(text, i, delimiter);
      fields.push(text.slice(i, end).replace(/\r$/, ''));
      i = end;
    }
    if (i >= text.length) return { fields, end: text.length };
    if (text[i] === '\n') return { fields, end: i + 1 };
    i++;
  }
}

function nextBorder(text: string, at: number, delimiter: string): number {
  const field = text.indexOf(delimiter, at);
  const line = text.indexOf('\n', at);
  if (field === -1) return line === -1 ? text.length : line;
  return line === -1 ? field : Math.min(field, line);
}

/** Fields of one complete record. */
export function splitRecord(text: string, delimiter: string): string[] {
  return takeRecord(text, 0, delimiter)?.fields ?? text.split(delimiter);
}

/**
 * Whether a quoted value is still open after a line. A quote opens a value only where a field begins.
 * @param open whether one was open before the line
 */
function openAfter(text: string, open: boolean, delimiter: string): boolean {
  if (!text.includes('"')) return open;
  let i = 0;
  let inside = open;
  for (;;) {
    if (inside) {
      const quote = text.indexOf('"', i);
      if (quote === -1) return true;
      i = quote + 1;
      if (text[i] === '"') {
        i++;
        continue;
      }
      inside = false;
    } else if (text[i] === '"') {
      inside = true;
      i++;
      continue;
    }
    const border = text.indexOf(delimiter, i);
    if (border === -1) return false;
    i = border + 1;
  }
}

/**
 * Rows of a file that `delimitedForm` recognised, as one JSON object a row with the header's names as keys and every
 * value a text. A row with more fields than the header keeps them as `_extra`; one with fewer leaves keys out. Line
 * ends inside quotes belong to the value.
 * @param head bytes already read from the stream, without byte-order mark
 */
export async function* readDelimited(
  source: string,
  head: readonly Buffer[],
  stream: Readable,
  form: DelimitedForm,
): AsyncGenerator<Found> {
  let skipHeader = true;
  let parts: string[] = [];
  let length = 0;
  let start = 0;
  let open = false;
  for await (const { line, text } of textLines(withHead(head, stream))) {
    if (!open) {
      parts = [];
      length = 0;
      start = line;
    }
    parts.push(text);
    length += text.length + 1;
    open = openAfter(text, open, form.delimiter);
    if (open && length <= RECORD_LIMIT) continue;
    if (open) {
      open = false;
      yield { source, line: start, problem: `a quote is opened and not closed within ${RECORD_LIMIT} characters` };
      continue;
    }
    const record = parts.join('\n');
    if (skipHeader) {
      skipHeader = false;
      continue;
    }
    if (record.trim() === '') continue;
    yield { document: { source, line: start, bytes: rowBytes(form.names, splitRecord(record, form.delimiter)) } };
  }
  if (!open || skipHeader) return;
  // The file was cut off, or a quote stands alone: its lines are rows of their own.
  let line = start;
  for (const text of parts) {
    if (text.trim() !== '')
      yield { document: { source, line, bytes: rowBytes(form.names, text.split(form.delimiter)) } };
    line++;
  }
}
