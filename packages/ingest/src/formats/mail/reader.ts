import type { Found } from '../types.ts';
import { mailRecord } from './message.ts';

/** A message may have this size; of a larger one the beginning is read. */
const MESSAGE_LIMIT = 64 * 2 ** 20;
const NEWLINE = 10;
const SEPARATOR = /^From \S.*\d{4}/;
const FIELD = /^([!-9;-~]{1,100})[ \t]*:/;
/** Commands of batched SMTP in front of a message. */
const SMTP = /^(?:HELO|EHLO|MAIL FROM|RCPT TO|DATA|RSET|QUIT)\b/i;
/** Fields that mails begin with and little else does. */
const KNOWN =
  /^(?:received|return-path|from|to|cc|subject|date|message-id|mime-version|delivered-to|delivery-date|reply-to|sender|dkim-signature|domainkey-signature|arc-[a-z-]+|authentication-results|received-spf|x-mailer|x-spam-[a-z-]+|x-original-to|x-envelope-[a-z-]+|errors-to|list-[a-z-]+|content-type|content-transfer-encoding|precedence|x-received|bcc|in-reply-to|references|envelope-to)$/i;

/**
 * Whether a text is an RFC 822 message, an mbox file or batched SMTP: header fields from its first line on, two of them
 * known, or one when it tells the type of a body, or when the line before is that of an mbox.
 */
export function isMail(head: Buffer): boolean {
  const lines = head.toString('latin1', 0, 16_384).split('\n');
  if (head.length > 16_384) lines.pop();
  let known = 0;
  let fields = 0;
  let bad = 0;
  for (const [i, raw] of lines.slice(0, 60).entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (fields === 0 && SMTP.test(line)) continue;
    if (fields === 0 && SEPARATOR.test(line) && (i === 0 || SMTP.test(lines[i - 1] ?? ''))) {
      known++;
      continue;
    }
    if (line === '') break;
    if (/^[ \t]/.test(line) && fields > 0) continue;
    const name = FIELD.exec(line)?.[1];
    if (name === undefined) {
      // Broken messages have broken lines among their headers, but few.
      if (fields === 0 || ++bad > 2) break;
      continue;
    }
    fields++;
    if (KNOWN.test(name)) known++;
    if (/^content-type[ \t]*:\s*(?:multipart|text|message)\/[\w-]+/i.test(line)) known++;
  }
  return known >= 2 && known >= fields / 4;
}

/**
 * Messages of a mail file, one record each: see {@link mailRecord} for its shape. An mbox is cut at `From ` lines that
 * follow an empty line; `>From ` of its bodies loses the mark (the mboxrd form). Batched SMTP is cut at its
 * dots; its commands are left out. `line` is the number of the message.
 */
export async function* readMail(source: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Found> {
  let held: Buffer[] = [];
  let size = 0;
  let cut = false;
  let number = 0;
  let mbox = false;
  let first = true;
  let blankBefore = true;
  let commands = false;
  let smtp = false;
  const take = async (): Promise<Found | null> => {
    const bytes = Buffer.concat(held);
    held = [];
    size = 0;
    const wasCut = cut;
    cut = false;
    if (bytes.length === 0) return null;
    number++;
    try {
      return {
        document: { source, line: number, bytes: Buffer.from(JSON.stringify(await mailRecord(bytes, wasCut))) },
      };
    } catch (error) {
      const problem = `the message cannot be read: ${error instanceof Error ? error.message : 'unknown'}`;
      return { source, line: number, problem, text: bytes.subarray(0, 65_536) };
    }
  };
  for await (const line of linesOf(chunks)) {
    if (first) {
      first = false;
      const text = line.toString('latin1', 0, 500);
      smtp = commands = SMTP.test(text);
      mbox = SEPARATOR.test(text);
      if (mbox) continue;
    }
    if (smtp) {
      const text = line.toString('latin1', 0, 500).trimEnd();
      if (commands) {
        commands = text.toUpperCase() !== 'DATA';
        continue;
      }
      if (text === '.') {
        commands = true;
        const found = await take();
        if (found) yield found;
        continue;
      }
      if (size === 0 && SEPARATOR.test(text)) continue;
    }
    const begins = mbox && blankBefore && line[0] === 0x46 && SEPARATOR.test(line.toString('latin1', 0, 500));
    blankBefore = line.length <= 2 && (line[0] === NEWLINE || line[0] === 13);
    if (begins) {
      const found = await take();
      if (found) yield found;
      continue;
    }
    const quoted = mbox && line[0] === 0x3e && /^>+From /.test(line.toString('latin1', 0, 100));
    if (size + line.length > MESSAGE_LIMIT) cut = true;
    if (cut) continue;
    held.push(quoted || (smtp && line[0] === 0x2e) ? line.subarray(1) : line);
    size += line.length;
  }
  const found = await take();
  if (found) yield found;
}

/** Lines with their end; one that is very long comes in pieces. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      const piece = chunk.subarray(at, end + 1);
      yield pending.length > 0 ? Buffer.concat([pending, piece]) : Buffer.from(piece);
      pending = Buffer.alloc(0);
      at = end + 1;
    }
    if (at < chunk.length) pending = Buffer.concat([pending, chunk.subarray(at)]);
    if (pending.length > 2 ** 20) {
      yield pending;
      pending = Buffer.alloc(0);
    }
  }
  if (pending.length > 0) yield pending;
}
