/** A frame of RELP (the protocol of rsyslog's omrelp): `TXNR SP COMMAND SP DATALEN [SP DATA] LF`. */
export interface RelpFrame {
  readonly transaction: string;
  readonly command: string;
  readonly data: Buffer;
  readonly truncated: boolean;
}

const HEADER_LIMIT = 9 + 1 + 32 + 1 + 9 + 1;
const HEADER = /^(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})(?=[ \n])/;

/**
 * Cuts a stream into RELP frames. Source of the format: https://github.com/rsyslog/librelp (doc/relp.html).
 * @throws Error when the stream is no RELP
 */
export class RelpReader {
  private head = Buffer.alloc(0);
  private current: {
    transaction: string;
    command: string;
    left: number;
    parts: Buffer[];
    kept: number;
    truncated: boolean;
  } | null = null;

  constructor(private readonly dataLimit: number) {}

  *push(chunk: Buffer): Generator<RelpFrame> {
    let rest = chunk;
    while (rest.length > 0) {
      if (!this.current) {
        const before = this.head.length;
        this.head = Buffer.concat([this.head, rest.subarray(0, HEADER_LIMIT - before)]);
        const text = this.head.toString('latin1').replace(/^\n+/, '');
        const skipped = this.head.length - text.length;
        const found = HEADER.exec(text);
        if (!found) {
          if (this.head.length >= HEADER_LIMIT || /\n/.test(text) || !/^\d{0,9}(?:$| )/.test(text))
            throw new Error('this is no RELP');
          return;
        }
        // What the header took of this chunk.
        const taken = skipped + found[0].length - before;
        this.head = Buffer.alloc(0);
        rest = rest.subarray(Math.max(0, taken));
        const length = Number(found[3]);
        this.current = {
          transaction: found[1] ?? '',
          command: found[2] ?? '',
          // The blank before the data belongs to them; the line end closes the frame.
          left: length > 0 ? length + 1 : 0,
          parts: [],
          kept: -1,
          truncated: false,
        };
        continue;
      }
      const frame = this.current;
      if (frame.left > 0) {
        let piece = rest.subarray(0, frame.left);
        frame.left -= piece.length;
        rest = rest.subarray(piece.length);
        if (frame.kept === -1 && piece.length > 0) {
          piece = piece.subarray(1);
          frame.kept = 0;
        }
        const kept = piece.subarray(0, this.dataLimit - frame.kept);
        if (kept.length < piece.length) frame.truncated = true;
        if (kept.length > 0) frame.parts.push(Buffer.from(kept));
        frame.kept += kept.length;
        continue;
      }
      // The line end.
      if (rest[0] !== 10 && rest[0] !== 32) throw new Error('a RELP frame without its end');
      const end = rest[0] === 10;
      rest = rest.subarray(1);
      if (!end) continue;
      this.current = null;
      yield {
        transaction: frame.transaction,
        command: frame.command,
        data: Buffer.concat(frame.parts),
        truncated: frame.truncated,
      };
    }
  }
}

/** An answer to a transaction. */
export function relpAnswer(transaction: string, text: string): string {
  return `${transaction} rsp ${Buffer.byteLength(text)} ${text}\n`;
}

export const RELP_OPEN = '200 OK\nrelp_version=0\nrelp_software=parapet\ncommands=syslog';
