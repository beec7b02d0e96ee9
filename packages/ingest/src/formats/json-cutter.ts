import { DOCUMENT_LIMIT, KEPT_OF_PROBLEM } from './types.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * Keys under which exports wrap their records, when the value is an array of objects: `Records` (AWS delivery files),
 * `records` (Azure storage), `value` (OData answers), `items` (Google and Kubernetes lists), `Findings` (ASFF).
 */
const WRAPPERS = new Set(['Records', 'records', 'value', 'items', 'Findings']);
/** `value` and `items` are ordinary names as well: only behind the key such lists begin with. */
const LIST_HEADS: Readonly<Record<string, RegExp>> = { value: /^$|^@odata\./, items: /^$|^kind$|^apiVersion$/ };

export type Piece =
  | { readonly bytes: Buffer; readonly line: number }
  | { readonly problem: string; readonly line: number; readonly text: Buffer };

/**
 * Cuts a text of JSON into its records without reading it as a whole: the elements of an array, the elements of the
 * array in an object that wraps them, or objects that follow each other over several lines. Bytes are passed on as
 * they are, on one line, so numbers keep all their digits. Whether a piece is JSON is not checked here, only where it ends.
 * `line` is the number of the record.
 */
export class JsonCutter {
  /** Brackets that are open; a record begins at depth `base`: 0 at the top, 1 in an array, 2 in a wrapper. */
  private depth = 0;
  private base = 0;
  /** The rest of a wrapper behind its array. */
  private skipping = false;
  private inString = false;
  private escaped = false;
  private recording = false;
  private scalar = false;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private records = 0;
  private firstKey = '';
  private key = '';
  /** A text at depth 1 is being noted, because it may be the key of a wrapper. */
  private noting = false;
  private afterColon = false;
  /** The array of a wrapper has just been opened; what follows decides. */
  private maybeWrapper = false;

  /** The records that end in this chunk. */
  *push(chunk: Buffer): Generator<Piece> {
    let from = this.recording ? 0 : -1;
    let noteFrom = this.noting ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      if (this.inString) {
        // Most bytes stand in texts: this loop is the fast one.
        let escaped = this.escaped;
        for (; at < chunk.length; at++) {
          const byte = chunk[at];
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) break;
        }
        this.escaped = escaped;
        if (at === chunk.length) break;
        this.inString = false;
        if (this.noting) {
          this.key += chunk.toString('latin1', noteFrom, at).slice(0, 100);
          this.noting = false;
        }
        continue;
      }
      const byte = chunk[at] as number;
      const blank = byte === 32 || byte === 10 || byte === 13 || byte === 9;
      if (this.maybeWrapper && !blank) {
        this.maybeWrapper = false;
        if (byte === OPEN_BRACE || byte === CLOSE_BRACKET) {
          // What was held so far is the envelope.
          this.drop();
          this.base = 2;
          from = -1;
        }
      }
      if (this.scalar && (blank || byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE)) {
        yield* this.end(chunk.subarray(Math.max(from, 0), at));
        from = -1;
      }
      if (blank) continue;
      if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.depth > 0) this.depth--;
        if (this.recording && this.depth === this.base) {
          yield* this.end(chunk.subarray(from, at + 1));
          from = -1;
        } else if (!this.recording && this.depth < this.base) {
          if (this.base === 2) this.skipping = true;
          else this.depth = 0;
          this.base = 0;
        }
        if (this.skipping && this.depth === 0) this.skipping = false;
        continue;
      }
      if (!this.recording && !this.skipping && this.depth === this.base) {
        if (byte === OPEN_BRACKET && this.base === 0) this.base = 1;
        else if (byte !== COMMA) {
          this.recording = true;
          this.scalar = byte !== OPEN_BRACE && byte !== OPEN_BRACKET;
          this.firstKey = '';
          this.key = '';
          from = at;
        }
      }
      if (byte === QUOTE) {
        this.inString = true;
        this.afterColon = false;
        if (this.recording && this.base === 0 && this.depth === 1) {
          this.noting = true;
          this.key = '';
          noteFrom = at + 1;
        }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (byte === OPEN_BRACKET && this.afterColon && this.isWrapper()) this.maybeWrapper = true;
        this.afterColon = false;
        this.depth++;
      } else if (byte === COLON) {
        if (this.recording && this.base === 0 && this.depth === 1) {
          this.afterColon = true;
          if (!this.isWrapper()) this.firstKey ||= this.key || ' ';
        }
      } else this.afterColon = false;
    }
    if (this.noting) this.key = (this.key + chunk.toString('latin1', noteFrom)).slice(0, 100);
    if (this.recording && from >= 0) this.hold(chunk.subarray(from));
  }

  /** What is left when the text ends. */
  *finish(): Generator<Piece> {
    if (!this.recording) return;
    if (this.scalar) return yield* this.end(Buffer.alloc(0));
    const text = Buffer.concat(this.held).subarray(0, KEPT_OF_PROBLEM);
    this.drop();
    yield { problem: 'the file ends in the middle of a record', line: this.records + 1, text };
  }

  private isWrapper(): boolean {
    if (this.base !== 0 || this.depth !== 1 || !WRAPPERS.has(this.key)) return false;
    return LIST_HEADS[this.key]?.test(this.firstKey) ?? true;
  }

  private hold(bytes: Buffer): void {
    const before = this.heldBytes;
    this.heldBytes += bytes.length;
    // Of what is too large only the beginning is kept, to show it; the rest is counted.
    if (this.heldBytes <= DOCUMENT_LIMIT) this.held.push(Buffer.from(bytes));
    else if (before < KEPT_OF_PROBLEM) this.held.push(Buffer.from(bytes.subarray(0, KEPT_OF_PROBLEM)));
    else if (before <= DOCUMENT_LIMIT) this.held = [Buffer.concat(this.held).subarray(0, KEPT_OF_PROBLEM)];
  }

  private drop(): void {
    this.held = [];
    this.heldBytes = 0;
    this.recording = false;
    this.scalar = false;
  }

  private *end(last: Buffer): Generator<Piece> {
    const size = this.heldBytes + last.length;
    const held = this.held;
    const line = ++this.records;
    const tooLong = size > DOCUMENT_LIMIT;
    const text = held.length === 0 ? Buffer.from(last) : Buffer.concat(tooLong ? held : [...held, last]);
    this.drop();
    if (tooLong)
      yield {
        problem: `the record has ${size} bytes; the limit is ${DOCUMENT_LIMIT}`,
        line,
        text: text.subarray(0, KEPT_OF_PROBLEM),
      };
    else yield { bytes: onOneLine(text), line };
  }
}

/** Senders put a record on a line; line ends between its parts say nothing. */
function onOneLine(bytes: Buffer): Buffer {
  if (bytes.includes(10) || bytes.includes(13))
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === 10 || bytes[i] === 13) bytes[i] = 32;
  return bytes;
}
