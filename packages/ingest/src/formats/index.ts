import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { evtxDocuments } from './evtx/documents.ts';
import { isEvtx } from './evtx/reader.ts';
import { splitDocuments } from './text.ts';
import type { Found } from './types.ts';
import { zipEntries } from './zip.ts';

export type { FileDocument, FileProblem, Found } from './types.ts';

/**
 * The events of a file, whatever it is packed in. Kinds are told by content, not by name.
 * @param progress called with the number of bytes of the file taken so far
 */
export async function* readDocuments(path: string, progress: (bytes: number) => void): AsyncGenerator<Found> {
  const head = await firstBytes(path, 512);
  if (isZip(head)) yield* fromZip(path, progress);
  else yield* fromStream(path, counted(createReadStream(path), progress), head);
}

async function* fromZip(path: string, progress: (bytes: number) => void): AsyncGenerator<Found> {
  for await (const entry of zipEntries(path)) {
    if (isLitter(entry.name)) {
      entry.stream.resume();
      continue;
    }
    const { first, rest } = await peek(entry.stream, 512);
    yield* fromStream(`${path}!${entry.name}`, rest, first);
    progress(entry.position);
  }
}

async function* fromStream(source: string, stream: Readable, head: Buffer): AsyncGenerator<Found> {
  if (head[0] === 0x1f && head[1] === 0x8b) {
    // A file that was cut off still gives what it holds.
    const inflated = stream.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }));
    stream.on('error', (error) => inflated.destroy(error));
    const { first, rest } = await peek(inflated, 512);
    yield* fromStream(source, rest, first);
  } else if (head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar') yield* fromTar(source, stream);
  else if (isZip(head)) yield { source, line: 0, problem: 'a zip inside another archive is not opened' };
  else if (isEvtx(head)) yield* evtxDocuments(source, stream);
  else yield* splitDocuments(source, stream);
}

async function* fromTar(source: string, stream: Readable): AsyncGenerator<Found> {
  const archive = extract();
  stream.on('error', (error) => archive.destroy(error));
  stream.pipe(archive);
  for await (const entry of archive) {
    if (entry.header.type === 'file' && !isLitter(entry.header.name)) {
      const { first, rest } = await peek(Readable.from(entry), 512);
      yield* fromStream(`${source}!${entry.header.name}`, rest, first);
    } else entry.resume();
  }
}

/** Resource forks that macOS packs beside every file. */
function isLitter(name: string): boolean {
  return name.startsWith('__MACOSX/') || (name.split('/').at(-1) ?? '').startsWith('._');
}

function isZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
}

async function firstBytes(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function counted(stream: Readable, progress: (bytes: number) => void): Readable {
  let done = 0;
  stream.on('data', (chunk: Buffer) => {
    done += chunk.length;
    progress(done);
  });
  stream.pause();
  return stream;
}

/** The first bytes of a stream, and a stream that still has them. */
async function peek(stream: Readable, length: number): Promise<{ readonly first: Buffer; readonly rest: Readable }> {
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let total = 0;
  let ended = false;
  while (total < length) {
    const next = await iterator.next();
    if (next.done) {
      ended = true;
      break;
    }
    chunks.push(next.value);
    total += next.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    if (ended) return;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { first: Buffer.concat(chunks).subarray(0, length), rest: Readable.from(all(), { objectMode: false }) };
}
