/** A message is kept up to this many bytes (the longest line the receiver takes); the rest of it is passed over. */
export const MESSAGE_LIMIT = 64 * 1_024;
/** No sender announces more than this; a larger count means that the stream is out of step. */
const COUNT_LIMIT = 16 * 2 ** 20;
const NEWLINE = 10;

export interface Frame {
  readonly bytes: Buffer;
  /** More was sent than is kept. */
  readonly truncated: boolean;
}

/**
 * Cuts a stream into syslog messages (RFC 6587): `MSG-LEN SP MSG` where the stream says so, lines otherwise. Each
 * message is judged by its beginning, because senders mix both. Holds at most one message.
 */
export class Framer {
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** Bytes of a counted message still to come; -1 while a line or the beginning of a message is read. */
  private left = -1;
  private counted = false;
  private truncated = false;
  /** A counted message was announced that cannot be. */
  problems = 0;

  *push(chunk: Buffer): Generator<Frame> {
    let at = 0;
    while (at < chunk.length) {
      if (this.left >= 0) {
        const take = Math.min(this.left, chunk.length - at);
        this.keep(chunk.subarray(at, at + take));
        this.left -= take;
        at += take;
        if (this.left === 0) {
          this.left = -1;
          yield this.frame();
        }
        continue;
      }
      if (this.heldBytes === 0 && !this.truncated) {
        // Line ends between counted messages belong to nobody.
        const byte = chunk[at];
        if (byte === NEWLINE || byte === 13 || byte === 0) {
          at++;
          continue;
        }
        const count = countAt(chunk, at);
        if (count === 'more') {
          this.keep(chunk.subarray(at));
          return;
        }
        if (count) {
          if (count.value > COUNT_LIMIT) this.problems++;
          else {
            this.counted = true;
            this.left = count.value;
            at = count.end;
            continue;
          }
        } else if (this.counted && byte !== 60) this.problems++;
      } else if (this.heldBytes > 0 && this.heldBytes < 12 && !this.truncated) {
        // The beginning came in an earlier chunk.
        const joined = Buffer.concat([...this.held, chunk.subarray(at)]);
        const count = countAt(joined, 0);
        if (count === 'more' && joined.length < 12) {
          this.held = [Buffer.from(joined)];
          this.heldBytes = joined.length;
          return;
        }
        if (count && count !== 'more' && count.value > COUNT_LIMIT) this.problems++;
        else if (count && count !== 'more') {
          this.held = [];
          this.heldBytes = 0;
          this.counted = true;
          this.left = count.value;
          yield* this.push(joined.subarray(count.end));
          return;
        }
      }
      const end = chunk.indexOf(NEWLINE, at);
      if (end === -1) {
        this.keep(chunk.subarray(at));
        return;
      }
      this.keep(chunk.subarray(at, end));
      at = end + 1;
      if (this.heldBytes > 0) yield this.frame();
    }
  }

  /** What a sender left unfinished when it went away. */
  *finish(): Generator<Frame> {
    if (this.left > 0) this.truncated = true;
    this.left = -1;
    if (this.heldBytes > 0) yield this.frame();
  }

  private keep(bytes: Buffer): void {
    const room = MESSAGE_LIMIT - this.heldBytes;
    if (bytes.length > room) this.truncated = true;
    if (room <= 0 || bytes.length === 0) return;
    // The chunk is used again by the socket.
    const kept = Buffer.from(bytes.subarray(0, room));
    this.held.push(kept);
    this.heldBytes += kept.length;
  }

  private frame(): Frame {
    const bytes = this.held.length === 1 ? (this.held[0] as Buffer) : Buffer.concat(this.held);
    const frame = { bytes, truncated: this.truncated };
    this.held = [];
    this.heldBytes = 0;
    this.truncated = false;
    return frame;
  }
}

/**
 * A count at `from`: digits, a blank, and the `<` every counted message begins with. Null when there is none, `more`
 * when too few bytes are there to tell.
 */
function countAt(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | null | 'more' {
  let at = from;
  let value = 0;
  for (; at < bytes.length; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) break;
    if (at - from >= 9 || (at === from && digit === 0)) return null;
    value = value * 10 + digit;
  }
  if (at === from) return null;
  if (at === bytes.length) return 'more';
  if (bytes[at] !== 32) return null;
  if (at + 1 === bytes.length) return 'more';
  return bytes[at + 1] === 60 && value > 0 ? { value, end: at + 1 } : null;
}
