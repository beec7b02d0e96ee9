import { open, rename, writeFile } from 'node:fs/promises';
import type { DiskBuffer } from '../buffer/disk-buffer.ts';
import { type FrameHeader, frameRows, readHeader } from '../buffer/frame.ts';
import { CHUNK } from '../buffer/reader.ts';
import { Scratch } from '../buffer/scratch.ts';
import type { CommittedBatch, IngestLimits, IngestOptions } from '../types.ts';
import type { BatchEngine, BatchJob, BatchResult } from './engine.ts';
import type { FormedBatch, Journal } from './journal.ts';
import { isTransient } from './ranges.ts';

const MAX_BACKOFF = 10_000;
/** Bytes of the buffer that are copied to a batch file at a time. */
const PIECE = 32 * 2 ** 20;
/** How many times its usual size a batch may reach when its records wait for later ones, and how long it waits for them. */
const MAX_GROWTH = 2;
const GROWTH_WAIT_MS = 1_000;
/** A batch that took so many times the idle time has made the next one wait long enough. */
const LONG_BATCH = 4;

/** A slice of the buffer as it lies in a batch file. */
interface Slice {
  readonly next: FormedBatch['to'];
  readonly events: number;
  readonly rejected: number;
  readonly pinned: number;
  readonly oldest: number;
  readonly first: FrameHeader | undefined;
  readonly last: FrameHeader | undefined;
}

/** A batch file that is written while the engine is busy with the batch before it. */
interface Ahead {
  readonly from: FormedBatch['from'];
  begun: boolean;
  cancelled: boolean;
  /** Null when it was cancelled before it began, or failed. */
  written: Promise<Slice | null>;
}

/** What the loop asks of the engine. */
export type DrainEngine = Pick<BatchEngine, 'file' | 'targets' | 'adopt' | 'wantsMore' | 'process' | 'waitingUntil'>;

export interface DrainEvents {
  committed(batch: CommittedBatch, result: BatchResult): void;
  /** A try failed and will be repeated. */
  failed(reason: string): void;
}

/**
 * The loop that takes events from the buffer into the tables: form a batch, put it on record, store it, forget it.
 * A batch that fails is repeated until it succeeds; the buffer keeps growing meanwhile and finally refuses senders.
 */
export class Drain {
  private stopping = false;
  /** When records that wait for the rest of their event must be used, in milliseconds since the epoch. */
  private due: number | null = null;
  /** How long the last batch took to be stored. */
  private busyMs = 0;
  /** Somebody waits until nothing is left: records do not wait for others any longer. */
  private hurried = false;
  readonly finished: Promise<void>;
  private ahead: Ahead | null = null;
  private stopped: (() => void) | undefined;

  constructor(
    private readonly buffer: DiskBuffer,
    private readonly journal: Journal,
    private readonly engine: DrainEngine,
    private readonly limits: Required<IngestLimits>,
    private readonly log: IngestOptions['log'],
    private readonly events: DrainEvents,
  ) {
    this.finished = this.loop();
  }

  private async loop(): Promise<void> {
    for (let known = false; !known && !this.stopping; ) {
      try {
        this.due = await this.engine.waitingUntil(this.journal.current.lastCommitted);
        known = true;
      } catch (error) {
        this.events.failed(error instanceof Error ? error.message : String(error));
        await this.pause(1_000);
      }
    }
    while (!this.stopping) {
      try {
        if (this.journal.current.open) await this.carry(this.journal.current.open, true);
        else {
          const formed = await this.form();
          const started = performance.now();
          if (formed) await this.carry(await this.grown(formed), false);
          this.busyMs = performance.now() - started;
        }
      } catch (error) {
        this.events.failed(error instanceof Error ? error.message : String(error));
        this.log.error({ err: error }, 'the ingest loop failed and will go on');
        await this.pause(1_000);
      }
    }
    if (this.ahead?.begun) await this.ahead.written;
  }

  /** Wait for events, then cut a batch and put it on record. Undefined when stopping. */
  private async form(): Promise<FormedBatch | undefined> {
    const { position } = this.journal.current;
    const waited = !this.buffer.isAtEnd(position) && this.busyMs >= LONG_BATCH * this.limits.batchIdleMs;
    while (this.buffer.isAtEnd(position)) {
      if (this.stopping) return undefined;
      if (this.due === null) await this.buffer.nextAppend();
      else if (this.hurried || this.due <= Date.now()) return this.cutEmpty(position);
      else await this.nextAppendBefore(this.due);
    }
    const enough = (): boolean =>
      this.buffer.durableEnd.segment !== position.segment ||
      this.buffer.durableEnd.offset - position.offset >= this.limits.batchBytes;
    // A full batch leaves at once; a small one waits a moment for company, unless it came while a long one was stored and
    // has waited already.
    if (!enough() && !waited) await this.pause(this.limits.batchIdleMs);
    if (this.stopping) return undefined;
    return this.cut(position, 1);
  }

  /** A batch without new events, for records that waited long enough. */
  private async cutEmpty(position: FormedBatch['from']): Promise<FormedBatch> {
    const { nextSequence, lastCommitted } = this.journal.current;
    this.engine.adopt();
    const now = Date.now();
    const formed: FormedBatch = {
      batch: lastCommitted + 1,
      from: position,
      to: position,
      events: 0,
      rejected: 0,
      pinned: 0,
      firstSequence: nextSequence,
      nextSequence,
      acknowledgedAt: now,
      receivedAt: new Date(now).toISOString(),
      targets: this.engine.targets,
      ...(this.hurried ? { flush: true } : {}),
    };
    await this.journal.formed(formed);
    await writeFile(this.engine.file, '');
    return formed;
  }

  private async nextAppendBefore(due: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, due - Date.now());
      this.stopped = resolve;
    });
    await Promise.race([this.buffer.nextAppend(), waited]);
    clearTimeout(timer);
  }

  /** True when records wait for the rest of their event. */
  get waiting(): boolean {
    return this.due !== null;
  }

  /** Let nothing wait until all is stored. */
  hurry(): void {
    this.hurried = true;
    this.stopped?.();
  }

  /** Write the file of a batch of up to `growth` times the usual size, and put the events in it on record. */
  private async cut(position: FormedBatch['from'], growth: number): Promise<FormedBatch | undefined> {
    const { nextSequence, lastCommitted } = this.journal.current;
    const written =
      (growth === 1 ? await this.takeAhead(position) : null) ?? (await this.write(position, this.sizes(growth)));
    if (!written.first || !written.last) {
      // Nothing but damage or an unused segment tail: move past it.
      await this.journal.skip(written.next);
      await this.buffer.release(written.next);
      return undefined;
    }
    this.engine.adopt();
    const formed: FormedBatch = {
      batch: lastCommitted + 1,
      from: position,
      to: written.next,
      events: written.events,
      rejected: written.rejected,
      pinned: written.pinned,
      firstSequence: written.first.firstSequence,
      nextSequence: Math.max(nextSequence, written.last.firstSequence + written.last.events),
      acknowledgedAt: written.oldest,
      receivedAt: new Date(written.last.acceptedAt).toISOString(),
      targets: this.engine.targets,
    };
    await this.journal.formed(formed);
    return formed;
  }

  private sizes(growth: number): { readonly maxEvents: number; readonly maxBytes: number } {
    return { maxEvents: this.limits.batchEvents * growth, maxBytes: this.limits.batchBytes * growth };
  }

  private get aheadFile(): string {
    return `${this.engine.file}.next`;
  }

  /**
   * Write the file of the batch after the one at work as soon as a full one has come. Nothing is put on record: when the
   * next batch begins elsewhere, or never, the file is not used.
   */
  private writeAhead(from: FormedBatch['from']): void {
    const before = this.ahead;
    const ahead: Ahead = { from, begun: false, cancelled: false, written: Promise.resolve(null) };
    const work = async (): Promise<Slice | null> => {
      await before?.written;
      const { segment, offset } = from;
      const full = (): boolean => {
        const end = this.buffer.durableEnd;
        return (end.segment - segment) * this.limits.segmentBytes + end.offset - offset >= this.limits.batchBytes;
      };
      while (!full()) {
        if (this.stopping || ahead.cancelled) return null;
        const end = this.buffer.durableEnd;
        await this.buffer.nextAppend();
        // Woken without an append: the buffer was closed.
        if (this.buffer.durableEnd === end) return null;
      }
      if (this.stopping || ahead.cancelled) return null;
      ahead.begun = true;
      return this.write(from, this.sizes(1), this.aheadFile);
    };
    ahead.written = work().catch(() => null);
    this.ahead = ahead;
  }

  /** What was written ahead from a position, in place as the batch file; null when nothing was. */
  private async takeAhead(position: FormedBatch['from']): Promise<Slice | null> {
    const { ahead } = this;
    if (!ahead) return null;
    const same = ahead.from.segment === position.segment && ahead.from.offset === position.offset;
    if (!same || !ahead.begun) {
      ahead.cancelled = true;
      if (ahead.begun) await ahead.written;
      else this.ahead = null;
      return null;
    }
    const written = await ahead.written;
    this.ahead = null;
    if (written) await rename(this.aheadFile, this.engine.file);
    return written;
  }

  /** Copy frames after a position to a batch file, a piece at a time, until one of the limits. */
  private async write(
    position: FormedBatch['from'],
    limits: { readonly maxEvents: number; readonly maxBytes: number },
    path: string = this.engine.file,
  ): Promise<Slice> {
    const file = await open(path, 'w');
    const scratch = new Scratch(CHUNK, PIECE / CHUNK + 1);
    let next = position;
    let [events, bytes, rejected, pinned, oldest] = [0, 0, 0, 0, Number.POSITIVE_INFINITY];
    let first: FrameHeader | undefined;
    let last: FrameHeader | undefined;
    try {
      while (events < limits.maxEvents && bytes < limits.maxBytes) {
        const piece = { maxEvents: limits.maxEvents - events, maxBytes: Math.min(PIECE, limits.maxBytes - bytes) };
        const read = await this.buffer.read(next, piece, scratch);
        const headers = read.payloads.map(readHeader);
        // The buffer always gives one frame: leave it to the next batch when this one would become too large.
        if (first && (events + read.events > limits.maxEvents || bytes + read.bytes > limits.maxBytes)) break;
        next = read.next;
        if (read.events === 0) break;
        await file.writev(read.payloads.map(frameRows));
        scratch.give();
        events += read.events;
        bytes += read.bytes;
        for (const header of headers) {
          first ??= header;
          last = header;
          if (header.rejected) rejected += header.events;
          if (header.pinned) pinned += header.events;
          oldest = Math.min(oldest, header.acceptedAt);
        }
      }
    } finally {
      await file.close();
    }
    return { next, events, rejected, pinned, oldest, first, last };
  }

  /** A batch whose records wait for later ones is cut again, larger, before anything of it is stored. */
  private async grown(formed: FormedBatch): Promise<FormedBatch> {
    if (formed.events === 0) return formed;
    let current = formed;
    for (let growth = 2; growth <= MAX_GROWTH && !this.stopping; growth++) {
      if (!(await this.engine.wantsMore({ ...current, file: this.engine.file }))) return current;
      if (this.buffer.isAtEnd(current.to)) await this.pause(GROWTH_WAIT_MS);
      if (this.buffer.isAtEnd(current.to)) return current;
      current = (await this.cut(current.from, growth)) ?? current;
    }
    return current;
  }

  /** Store a batch that is on record, repeating until it is in. */
  private async carry(formed: FormedBatch, restarted: boolean): Promise<void> {
    if (restarted) await this.rewrite(formed);
    const job: BatchJob = { ...formed, file: this.engine.file };
    this.writeAhead(formed.to);
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await this.engine.process(job, restarted || attempt > 0, formed.targets);
        await this.journal.committed(formed.batch);
        await this.buffer.release(formed.to);
        this.due = result.waitingUntil;
        if (this.due === null) this.hurried = false;
        this.events.committed(
          {
            batch: formed.batch,
            receivedAt: formed.receivedAt,
            tables: result.tables,
            acknowledgedAt: formed.acknowledgedAt,
          },
          result,
        );
        return;
      } catch (error) {
        if (this.stopping) return;
        const message = error instanceof Error ? error.message : String(error);
        this.events.failed(message);
        const wait = Math.min(MAX_BACKOFF, 200 * 2 ** Math.min(attempt, 6));
        this.log[isTransient(error) ? 'warn' : 'error'](
          { err: error, batch: formed.batch, attempt, wait },
          'a batch could not be stored; it will be repeated',
        );
        await this.pause(wait);
      }
    }
  }

  /** After a restart: the same slice of the buffer gives the same file. */
  private async rewrite(formed: FormedBatch): Promise<void> {
    if (formed.events === 0) return writeFile(this.engine.file, '');
    const written = await this.write(formed.from, { maxEvents: formed.events, maxBytes: Number.POSITIVE_INFINITY });
    if (written.events !== formed.events)
      throw new Error(`batch ${formed.batch}: ${formed.events - written.events} events are missing from the buffer`);
  }

  private async pause(ms: number): Promise<void> {
    if (this.stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stopped = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ask the loop to end after the batch at work; `finished` tells when it has. */
  stop(): void {
    this.stopping = true;
    this.stopped?.();
  }
}
