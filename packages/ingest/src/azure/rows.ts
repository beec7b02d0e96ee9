import type { Growth } from '../http/growth.ts';
import { asUtf8, elements, members, parseObject, type Span, withMembers } from '../http/json.ts';
import { type TableRows, tableMembers } from '../http/table-rows.ts';
import type { RejectedLine } from '../types.ts';

/** Longest text of a field in bytes; what is beyond is cut. */
export const FIELD_BYTES = 65_536;
/** Under this key a row says which of its fields were cut, and how long they were. */
export const CUT_NOTE = '_CutFields';

const KEEP_BYTES = 65_536;

export interface ParsedRows {
  readonly rows: Buffer[];
  readonly rejected: RejectedLine[];
}

export interface RowOptions extends TableRows {
  readonly growth: Growth;
}

/**
 * The rows of a request, each as it was sent but for fields that are too long.
 * @throws SyntaxError when the body is not a JSON array
 */
export function parseRows(body: Buffer, options: RowOptions): ParsedRows {
  const text = asUtf8(body);
  if (!Array.isArray(JSON.parse(text.toString('utf8')))) throw new SyntaxError('The body must be a JSON array.');
  const rows: Buffer[] = [];
  const rejected: RejectedLine[] = [];
  let number = 0;
  for (const span of elements(text)) {
    const bytes = text.subarray(span.start, span.end);
    const row = parseObject(bytes.toString('utf8'));
    if (row) {
      const stored = withMembers(
        cutFields(bytes, row),
        { has: (key) => Object.hasOwn(row, key) },
        tableMembers(row, options),
      );
      options.growth.add(stored.length);
      rows.push(stored);
    } else
      rejected.push({
        reason: 'malformed_event',
        detail: `Record ${number} is not a JSON object.`,
        raw: bytes.subarray(0, KEEP_BYTES),
      });
    number++;
  }
  return { rows, rejected };
}

/** Cut texts of fields at {@link FIELD_BYTES}, never inside a character, and note it in the row. */
function cutFields(bytes: Buffer, row: Readonly<Record<string, unknown>>): Buffer {
  if (bytes.length <= FIELD_BYTES) return bytes;
  const cut: [Span, string][] = [];
  const note: Record<string, number> = {};
  for (const [key, span] of members(bytes)) {
    const value = row[key];
    if (typeof value !== 'string' || span.end - span.start <= FIELD_BYTES) continue;
    const whole = Buffer.from(value, 'utf8');
    if (whole.length <= FIELD_BYTES) continue;
    let end = FIELD_BYTES;
    while (end > 0 && ((whole[end] as number) & 0xc0) === 0x80) end--;
    cut.push([span, JSON.stringify(whole.toString('utf8', 0, end))]);
    note[key] = whole.length;
  }
  if (cut.length === 0) return bytes;
  cut.sort(([a], [b]) => a.start - b.start);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [span, text] of cut) {
    parts.push(bytes.subarray(at, span.start), Buffer.from(text, 'utf8'));
    at = span.end;
  }
  parts.push(bytes.subarray(at));
  return withMembers(
    Buffer.concat(parts),
    { has: (key) => Object.hasOwn(row, key) },
    { [CUT_NOTE]: JSON.stringify(note) },
  );
}
