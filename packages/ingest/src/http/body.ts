import type { Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { ParapetError } from '@parapet/schema';

/** Counts bytes of request bodies held in memory at one moment, over all requests and protocols. */
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
  /** Bytes a second a body must come in with, counted after `graceMs`. Default 256. */
  readonly minBytesPerSecond?: number;
  /** Time a body may take whatever its rate. Default 20,000. */
  readonly graceMs?: number;
}

const MIN_BYTES_PER_SECOND = 256;
const GRACE_MS = 20_000;

/**
 * Collect a request body, decompressing it on the way. Stops reading the moment the limit is passed, so a small
 * compressed body cannot grow in memory, and when it trickles in, so that slow senders do not hold connections for ever.
 * @throws ParapetError `body_too_large` (413), `unsupported_encoding` (415), `bad_encoding` (400), `too_slow` (408),
 *   `too_many_requests` (429)
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
  const pace = watchPace(stream, source, limits);
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
      `The request body could not be read as ${encoding ?? 'plain'} data; nothing of it was stored.`,
      'Check the Content-Encoding header and that the body is complete.',
    );
  } finally {
    pace.stop();
  }
}

/** Ends `source` with `too_slow` when fewer bytes came over the network than the least rate allows. */
function watchPace(network: Readable, source: Readable, limits: BodyLimits): { stop(): void } {
  const least = limits.minBytesPerSecond ?? MIN_BYTES_PER_SECOND;
  const grace = limits.graceMs ?? GRACE_MS;
  const started = Date.now();
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
  };
  network.on('data', count);
  const timer = setInterval(
    () => {
      const seconds = (Date.now() - started) / 1_000;
      if (seconds * 1_000 < grace || bytes >= least * seconds) return;
      source.destroy(
        new ParapetError(
          'too_slow',
          408,
          `The request body came in with less than ${least} bytes a second; nothing of it was stored.`,
          'Send the request again, over a better connection or in smaller pieces.',
        ),
      );
    },
    Math.max(50, grace / 4),
  );
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      network.off('data', count);
    },
  };
}

type Decompress = () => Transform;

/** Node has zstd from 22.15 on. */
const zstd = (zlib as { createZstdDecompress?: Decompress }).createZstdDecompress;

const DECOMPRESS: Readonly<Record<string, Decompress | undefined>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  ...(zstd ? { zstd } : {}),
};

function inflater(encoding: string | undefined): Transform | undefined {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const create = Object.hasOwn(DECOMPRESS, name) ? DECOMPRESS[name] : undefined;
  if (create) return create();
  throw new ParapetError(
    'unsupported_encoding',
    415,
    `Content-Encoding ${name.slice(0, 40)} is not supported.`,
    `Use ${zstd ? 'gzip, zstd' : 'gzip'}, deflate or no compression.`,
  );
}
