import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ParapetError } from '@parapet/schema';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Drain, type DrainEngine } from '../src/batch/drain.ts';
import type { BatchJob, BatchResult } from '../src/batch/engine.ts';
import { Journal } from '../src/batch/journal.ts';
import { DiskBuffer } from '../src/buffer/disk-buffer.ts';
import { type BufferFiles, diskFiles } from '../src/buffer/files.ts';
import { encodeFrame } from '../src/buffer/frame.ts';
import { DEFAULT_LIMITS } from '../src/types.ts';
import { silent } from './setup.ts';

/**
 * Buffer, journal and drain loop under random histories. The engine is played: it keeps rows by batch, can stop half-way
 * through one, and removes what it has of a batch that is repeated, as the real one does (`crash.test.ts` has that one).
 * Whatever happens, every acknowledged event is stored once in the end, and no event twice.
 */
const SEEDS = fileURLToPath(new URL('./model-seeds.json', import.meta.url));

/** When the machine goes down, seen from the engine: before it writes, half-way, or after all is written. */
type Blow = 'none' | 'before' | 'half' | 'after' | 'engine-half' | 'engine-after';

/** Rows of a batch file: sequence and document of each. */
function rowsOf(file: string): { sequence: number; document: string }[] {
  const bytes = readFileSync(file);
  const rows: { sequence: number; document: string }[] = [];
  let at = 0;
  const text = (): string => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  while (at < bytes.length) {
    const sequence = Number(bytes.readBigInt64LE(at));
    at += 16;
    text();
    text();
    text();
    rows.push({ sequence, document: text() });
  }
  return rows;
}

class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'parapet-model-'));
  readonly acknowledged = new Set<string>();
  /** Rows by batch: what the tables hold. */
  readonly stored = new Map<number, string[]>();
  blow: Blow = 'none';
  diskFull = false;
  private next = 0;
  private sequence = 1;
  private generation = 0;
  private fallen: (() => void) | null = null;
  private buffer!: DiskBuffer;
  private journal!: Journal;
  private drain!: Drain;

  private files(): BufferFiles {
    const world = this;
    return {
      ...diskFiles,
      async openAppend(path) {
        const file = await diskFiles.openAppend(path);
        return {
          ...file,
          async write(bytes, position) {
            if (!world.diskFull) return file.write(bytes, position);
            // A part of it still fits.
            await file.write(bytes.subarray(0, bytes.length >> 1), position);
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          },
        };
      },
    };
  }

  async open(): Promise<void> {
    const generation = ++this.generation;
    this.buffer = await DiskBuffer.open({ dir: join(this.dir, 'buffer'), segmentBytes: 4_096, files: this.files() });
    this.journal = await Journal.open(join(this.dir, 'journal'), {
      lastCommitted: Math.max(0, ...this.stored.keys()),
      position: this.buffer.start,
      nextSequence: 1,
      open: null,
    });
    this.sequence = Math.max(1, this.buffer.nextSequence, this.journal.current.nextSequence);
    await this.buffer.release(this.journal.current.position);
    const limits = { ...DEFAULT_LIMITS, batchEvents: 12, batchBytes: 4_096, batchIdleMs: 0 };
    this.drain = new Drain(this.buffer, this.journal, this.engine(generation), limits, silent, {
      committed: () => undefined,
      failed: () => undefined,
    });
  }

  private engine(generation: number): DrainEngine {
    const never = new Promise<never>(() => undefined);
    return {
      file: join(this.dir, 'batch.bin'),
      targets: [],
      adopt: () => undefined,
      wantsMore: async () => false,
      waitingUntil: async () => null,
      process: async (job: BatchJob, repeat: boolean): Promise<BatchResult> => {
        if (generation !== this.generation) return never;
        const { blow } = this;
        this.blow = 'none';
        const fall = (): Promise<never> => {
          this.fallen?.();
          return never;
        };
        if (blow === 'before') return fall();
        const rows = rowsOf(job.file);
        expect(rows.length).toBe(job.events);
        rows.forEach((row, i) => {
          expect(row.sequence).toBeGreaterThanOrEqual(job.firstSequence + i);
          expect(row.sequence).toBeLessThan(job.nextSequence);
        });
        if (repeat) this.stored.delete(job.batch);
        // Without being told of a repetition nothing of the batch may be there.
        expect(this.stored.has(job.batch)).toBe(false);
        const documents = rows.map((row) => row.document);
        const half = blow === 'half' || blow === 'engine-half';
        this.stored.set(job.batch, half ? documents.slice(0, documents.length >> 1) : documents);
        if (blow === 'half' || blow === 'after') return fall();
        if (blow === 'engine-half' || blow === 'engine-after')
          throw new ParapetError('engine_restarted', 503, 'the engine died');
        return { tables: {}, connectors: {}, deadLetters: 0, waitingUntil: null };
      },
    };
  }

  async append(sizes: readonly number[]): Promise<void> {
    const documents = sizes.map((size) => `${JSON.stringify({ id: `d${this.next++}`, filler: 'x'.repeat(size) })}`);
    const frame = encodeFrame({
      firstSequence: this.sequence,
      acceptedAt: 1_700_000_000_000,
      sourceId: 's',
      sourceName: 's',
      indexName: 'x',
      documents: documents.map((document) => Buffer.from(document)),
    });
    this.sequence += documents.length;
    try {
      await this.buffer.append([frame]);
      for (const document of documents) this.acknowledged.add(document);
    } catch {
      // Not acknowledged: the sender keeps it.
    }
  }

  /** Wait until everything is stored, or the machine goes down on the way. */
  async settle(): Promise<void> {
    let down = false;
    const fell = new Promise<void>((resolve) => {
      this.fallen = () => {
        down = true;
        resolve();
      };
    });
    const idle = async (): Promise<void> => {
      while (!down && !(this.buffer.isAtEnd(this.journal.current.position) && this.journal.current.open === null))
        await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await Promise.race([idle(), fell]);
    this.fallen = null;
    if (down) await this.crash(0);
  }

  /** Everything in memory is gone; the end of the newest segment may hold what was being written. */
  async crash(tornBytes: number): Promise<void> {
    this.generation++;
    this.drain.stop();
    await this.buffer.close().catch(() => undefined);
    if (tornBytes > 0) {
      const segment = readdirSync(join(this.dir, 'buffer'))
        .filter((file) => file.endsWith('.seg'))
        .sort()
        .at(-1);
      if (segment) appendFileSync(join(this.dir, 'buffer', segment), Buffer.alloc(tornBytes, 7));
    }
    await this.open();
  }

  async finish(): Promise<void> {
    this.blow = 'none';
    this.diskFull = false;
    await this.settle();
    const times = new Map<string, number>();
    for (const documents of this.stored.values())
      for (const document of documents) times.set(document, (times.get(document) ?? 0) + 1);
    expect([...times].filter(([, count]) => count !== 1)).toEqual([]);
    expect([...this.acknowledged].filter((document) => !times.has(document))).toEqual([]);
    const batches = [...this.stored.keys()].sort((a, b) => a - b);
    expect(batches).toEqual(batches.map((_batch, i) => i + 1));
  }

  async close(): Promise<void> {
    this.generation++;
    this.drain.stop();
    await this.buffer.close().catch(() => undefined);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('blow' as const),
      blow: fc.constantFrom<Blow>('before', 'half', 'after', 'engine-half', 'engine-after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), torn: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), full: fc.boolean() }) },
);

const property = fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
  const world = new World();
  await world.open();
  try {
    for (const step of actions) {
      if (step.kind === 'append') await world.append(step.sizes);
      else if (step.kind === 'settle') await world.settle();
      else if (step.kind === 'blow') world.blow = step.blow;
      else if (step.kind === 'crash') await world.crash(step.torn);
      else world.diskFull = step.full;
    }
    await world.finish();
  } finally {
    await world.close();
  }
});

interface Seed {
  readonly seed: number;
  readonly path: string;
}

it('stores every acknowledged event once, whatever happens on the way', async () => {
  const known = (existsSync(SEEDS) ? JSON.parse(readFileSync(SEEDS, 'utf8')) : []) as Seed[];
  // What failed once is tried first.
  for (const { seed, path } of known) await fc.assert(property, { seed, path, endOnFailure: true });
  const runs = Number(process.env.PARAPET_MODEL_RUNS ?? 60);
  const result = await fc.check(property, { numRuns: runs, interruptAfterTimeLimit: 20_000 });
  if (result.failed && result.counterexamplePath !== null && !result.interrupted) {
    writeFileSync(
      SEEDS,
      `${JSON.stringify([...known, { seed: result.seed, path: result.counterexamplePath }], null, 2)}\n`,
    );
    throw new Error(fc.defaultReportMessage(result) ?? 'failed');
  }
  expect(result.numRuns).toBeGreaterThan(0);
});
