/** Reading a zip of rule files in memory, with limits: an archive is input like any other. */
import { inflateRawSync } from 'node:zlib';
import type { SigmaFile } from './convert.ts';
import { MAX_FILE_BYTES } from './read.ts';
import { SigmaError } from './types.ts';

const MAX_ENTRIES = 50_000;
const MAX_TOTAL = 256 * 2 ** 20;
const END = 0x06054b50;
const CENTRAL = 0x02014b50;

/**
 * Rule files (`.yml`, `.yaml`) of an archive, in its order. A file that is too large is handed on cut, so that the report refuses it.
 * @throws SigmaError when it is no zip archive, is encrypted, or unpacks to more than 256 MB
 */
export function readZip(bytes: Buffer): SigmaFile[] {
  const end = endRecord(bytes);
  const entries = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (entries > MAX_ENTRIES || entries === 0xffff) throw new SigmaError('the archive has too many files');
  const files: SigmaFile[] = [];
  let total = 0;
  for (let index = 0; index < entries; index++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw new SigmaError('the archive is damaged');
    const flags = bytes.readUInt16LE(at + 8);
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const size = bytes.readUInt32LE(at + 24);
    const [nameLength, extraLength, commentLength] = [at + 28, at + 30, at + 32].map((place) =>
      bytes.readUInt16LE(place),
    );
    const header = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
    if (!/\.ya?ml$/i.test(name) || name.includes('\0')) continue;
    if (flags & 1) throw new SigmaError('the archive is encrypted');
    if (size > MAX_FILE_BYTES) {
      files.push({ name, text: '#'.repeat(MAX_FILE_BYTES + 1) });
      continue;
    }
    total += size;
    if (total > MAX_TOTAL) throw new SigmaError('the archive unpacks to more than 256 MB');
    if (header + 30 > bytes.length) throw new SigmaError('the archive is damaged');
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const data = bytes.subarray(start, start + packed);
    try {
      const content =
        method === 0 ? data : method === 8 ? inflateRawSync(data, { maxOutputLength: MAX_FILE_BYTES + 1 }) : undefined;
      if (!content) throw new SigmaError(`the archive packs ${name.slice(0, 100)} in a way that cannot be read`);
      files.push({ name, text: content.toString('utf8') });
    } catch (error) {
      if (error instanceof SigmaError) throw error;
      throw new SigmaError(`the archive is damaged at ${name.slice(0, 100)}`);
    }
  }
  return files;
}

/** The record at the end, before a comment of at most 64 kB. */
function endRecord(bytes: Buffer): number {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at--)
    if (bytes.readUInt32LE(at) === END) return at;
  throw new SigmaError('the file is not a zip archive');
}
