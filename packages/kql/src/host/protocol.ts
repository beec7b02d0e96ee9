/**
 * How the engine talks to a helper process: chunks of rows, each chunk preceded by its row count and a line feed, rows in
 * ClickHouse's RowBinary format (a string is its length as LEB128, then its bytes). A row in is (function name, JSON array
 * of arguments); a row out is the JSON of the result, empty for null.
 */

/** One call as it arrives. */
export interface HostRequest {
  readonly fn: string;
  readonly args: string;
}

/** Length and end of a LEB128 number, or undefined when it is not complete yet. */
function readLength(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length; i++) {
    const b = bytes[i]!;
    value += (b & 127) * scale;
    if (b < 128) return { value, next: i + 1 };
    scale *= 128;
  }
  return undefined;
}

function writeLength(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Buffer.from(out);
}

/** Splits a byte stream into chunks of requests. Bytes of an unfinished chunk are kept for the next call. */
export class RequestReader {
  private parts: Buffer[] = [];
  private rest: Buffer = Buffer.alloc(0);
  private expected = -1;
  private rows: HostRequest[] = [];

  /** Takes bytes and returns the chunks that are now complete. */
  push(bytes: Buffer): HostRequest[][] {
    this.parts.push(bytes);
    const out: HostRequest[][] = [];
    let buffer = this.parts.length === 1 && this.rest.length === 0 ? bytes : Buffer.concat([this.rest, ...this.parts]);
    this.parts = [];
    let at = 0;
    for (;;) {
      if (this.expected < 0) {
        const end = buffer.indexOf(10, at);
        if (end < 0) break;
        this.expected = Number(buffer.subarray(at, end).toString('latin1'));
        at = end + 1;
      }
      while (this.rows.length < this.expected) {
        const fn = this.text(buffer, at);
        const args = fn && this.text(buffer, fn.next);
        if (!fn || !args) break;
        this.rows.push({ fn: fn.value, args: args.value });
        at = args.next;
      }
      if (this.rows.length < this.expected) break;
      out.push(this.rows);
      this.rows = [];
      this.expected = -1;
    }
    buffer = buffer.subarray(at);
    this.rest = buffer;
    return out;
  }

  private text(buffer: Buffer, at: number): { value: string; next: number } | undefined {
    const length = readLength(buffer, at);
    if (!length || length.next + length.value > buffer.length) return undefined;
    const next = length.next + length.value;
    return { value: buffer.toString('utf8', length.next, next), next };
  }
}

/** The bytes of a chunk of results. */
export function encodeResults(results: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const r of results) {
    const bytes = Buffer.from(r, 'utf8');
    parts.push(writeLength(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}
