import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { evtxDocuments } from './evtx/documents.ts';
import { isEvtx } from './evtx/reader.ts';
import { splitDocuments } from './text.ts';
import type { Found } from './types.ts';
import { counted, Expansion, packingOf, unpacked } from './unpack.ts';
import { zipEntries } from './zip.ts';

export type { FileDocument, FileProblem, Found } from './types.ts';

/** Enough to tell every kind: the mark of a tar stands at byte 257. */
const HEAD = 512;
/** Packings inside packings that are opened. */
const MAX_DEPTH = 4;

export interface ReadOptions {
  /** What the file is called in `source`; its path by default. */
  readonly name?: string;
  /** Where its bytes come from when not simply from the file; a zip is always read from the file. */
  readonly stream?: Readable;
}

/**
 * The events of a file, whatever it is packed in. Kinds are told by content, not by name. Memory stays bounded whatever
 * the file holds, and what is damaged is reported without losing the rest.
 * @param progress called with the number of bytes of the file taken so far
 */
export async function* readDocuments(
  path: string,
  progress: (bytes: number) => void,
  options: ReadOptions = {},
): AsyncGenerator<Found> {
  const name = options.name ?? path;
  const { head, size } = await firstBytes(path, HEAD);
  const expansion = new Expansion(Math.max(size, 1));
  if (isZip(head)) yield* fromZip(path, name, progress, expansion);
  else {
    const stream = options.stream ?? createReadStream(path);
    yield* fromStream(name, Readable.from(watched(stream, progress), { objectMode: false }), expansion, 0);
  }
}

/** Tar, gzip, zstd and everything readable inside, from a stream. Zip needs {@link readDocuments}. */
async function* fromStream(
  source: string,
  stream: Readable,
  expansion: Expansion,
  depth: number,
): AsyncGenerator<Found> {
  const { head, rest } = await peek(stream, HEAD);
  const packing = packingOf(head);
  if (packing) {
    if (depth >= MAX_DEPTH) {
      rest.destroy();
      yield { source, line: 0, problem: `packed more than ${MAX_DEPTH} times` };
      return;
    }
    let damage: string | null = null;
    const inner = unpacked(rest, packing, expansion, (reason) => {
      damage = reason;
    });
    yield* fromStream(source, inner, expansion, depth + 1);
    if (damage) yield { source, line: 0, problem: `${damage}; what came before was read` };
  } else if (head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar')
    yield* fromTar(source, rest, expansion, depth);
  else if (isZip(head)) {
    rest.destroy();
    yield { source, line: 0, problem: 'a zip inside another archive is not opened' };
  } else if (isEvtx(head)) yield* evtxDocuments(source, rest);
  else if (head.length > 0) yield* splitDocuments(source, rest);
}

async function* fromZip(
  path: string,
  name: string,
  progress: (bytes: number) => void,
  expansion: Expansion,
): AsyncGenerator<Found> {
  for await (const entry of zipEntries(path)) {
    const source = `${name}!${entry.name}`;
    if ('problem' in entry) yield { source, line: 0, problem: entry.problem };
    else if (isLitter(entry.name)) entry.stream.destroy();
    else {
      try {
        const bytes = Readable.from(counted(entry.stream, expansion), { objectMode: false });
        yield* fromStream(source, bytes, expansion, 0);
      } catch (error) {
        yield { source, line: 0, problem: error instanceof Error ? error.message : 'unreadable' };
      } finally {
        entry.stream.destroy();
      }
    }
    progress(entry.position);
  }
}

async function* fromTar(source: string, stream: Readable, expansion: Expansion, depth: number): AsyncGenerator<Found> {
  const archive = extract();
  stream.on('error', (error) => archive.destroy(error));
  stream.pipe(archive);
  for await (const entry of archive) {
    const name = `${source}!${entry.header.name}`;
    if (entry.header.type === 'file' && !isLitter(entry.header.name)) {
      try {
        yield* fromStream(
          name,
          Readable.from(untilEnd(entry as AsyncIterable<Buffer>), { objectMode: false }),
          expansion,
          depth,
        );
      } catch (error) {
        yield { source: name, line: 0, problem: error instanceof Error ? error.message : 'unreadable' };
      }
    }
    // What a reader left of the entry must be passed over for the next one to come.
    entry.resume();
  }
}

/** Bytes of a stream that is not destroyed when its reader leaves early. */
async function* untilEnd(entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = entry[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

/** Resource forks that macOS packs beside every file. */
function isLitter(name: string): boolean {
  return name.startsWith('__MACOSX/') || (name.split('/').at(-1) ?? '').startsWith('._');
}

function isZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
}

async function firstBytes(path: string, length: number): Promise<{ readonly head: Buffer; readonly size: number }> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, 0);
    return { head: buffer.subarray(0, bytesRead), size: (await handle.stat()).size };
  } finally {
    await handle.close();
  }
}

async function* watched(stream: Readable, progress: (bytes: number) => void): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    done += chunk.length;
    progress(done);
    yield chunk;
  }
}

/** The first bytes of a stream, and a stream that still has them. */
async function peek(stream: Readable, length: number): Promise<{ readonly head: Buffer; readonly rest: Readable }> {
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let total = 0;
  let ended = false;
  // A whole line says as much as a full head, and a file that is still being written may hold no more.
  while (total < length && !chunks.at(-1)?.includes(10)) {
    const next = await iterator.next();
    if (next.done) {
      ended = true;
      break;
    }
    chunks.push(next.value);
    total += next.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* chunks;
      if (ended) return;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(chunks).subarray(0, length), rest: Readable.from(all(), { objectMode: false }) };
}
