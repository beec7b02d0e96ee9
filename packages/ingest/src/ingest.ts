import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceLimits } from '@parapet/schema';
import { BATCHES_PER_NODE } from '@parapet/store';
import { Drain } from './batch/drain.ts';
import { BatchEngine } from './batch/engine.ts';
import { Journal } from './batch/journal.ts';
import { DEAD_INDEX } from './batch/sql.ts';
import { ConnectorTrials } from './batch/trial.ts';
import { DiskBuffer } from './buffer/disk-buffer.ts';
import { encodeFrame } from './buffer/frame.ts';
import { Scratch } from './buffer/scratch.ts';
import { pinnedIndex } from './connectors/claims.ts';
import { type LoadedConnector, loadConnectors } from './connectors/load.ts';
import { defaultPlansFile, loadPlans, storePlans } from './connectors/plans.ts';
import { Meter } from './metrics.ts';
import { RateLimit } from './sources/limits.ts';
import {
  type AppendRequest,
  type CommittedBatch,
  type ConnectorSummary,
  DEFAULT_LIMITS,
  type Ingest,
  type IngestOptions,
  type RejectedLine,
  type Sender,
} from './types.ts';

/** A frame is closed at either size, so that a batch can be cut between frames. */
const FRAME_EVENTS = 1_000;
const FRAME_BYTES = 2 ** 20;
/** Frames whose memory is kept for the next ones. */
const KEPT_FRAMES = 16;
/** Text of a rejected line that is kept. */
const KEEP_REJECTED = 65_536;

/**
 * Open the ingest room: connectors are compiled, what a crash left behind is taken up again, the drain loop runs.
 * @throws Error when the data folder or the connectors folder cannot be used
 */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { store, log } = options;
  await mkdir(options.dataDir, { recursive: true });
  const plansFile = options.plansFile ?? defaultPlansFile();
  await loadPlans(plansFile);
  let { connectors, problems } = await loadConnectors(options.connectorsDir, options.installedConnectors);
  const reportProblems = (): void => {
    for (const problem of problems)
      log.error(
        { file: problem.file, line: problem.line },
        `connector ${problem.file}:${problem.line} is not used: ${problem.message}`,
      );
  };
  reportProblems();

  const buffer = await DiskBuffer.open({
    dir: join(options.dataDir, 'buffer'),
    segmentBytes: limits.segmentBytes,
    budgetBytes: limits.bufferBytes,
    onDamage: (damage) => log.warn(damage, `ingest buffer: ${damage.reason}`),
  });
  // A lost or foreign journal must not reuse the number of a batch that is already stored.
  const before = options.firstBatch ?? 0;
  const stored = await store.query(
    'SELECT max(_Batch), max(Sequence) FROM hunting.ParapetRawEvents WHERE _Batch BETWEEN {from:UInt64} AND {to:UInt64}',
    {
      lane: 'background',
      params: {
        from: { type: 'UInt64', value: before },
        to: { type: 'UInt64', value: before + BATCHES_PER_NODE - 1 },
      },
    },
  );
  const journal = await Journal.open(join(options.dataDir, 'journal.ndjson'), {
    lastCommitted: Math.max(before, Number(stored.rows[0]?.[0] ?? 0)),
    position: buffer.start,
    nextSequence: Number(stored.rows[0]?.[1] ?? 0) + 1,
    open: null,
  });
  let sequence = Math.max(1, buffer.nextSequence, journal.current.nextSequence);
  await buffer.release(journal.current.position);

  const meter = new Meter();
  const listeners = new Set<(batch: CommittedBatch) => void>();
  let waiting: { readonly sequence: number; resolve(): void }[] = [];
  let committedSequence = journal.current.nextSequence;
  /** Acceptance time of requests not yet committed, oldest first. */
  const pending: { readonly sequence: number; readonly at: number; readonly source: string }[] = [];

  const engine = new BatchEngine(store, join(store.filesDir, 'ingest-batch.bin'), connectors);
  void storePlans(plansFile);
  const trials = new ConnectorTrials(store, join(store.filesDir, 'ingest-trial.bin'), options.connectorsDir);
  /** Told at the next committed batch, and when the room closes. */
  const commitWaiters: (() => void)[] = [];
  let closed = false;
  const settle = (): void => {
    committedSequence = journal.current.nextSequence;
    for (let done = pending[0]; done && done.sequence < committedSequence; done = pending[0]) {
      lags.set(done.source, Math.max(0, Date.now() - done.at));
      pending.shift();
    }
    const ready = waiting.filter((item) => item.sequence <= committedSequence);
    waiting = waiting.filter((item) => item.sequence > committedSequence);
    for (const item of ready) item.resolve();
    for (const run of commitWaiters.splice(0)) run();
  };
  const drain = new Drain(buffer, journal, engine, limits, log, {
    committed(batch, result) {
      meter.batches++;
      meter.stalled = null;
      meter.deadLetters += result.deadLetters;
      meter.lagMs = Math.max(0, Date.now() - batch.acknowledgedAt);
      for (const [id, events] of Object.entries(result.connectors))
        meter.byConnector.set(id || 'unclaimed', (meter.byConnector.get(id || 'unclaimed') ?? 0) + events);
      for (const listener of listeners) {
        try {
          listener(batch);
        } catch (error) {
          log.error({ err: error, batch: batch.batch }, 'a listener of committed batches failed');
        }
      }
      settle();
    },
    failed(reason) {
      meter.retries++;
      meter.stalled = reason;
    },
  });

  const rates = new Map<string, { readonly limits: SourceLimits; readonly limit: RateLimit }>();
  const rateOf = (sourceId: string): RateLimit | undefined => {
    const limits = options.limitsOf?.(sourceId);
    if (!limits || (!limits.eventsPerSecond && !limits.bytesPerSecond)) return undefined;
    const known = rates.get(sourceId);
    if (known?.limits === limits) return known.limit;
    const limit = new RateLimit(limits);
    rates.set(sourceId, { limits, limit });
    return limit;
  };
  const refusals = new Map<string, number>();
  const refused = (sourceId: string): void => {
    meter.refusedRequests++;
    refusals.set(sourceId, (refusals.get(sourceId) ?? 0) + 1);
  };
  const lags = new Map<string, number>();

  /** Memory of frames on their way to the disk. */
  const scratch = new Scratch(2 * FRAME_BYTES, KEPT_FRAMES);

  const appendRequest = async (
    sender: Sender,
    request: AppendRequest,
  ): Promise<{ firstSequence: number; endSequence: number }> => {
    const acceptedAt = Date.now();
    const firstSequence = sequence;
    const frames: Buffer[] = [];
    let events = 0;
    let bytes = 0;
    const add = (indexName: string, documents: readonly (Uint8Array | string)[], rejected: boolean): void => {
      const pinned = sender.connector !== undefined && !rejected;
      for (const slice of slices(documents)) {
        frames.push(
          encodeFrame(
            {
              rejected,
              pinned,
              firstSequence: sequence,
              acceptedAt,
              sourceId: sender.id,
              sourceName: sender.name,
              indexName: pinned ? pinnedIndex(sender.connector ?? '', indexName) : indexName,
              documents: slice,
            },
            (bytes) => scratch.take(bytes),
          ),
        );
        sequence += slice.length;
      }
    };
    let rate: RateLimit | undefined;
    try {
      // Refuse before any work when the buffer is over its budget already.
      buffer.checkRoom(0);
      rate = rateOf(sender.id);
      const total = sizeOf(request);
      rate?.take(total.events, total.bytes);
    } catch (error) {
      refused(sender.id);
      throw error;
    }
    for (const [index, documents] of request.groups) {
      add(index, documents, false);
      events += documents.length;
    }
    const rejected = request.rejected ?? [];
    if (rejected.length > 0) add(DEAD_INDEX, rejected.map(deadDocument), true);
    for (const frame of frames) bytes += frame.length;
    const last = sequence;
    try {
      await buffer.append(frames);
      if (last > firstSequence) pending.push({ sequence: last - 1, at: acceptedAt, source: sender.id });
      if (last <= committedSequence) settle();
    } catch (error) {
      refused(sender.id);
      throw error;
    } finally {
      // Written or given up: the buffer does not look at them again.
      scratch.give(frames);
    }
    meter.note(sender.id, events, bytes, acceptedAt);
    meter.rejectedEvents += rejected.length;
    return { firstSequence, endSequence: last };
  };

  const summaries = (): ConnectorSummary[] => connectors.map(summaryOf);

  return {
    options,
    limits,
    appendRequest,
    append: (sender, index, documents) => appendRequest(sender, { groups: new Map([[index, documents]]) }),
    onCommitted(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    lastCommittedBatch: () => journal.current.lastCommitted,
    committedSequence: () => committedSequence,
    async idle() {
      if (!buffer.isAtEnd(journal.current.position) || journal.current.open !== null)
        await new Promise<void>((resolve) => {
          const last = pending.at(-1);
          waiting.push({ sequence: last ? last.sequence + 1 : buffer.nextSequence, resolve });
        });
      while (drain.waiting && !closed) {
        const committed = new Promise<void>((resolve) => commitWaiters.push(resolve));
        drain.hurry();
        await committed;
      }
    },
    metrics: () =>
      meter.snapshot({
        bufferBytes: buffer.bytes,
        bufferBudgetBytes: buffer.budget,
        oldestUnflushedMs: pending[0] ? Math.max(0, Date.now() - pending[0].at) : 0,
        lastCommittedBatch: journal.current.lastCommitted,
      }),
    rates: () => meter.rates(Date.now()),
    activity: (sourceId) => ({ refused: refusals.get(sourceId) ?? 0, lagMs: lags.get(sourceId) ?? null }),
    connectors: summaries,
    connectorProblems: () => problems,
    async reloadConnectors(installed) {
      const loaded = await loadConnectors(options.connectorsDir, installed, connectors);
      engine.use(loaded.connectors);
      ({ connectors, problems } = loaded);
      reportProblems();
      return { connectors: summaries(), problems };
    },
    tryConnector: (text, records) => trials.run(text, records, connectors),
    async close() {
      closed = true;
      drain.stop();
      await buffer.close();
      await drain.finished;
      await journal.close();
      await storePlans(plansFile);
      for (const item of waiting.splice(0)) item.resolve();
      for (const run of commitWaiters.splice(0)) run();
    },
  };
}

function sizeOf(request: AppendRequest): { readonly events: number; readonly bytes: number } {
  let events = 0;
  let bytes = 0;
  for (const documents of request.groups.values()) {
    events += documents.length;
    for (const document of documents) bytes += document.length;
  }
  return { events, bytes };
}

function summaryOf({ compiled, installed }: LoadedConnector): ConnectorSummary {
  const { id, title, vendor, description, docs, setup } = compiled.definition;
  const tables = [...new Set(compiled.outputs.map((output) => output.table))];
  return { id, installed, title, vendor, description, docs, setup, tables };
}

function* slices(documents: readonly (Uint8Array | string)[]): Generator<Uint8Array[]> {
  let slice: Uint8Array[] = [];
  let bytes = 0;
  for (const document of documents) {
    const raw = typeof document === 'string' ? Buffer.from(document, 'utf8') : document;
    if (slice.length > 0 && (slice.length >= FRAME_EVENTS || bytes + raw.length > FRAME_BYTES)) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(raw);
    bytes += raw.length;
  }
  if (slice.length > 0) yield slice;
}

function deadDocument(line: RejectedLine): Uint8Array {
  const raw = Buffer.from(line.raw.buffer, line.raw.byteOffset, Math.min(line.raw.byteLength, KEEP_REJECTED)).toString(
    'utf8',
  );
  return Buffer.from(JSON.stringify({ reason: line.reason, detail: line.detail, raw }), 'utf8');
}
