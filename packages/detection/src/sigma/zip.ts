/** Reading a zip of rule files in memory, with limits: an archive is input like any other. */
import yauzl from 'yauzl';
import type { SigmaFile } from './convert.ts';
import { MAX_FILE_BYTES } from './read.ts';
import { SigmaError } from './types.ts';

const MAX_ENTRIES = 50_000;
const MAX_TOTAL = 256 * 2 ** 20;

/**
 * Rule files (`.yml`, `.yaml`) of an archive, in its order. A file that is too large is handed on cut, so that the report refuses it.
 * @throws SigmaError when it is no zip archive, is encrypted, or unpacks to more than 256 MB
 */
export async function readZip(bytes: Buffer): Promise<SigmaFile[]> {
  const files: SigmaFile[] = [];
  let total = 0;
  try {
    const archive = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
    if (archive.entryCount > MAX_ENTRIES) throw new SigmaError('the archive has too many files');
    for await (const entry of archive.eachEntry()) {
      const name = entry.fileName;
      if (!/\.ya?ml$/i.test(name)) continue;
      if (entry.isEncrypted()) throw new SigmaError('the archive is encrypted');
      if (entry.uncompressedSize > MAX_FILE_BYTES) {
        files.push({ name, text: '#'.repeat(MAX_FILE_BYTES + 1) });
        continue;
      }
      total += entry.uncompressedSize;
      if (total > MAX_TOTAL) throw new SigmaError('the archive unpacks to more than 256 MB');
      // The library refuses what unpacks to another size than the archive says.
      const content: Buffer[] = [];
      for await (const chunk of await archive.openReadStreamPromise(entry)) content.push(chunk as Buffer);
      files.push({ name, text: Buffer.concat(content).toString('utf8') });
    }
  } catch (error) {
    if (error instanceof SigmaError) throw error;
    throw new SigmaError(`the archive cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
  return files;
}
