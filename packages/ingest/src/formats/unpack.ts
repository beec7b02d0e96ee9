import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';

/** A file may always unpack to this size; beyond it, to {@link RATIO} times what it is packed in. */
const FREE_BYTES = 2 ** 30;
/** Logs pack 10 to 100 times smaller; an archive that is built to fill the disk packs 1,000 times and more. */
const RATIO = 250;
/** Frames of zstd may ask for memory as they like; 128 MiB is what the command of that name allows itself. */
const WINDOW_LIMIT = 128 * 2 ** 20;
/** Packed bytes handed over at once: what comes out of them is held in memory, at most 1,032 times as much for gzip. */
const STEP = 16_384;

export type Packing = 'gzip' | 'zstd';

/** How a stream is compressed, by its first bytes. */
export function packingOf(head: Buffer): Packing | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return null;
}

/** Counts what comes out of a file against what the file holds, so that one made to grow without end is stopped. */
export class Expansion {
  private out = 0;

  constructor(
    private readonly packedBytes: number,
    private readonly freeBytes: number = FREE_BYTES,
  ) {}

  /** @throws Error when the file has grown beyond all measure */
  add(bytes: number): void {
    this.out += bytes;
    if (this.out > this.freeBytes && this.out > this.packedBytes * RATIO)
      throw new Error(
        `it unpacks to more than ${RATIO} times its size (over ${Math.floor(this.out / 2 ** 20)} MiB); the rest is not read`,
      );
  }
}

/**
 * Unpack a stream. What a damaged or cut off file still holds is given first; then the stream ends and `onDamage` has
 * been called with the reason.
 */
export function unpacked(
  stream: Readable,
  packing: Packing,
  expansion: Expansion,
  onDamage: (reason: string) => void,
): Readable {
  const bytes = packing === 'zstd' ? unzstd(stream, onDamage) : gunzip(stream, onDamage);
  return Readable.from(counted(bytes, expansion), { objectMode: false });
}

/** Passes bytes on and counts them. */
export async function* counted(chunks: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    expansion.add(chunk.length);
    yield chunk;
  }
}

async function* gunzip(stream: Readable, onDamage: (reason: string) => void): AsyncGenerator<Buffer> {
  const inflate = zlib.createGunzip();
  let out: Buffer[] = [];
  let failure: NodeJS.ErrnoException | null = null;
  // In flowing mode nothing that was unpacked is lost when the data turn out to be damaged.
  inflate.on('data', (chunk: Buffer) => out.push(chunk));
  const closed = new Promise<void>((resolve) => {
    inflate.on('error', (error) => {
      failure = error;
      resolve();
    });
    inflate.on('end', resolve);
  });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length && !failure; at += STEP) {
        const written = new Promise<void>((resolve) => inflate.write(chunk.subarray(at, at + STEP), () => resolve()));
        await Promise.race([written, closed]);
        const ready = out;
        out = [];
        yield* ready;
      }
      if (failure) break;
    }
    if (!failure) {
      inflate.end();
      await closed;
    }
    yield* out;
    const error = failure as NodeJS.ErrnoException | null;
    if (error)
      onDamage(error.code === 'Z_BUF_ERROR' ? 'the gzip data are cut off' : `damaged gzip data: ${error.message}`);
  } finally {
    inflate.destroy();
    stream.destroy();
  }
}

async function* unzstd(stream: Readable, onDamage: (reason: string) => void): AsyncGenerator<Buffer> {
  let out: Buffer[] = [];
  const reader = new Decompress((chunk) => {
    if (chunk.length > 0) out.push(Buffer.from(chunk));
  });
  let first = true;
  let reading = true;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (first) checkWindow(chunk);
      first = false;
      for (let at = 0; at < chunk.length; at += STEP) {
        reader.push(new Uint8Array(chunk.subarray(at, at + STEP)));
        const ready = out;
        out = [];
        yield* ready;
      }
    }
    reading = false;
    reader.push(new Uint8Array(0), true);
    yield* out;
  } catch (error) {
    yield* out;
    const reason = error instanceof Error ? error.message : 'unreadable';
    onDamage(reading ? `damaged zstd data: ${reason}` : 'the zstd data are cut off');
  } finally {
    stream.destroy();
  }
}

/** Refuse a frame whose header asks for more memory than any ordinary one (RFC 8878, 3.1.1.1). */
function checkWindow(head: Buffer): void {
  const singleSegment = ((head[4] ?? 0) & 0x20) !== 0;
  if (singleSegment || head.length < 6) return;
  const byte = head[5] ?? 0;
  const base = 2 ** (10 + (byte >> 3));
  const window = base + (base / 8) * (byte & 7);
  if (window > WINDOW_LIMIT) throw new Error(`it asks for a window of ${Math.floor(window / 2 ** 20)} MiB`);
}
