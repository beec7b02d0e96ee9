import { mkdir } from 'node:fs/promises';
import { ParapetError } from '@parapet/schema';
import { type AppendFile, type BufferFiles, diskFiles, segmentPath } from './files.ts';
import { type FrameRead, readFrames, scanSegment } from './reader.ts';
import type { Scratch } from './scratch.ts';

/** Where a frame starts: segment number and byte offset in it. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

export interface DiskBufferOptions {
  readonly dir: string;
  /** A segment is closed once it holds this much. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Bytes the buffer may hold on disk before appends are refused with `buffer_full`. Default 4 GiB. */
  readonly budgetBytes?: number;
  readonly files?: BufferFiles;
  /** Told about damage that was skipped: a torn tail at start, a checksum that does not match. */
  onDamage?(damage: { readonly segment: number; readonly offset: number; readonly reason: string }): void;
}

interface Waiting {
  readonly frames: readonly Buffer[];
  readonly bytes: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Writes of one flush are joined up to this size: one system call, one fsync, many requests. */
const GROUP_BYTES = 32 * 2 ** 20;

/**
 * Append-only queue on disk. An append resolves after its frames are written and synced; concurrent appends share one
 * sync. What was appended is read back in order and stays until it is released.
 */
export class DiskBuffer {
  /** First sequence number not used by any frame on disk; 0 when the buffer holds none. */
  readonly nextSequence: number;
  private readonly files: BufferFiles;
  private readonly segmentBytes: number;
  private readonly budgetBytes: number;
  private readonly queue: Waiting[] = [];
  private queuedBytes = 0;
  private flushing: Promise<void> | undefined;
  private current: AppendFile | undefined;
  private end: Position;
  private sizes: Map<number, number>;
  private closed = false;
  private wake: (() => void)[] = [];

  private constructor(
    private readonly options: DiskBufferOptions,
    state: { sizes: Map<number, number>; end: Position; nextSequence: number },
  ) {
    this.files = options.files ?? diskFiles;
    this.budgetBytes = options.budgetBytes ?? 4 * 2 ** 30;
    this.segmentBytes = Math.min(options.segmentBytes ?? 64 * 2 ** 20, Math.max(4_096, this.budgetBytes / 4));
    this.sizes = state.sizes;
    this.end = state.end;
    this.nextSequence = state.nextSequence;
  }

  /**
   * Open a folder, cutting a torn tail off the newest segment: a crash in the middle of a write leaves one, and nothing
   * of it was acknowledged.
   */
  static async open(options: DiskBufferOptions): Promise<DiskBuffer> {
    const files = options.files ?? diskFiles;
    await mkdir(options.dir, { recursive: true });
    const segments = await files.list(options.dir);
    const sizes = new Map(segments.map((segment) => [segment.id, segment.size]));
    let nextSequence = 0;
    const last = segments.at(-1);
    let end: Position = { segment: last?.id ?? 1, offset: 0 };
    for (const segment of segments.toReversed()) {
      const scan = await scanSegment(files, segmentPath(options.dir, segment.id), segment.size);
      if (segment === last) {
        end = { segment: segment.id, offset: scan.validBytes };
        if (scan.validBytes < segment.size) {
          const file = await files.openAppend(segmentPath(options.dir, segment.id));
          await file.truncate(scan.validBytes);
          await file.datasync();
          await file.close();
          sizes.set(segment.id, scan.validBytes);
          options.onDamage?.({ segment: segment.id, offset: scan.validBytes, reason: 'torn tail cut off' });
        }
      }
      if (scan.nextSequence > 0) {
        nextSequence = scan.nextSequence;
        break;
      }
    }
    return new DiskBuffer(options, { sizes, end, nextSequence });
  }

  /** Position after the last durable frame. */
  get durableEnd(): Position {
    return this.end;
  }

  /** Bytes on disk plus bytes waiting to be written. */
  get bytes(): number {
    let total = this.queuedBytes;
    for (const size of this.sizes.values()) total += size;
    return total;
  }

  get budget(): number {
    return this.budgetBytes;
  }

  /** Oldest position that can still be read. */
  get start(): Position {
    const first = Math.min(...this.sizes.keys(), this.end.segment);
    return { segment: first, offset: 0 };
  }

  /** @throws ParapetError `buffer_full` (429) when so many more bytes would exceed the disk budget */
  checkRoom(bytes: number): void {
    if (this.bytes + bytes > this.budgetBytes)
      throw new ParapetError(
        'buffer_full',
        429,
        'The ingest buffer has reached its disk budget; nothing of this request was stored.',
        'Send it again later. If this lasts, the telemetry engine is not keeping up: check its health, or raise the buffer budget.',
      );
  }

  /**
   * Store frames durably.
   * @throws ParapetError `buffer_full` (429) over budget, `buffer_disk` (503) when the disk refuses the write
   */
  append(frames: readonly Buffer[]): Promise<void> {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (bytes === 0) return Promise.resolve();
    if (this.closed) return Promise.reject(new ParapetError('ingest_closed', 503, 'Ingestion is shutting down.'));
    try {
      this.checkRoom(bytes);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ frames, bytes, resolve, reject });
      this.queuedBytes += bytes;
      this.flushing ??= this.flush();
    });
  }

  private async flush(): Promise<void> {
    // Requests that arrive in the same turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const group: Waiting[] = [];
      let bytes = 0;
      while (this.queue.length > 0 && (group.length === 0 || bytes + (this.queue[0]?.bytes ?? 0) <= GROUP_BYTES)) {
        const next = this.queue.shift();
        if (!next) break;
        group.push(next);
        bytes += next.bytes;
      }
      try {
        await this.writeGroup(group.flatMap((item) => item.frames));
        for (const item of group) item.resolve();
        const wake = this.wake;
        this.wake = [];
        for (const run of wake) run();
      } catch (error) {
        const failure = diskError(error);
        for (const item of group) item.reject(failure);
      } finally {
        this.queuedBytes -= bytes;
      }
    }
    // In the same turn as the last look at the queue: whoever appends from now on starts a new flush.
    this.flushing = undefined;
  }

  private async writeGroup(frames: readonly Buffer[]): Promise<void> {
    if (this.current && this.end.offset >= this.segmentBytes) await this.rotate();
    const { segment, offset } = this.end;
    if (!this.current) {
      this.current = await this.files.openAppend(segmentPath(this.options.dir, segment));
      await this.files.syncDir(this.options.dir);
    }
    const file = this.current;
    try {
      let at = offset;
      if (frames.length > 1 && frames.every((frame) => frame.length < 2 ** 20)) {
        const joined = Buffer.concat(frames);
        await file.write(joined, at);
        at += joined.length;
      } else {
        for (const frame of frames) {
          await file.write(frame, at);
          at += frame.length;
        }
      }
      await file.datasync();
      this.end = { segment, offset: at };
      this.sizes.set(segment, at);
    } catch (error) {
      await this.abandon(file, segment, offset);
      throw error;
    }
  }

  /**
   * After a failed write or sync the kernel's view of the file is unknown: cut back to the last durable byte and go on
   * in a fresh segment. If even cutting fails, the reader still ends at the length kept in memory, and a restart at the
   * first frame that does not check out.
   */
  private async abandon(file: AppendFile, segment: number, offset: number): Promise<void> {
    this.current = undefined;
    await file.truncate(offset).catch(() => undefined);
    await file.datasync().catch(() => undefined);
    await file.close().catch(() => undefined);
    this.sizes.set(segment, offset);
    this.end = { segment: segment + 1, offset: 0 };
  }

  private async rotate(): Promise<void> {
    await this.current?.close();
    this.current = undefined;
    this.end = { segment: this.end.segment + 1, offset: 0 };
  }

  /**
   * Read whole frames from a position, stopping before `maxEvents` or `maxBytes` would be exceeded (one frame is always
   * given). Damaged frames are skipped and reported.
   * @param scratch where the memory of the payloads comes from; they are good until it is given back
   */
  read(
    from: Position,
    limits: { readonly maxEvents: number; readonly maxBytes: number },
    scratch?: Scratch,
  ): Promise<FrameRead> {
    return readFrames({
      ...(scratch ? { scratch } : {}),
      files: this.files,
      path: (segment) => segmentPath(this.options.dir, segment),
      sizes: this.sizes,
      end: this.end,
      from,
      limits,
      onDamage: (damage) => this.options.onDamage?.(damage),
    });
  }

  /** True when nothing lies after the position. */
  isAtEnd(position: Position): boolean {
    if (position.segment === this.end.segment) return position.offset >= this.end.offset;
    if (position.segment > this.end.segment) return true;
    for (const [segment, size] of this.sizes) {
      if (segment > position.segment && size > 0) return false;
      if (segment === position.segment && size > position.offset) return false;
    }
    return true;
  }

  /** Resolves at the next durable append; at once when the buffer is closed. */
  nextAppend(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => this.wake.push(resolve));
  }

  /** Forget everything before the position: whole segments are deleted, a part of one stays until it is used up. */
  async release(position: Position): Promise<void> {
    for (const segment of [...this.sizes.keys()]) {
      const size = this.sizes.get(segment) ?? 0;
      const done =
        segment < position.segment ||
        (segment < this.end.segment && segment === position.segment && position.offset >= size);
      if (!done) continue;
      await this.files.remove(segmentPath(this.options.dir, segment));
      this.sizes.delete(segment);
    }
  }

  /** Finish what was queued, then close. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
    await this.current?.close();
    this.current = undefined;
    for (const run of this.wake.splice(0)) run();
  }
}

function diskError(error: unknown): ParapetError {
  if (error instanceof ParapetError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new ParapetError(
    full ? 'buffer_disk_full' : 'buffer_disk',
    full ? 429 : 503,
    full
      ? 'The disk under the ingest buffer is full; nothing of this request was stored.'
      : `The ingest buffer could not be written (${code || 'unknown error'}); nothing of this request was stored.`,
    'Free space or repair the disk; the sender may repeat the request.',
  );
}
