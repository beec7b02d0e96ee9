import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { evtxDocuments } from '../formats/evtx/documents.ts';
import { isEvtx } from '../formats/evtx/reader.ts';
import { splitDocuments } from './split.ts';
import { zipEntries } from './zip.ts';

/** One event on its way to the server. */
export interface FileDocument {
  /** `archive.zip!entry.json`, or the file itself. */
  readonly source: string;
  /** Line in that source, from 1; the element number in an array. */
  readonly line: number;
  readonly bytes: Buffer;
}

/** Something in a file that cannot be sent. */
export interface FileProblem {
  readonly source: string;
  readonly line: number;
  readonly problem: string;
}

export type Found = { readonly document: FileDocument } | FileProblem;

/** Regular files under the given paths, sorted, each with its size. @throws Error when a path does not exist */
export async function findFiles(
  paths: readonly string[],
): Promise<{ readonly path: string; readonly size: number; readonly modified: number }[]> {
  const files: { path: string; size: number; modified: number }[] = [];
  for (const path of paths) {
    const info = await stat(path);
    if (info.isFile()) files.push({ path, size: info.size, modified: Math.trunc(info.mtimeMs) });
    else if (info.isDirectory()) {
      const names = await readdir(path, { recursive: true, withFileTypes: true });
      for (const entry of names.filter((item) => item.isFile())) {
        const full = join(entry.parentPath, entry.name);
        const found = await stat(full);
        files.push({ path: full, size: found.size, modified: Math.trunc(found.mtimeMs) });
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

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
