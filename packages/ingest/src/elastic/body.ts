import type { Readable, Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { ParapetError } from '@parapet/schema';

/** Counts bytes of request bodies held in memory at one moment, over all requests. */
export class BodyBudget {
  private used = 0;

  constructor(private readonly limit: number) {}

  take(bytes: number): void {
    if (this.used + bytes > this.limit)
      throw new ParapetError(
        'too_many_requests',
        429,
        'Too many large requests are being received at once; nothing of this request was stored.',
        'Send it again later, with fewer connections or smaller requests.',
      );
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}

export interface BodyLimits {
  /** After decompression. */
  readonly maxBodyBytes: number;
}

/**
 * Collect a request body, inflating gzip or deflate on the way. Stops reading the moment the limit is passed, so a
 * small compressed body cannot grow in memory.
 * @throws ParapetError `body_too_large` (413), `unsupported_encoding` (415), `bad_encoding` (400), `too_many_requests` (429)
 */
export async function readBody(
  stream: Readable,
  encoding: string | undefined,
  limits: BodyLimits,
  budget: BodyBudget,
): Promise<{ readonly body: Buffer; release(): void }> {
  const inflate = inflater(encoding);
  const chunks: Buffer[] = [];
  let total = 0;
  let held = 0;
  let released = false;
  const release = (): void => {
    if (!released) budget.give(held);
    released = true;
  };
  const source = inflate ? stream.pipe(inflate) : stream;
  if (inflate) stream.on('error', (error) => inflate.destroy(error));
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > limits.maxBodyBytes)
        throw new ParapetError(
          'body_too_large',
          413,
          `The request body is larger than ${limits.maxBodyBytes} bytes${inflate ? ' after decompression' : ''}; nothing of it was stored.`,
          'Send fewer events in one request.',
        );
      budget.take(chunk.length);
      held += chunk.length;
      chunks.push(chunk);
    }
    return { body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks), release };
  } catch (error) {
    release();
    stream.resume();
    if (error instanceof ParapetError) throw error;
    throw new ParapetError(
      'bad_encoding',
      400,
      `The request body could not be read as ${encoding ?? 'plain'} data.`,
      'Check the Content-Encoding header and that the body is complete.',
    );
  }
}

function inflater(encoding: string | undefined): Transform | undefined {
  switch ((encoding ?? 'identity').trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      throw new ParapetError(
        'unsupported_encoding',
        415,
        `Content-Encoding ${encoding} is not supported.`,
        'Use gzip, deflate or no compression.',
      );
  }
}
