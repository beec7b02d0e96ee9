import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';

const END_SIGNATURE = 0x06054b50;
const END_LENGTH = 22;
const MAX_COMMENT = 65_535;

/** Reads ranges of a file that is taken to end earlier than it does. */
class FileRange extends yauzl.RandomAccessReader {
  constructor(private readonly path: string) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.path, { start, end: end - 1 });
  }
}

export type ZipItem =
  | { readonly name: string; readonly stream: Readable; readonly position: number }
  | { readonly name: string; readonly problem: string; readonly position: number };

/** The files inside a zip, in the order of its directory. `position` is the number of packed bytes up to its end. */
export async function* zipEntries(path: string): AsyncGenerator<ZipItem> {
  const size = await sizeWithoutTail(path);
  const archive = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.fromRandomAccessReader(new FileRange(path), size, { lazyEntries: true, autoClose: false }, (error, file) =>
      error ? reject(error) : resolve(file),
    ),
  );
  let position = 0;
  for (let entry = await nextEntry(archive); entry; entry = await nextEntry(archive)) {
    const current = entry;
    const name = current.fileName;
    position += current.compressedSize;
    if (name.endsWith('/')) continue;
    if ((current.generalPurposeBitFlag & 1) !== 0) {
      yield { name, problem: 'encrypted; it cannot be read without its password', position };
      continue;
    }
    const opened = await new Promise<Readable | Error>((resolve) =>
      archive.openReadStream(current, (error, stream) => resolve(error ?? stream)),
    );
    if (opened instanceof Error) yield { name, problem: opened.message, position };
    else yield { name, stream: opened, position };
  }
}

/** Some packers leave bytes behind the end of the archive; a strict reader refuses those, so they are left out. */
async function sizeWithoutTail(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, END_LENGTH + MAX_COMMENT);
    const tail = Buffer.alloc(length);
    await handle.read(tail, 0, length, size - length);
    for (let at = length - END_LENGTH; at >= 0; at--) {
      if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
      const end = size - length + at + END_LENGTH + tail.readUInt16LE(at + 20);
      if (end <= size) return end;
    }
    return size;
  } finally {
    await handle.close();
  }
}

function nextEntry(archive: yauzl.ZipFile): Promise<yauzl.Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (value: yauzl.Entry | null | Error): void => {
      archive.off('entry', settle);
      archive.off('end', end);
      archive.off('error', settle);
      if (value instanceof Error) reject(value);
      else resolve(value);
    };
    const end = (): void => settle(null);
    archive.on('entry', settle);
    archive.on('end', end);
    archive.on('error', settle);
    archive.readEntry();
  });
}
