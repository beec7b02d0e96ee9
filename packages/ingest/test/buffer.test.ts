import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParapetError } from '@parapet/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiskBuffer, type Position } from '../src/buffer/disk-buffer.ts';
import { type AppendFile, type BufferFiles, diskFiles } from '../src/buffer/files.ts';
import { encodeFrame, frameRows, readHeader } from '../src/buffer/frame.ts';
import { temporaryDir } from './setup.ts';

let sequence = 1;
function frame(documents: readonly string[], first = sequence): Buffer {
  sequence = first + documents.length;
  return encodeFrame({
    firstSequence: first,
    acceptedAt: 1_700_000_000_000,
    sourceId: 's',
    sourceName: 'n',
    indexName: 'i',
    documents: documents.map((text) => Buffer.from(text)),
  });
}

async function drainAll(
  buffer: DiskBuffer,
  from: Position,
  maxEvents = 1_000,
): Promise<{ sequences: number[]; next: Position }> {
  const sequences: number[] = [];
  let next = from;
  for (;;) {
    const read = await buffer.read(next, { maxEvents, maxBytes: 1 << 20 });
    for (const payload of read.payloads) {
      const header = readHeader(payload);
      for (let i = 0; i < header.events; i++) sequences.push(header.firstSequence + i);
    }
    next = read.next;
    if (read.events === 0) return { sequences, next };
  }
}

const codeOf = (error: unknown): string => (error instanceof ParapetError ? error.code : String(error));

describe('frames', () => {
  it('hold RowBinary rows behind a checked header', () => {
    const bytes = encodeFrame({
      firstSequence: 2 ** 33 + 5,
      acceptedAt: 1_700_000_000_123,
      sourceId: 'key',
      sourceName: 'näme',
      indexName: 'x',
      documents: [Buffer.from('{"a":1}')],
    });
    const payload = bytes.subarray(8);
    expect(readHeader(payload)).toEqual({
      events: 1,
      rejected: false,
      pinned: false,
      firstSequence: 2 ** 33 + 5,
      acceptedAt: 1_700_000_000_123,
    });
    const rows = frameRows(payload);
    expect(rows.readBigInt64LE(0)).toBe(BigInt(2 ** 33 + 5));
    expect(rows.readBigInt64LE(8)).toBe(17_000_000_001_230_000n);
    expect(rows.subarray(16).toString('utf8')).toBe('\u0003key\u0005näme\u0001x\u0007{"a":1}');
  });
});

describe('disk buffer', () => {
  it('shares syncs between concurrent appends and gives everything back in order', async () => {
    const { dir, remove } = temporaryDir();
    let syncs = 0;
    const files: BufferFiles = {
      ...diskFiles,
      async openAppend(path) {
        const file = await diskFiles.openAppend(path);
        return {
          ...file,
          datasync() {
            syncs++;
            return file.datasync();
          },
        };
      },
    };
    const buffer = await DiskBuffer.open({ dir, files });
    await Promise.all(Array.from({ length: 200 }, (_, i) => buffer.append([frame([`{"i":${i}}`], i + 1)])));
    expect(syncs).toBeLessThan(50);
    expect((await drainAll(buffer, buffer.start)).sequences).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    await buffer.close();
    remove();
  });

  it('refuses over budget with buffer_full and accepts again after a release', async () => {
    const { dir, remove } = temporaryDir();
    const buffer = await DiskBuffer.open({ dir, budgetBytes: 20_000 });
    const big = 'x'.repeat(4_000);
    for (let i = 0; i < 4; i++) await buffer.append([frame([big], i + 1)]);
    const refused = await buffer.append([frame([big], 5)]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'buffer_full', status: 429 });
    const { next } = await drainAll(buffer, buffer.start);
    await buffer.release(next);
    await buffer.append([frame([big], 6)]);
    expect((await drainAll(buffer, next)).sequences).toEqual([6]);
    await buffer.close();
    remove();
  });

  it('survives a full disk: the failed append leaves nothing behind, later ones work', async () => {
    const { dir, remove } = temporaryDir();
    let full = false;
    const files: BufferFiles = {
      ...diskFiles,
      async openAppend(path): Promise<AppendFile> {
        const file = await diskFiles.openAppend(path);
        return {
          ...file,
          async write(bytes, position) {
            if (!full) return file.write(bytes, position);
            // Half of it reaches the disk before the error, as a real one does.
            await file.write(bytes.subarray(0, bytes.length >> 1), position);
            throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
          },
        };
      },
    };
    const buffer = await DiskBuffer.open({ dir, files });
    await buffer.append([frame(['{"a":1}'], 1)]);
    full = true;
    expect(await buffer.append([frame(['{"a":2}'], 2)]).catch(codeOf)).toBe('buffer_disk_full');
    full = false;
    await buffer.append([frame(['{"a":3}'], 3)]);
    expect((await drainAll(buffer, buffer.start)).sequences).toEqual([1, 3]);
    await buffer.close();
    const again = await DiskBuffer.open({ dir });
    expect((await drainAll(again, again.start)).sequences).toEqual([1, 3]);
    expect(again.nextSequence).toBe(4);
    await again.close();
    remove();
  });

  it('skips a damaged frame, keeps the ones after it and says so', async () => {
    const { dir, remove } = temporaryDir();
    const buffer = await DiskBuffer.open({ dir });
    const frames = [frame(['{"a":1}'], 1), frame(['{"a":2}'], 2), frame(['{"a":3}'], 3)];
    await buffer.append(frames);
    await buffer.close();
    const path = join(dir, readdirSync(dir)[0] ?? '');
    const bytes = readFileSync(path);
    bytes[(frames[0]?.length ?? 0) + 50] = (bytes[(frames[0]?.length ?? 0) + 50] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    const damage: string[] = [];
    const again = await DiskBuffer.open({ dir, onDamage: (one) => damage.push(one.reason) });
    expect((await drainAll(again, again.start)).sequences).toEqual([1, 3]);
    expect(damage).toContain('checksum does not match');
    await again.close();
    remove();
  });

  /** Random histories against a list: append, crash with a torn tail, reopen, read, release. */
  it('agrees with a simple model over random histories', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          sizes: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('crash' as const),
          torn: fc.uint8Array({ minLength: 0, maxLength: 60 }),
          cut: fc.integer({ min: 0, max: 40 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('drain' as const), events: fc.integer({ min: 1, max: 12 }) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { dir, remove } = temporaryDir();
        const open = (): Promise<DiskBuffer> => DiskBuffer.open({ dir, segmentBytes: 5_000 });
        let buffer = await open();
        const model: number[] = [];
        let position = buffer.start;
        let next = 1;
        for (const one of steps) {
          if (one.kind === 'append') {
            const documents = one.sizes.map((size) => 'd'.repeat(size));
            await buffer.append([frame(documents, next)]);
            for (const _document of documents) model.push(next++);
          } else if (one.kind === 'crash') {
            await buffer.close();
            const last = readdirSync(dir).sort().at(-1);
            if (last) {
              // What a crash in the middle of a write leaves: the beginning of a frame nobody was told about.
              const torn = frame(['lost'.repeat(30)], next).subarray(0, one.cut);
              appendFileSync(join(dir, last), one.cut > 0 ? torn : Buffer.alloc(0));
            }
            buffer = await open();
            if (model.length > 0) expect(buffer.nextSequence === 0 || buffer.nextSequence === next).toBe(true);
          } else {
            const read = await buffer.read(position, { maxEvents: one.events, maxBytes: 1 << 20 });
            const got = read.payloads.flatMap((payload) =>
              Array.from({ length: readHeader(payload).events }, (_, i) => readHeader(payload).firstSequence + i),
            );
            expect(got).toEqual(model.splice(0, got.length));
            position = read.next;
            await buffer.release(position);
          }
        }
        expect((await drainAll(buffer, position)).sequences).toEqual(model);
        await buffer.close();
        remove();
      }),
      { numRuns: 60 },
    );
  });

  it('cuts a torn tail off at start', async () => {
    const { dir, remove } = temporaryDir();
    const buffer = await DiskBuffer.open({ dir });
    const whole = frame(['{"a":1}'], 1);
    await buffer.append([whole, frame(['{"a":2}'], 2)]);
    await buffer.close();
    const path = join(dir, readdirSync(dir)[0] ?? '');
    truncateSync(path, whole.length + 20);
    const again = await DiskBuffer.open({ dir });
    await again.append([frame(['{"a":9}'], 9)]);
    expect((await drainAll(again, again.start)).sequences).toEqual([1, 9]);
    await again.close();
    remove();
  });
});
