import type { AppendRequest } from '../types.ts';

const BATCH_EVENTS = 1_000;
const BATCH_BYTES = 1_000_000;
const WAIT_MS = 50;
/** Beyond this, whoever can be told to wait is told. */
const HIGH_EVENTS = 10_000;
const HIGH_BYTES = 8 * 2 ** 20;

interface Pending {
  readonly document: string;
  readonly done: ((stored: boolean) => void) | undefined;
}

/**
 * Gathers records for up to 50 ms or 1,000 of them, because a synced write costs the same for one as for many, and
 * stores one batch after the other while the next one gathers.
 */
export class Batcher {
  private pending: Pending[] = [];
  private bytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private flushing: Promise<void> | null = null;
  private waiting: (() => void)[] = [];
  private stopped = false;
  stored = 0;
  /** Records that were refused for themselves, or had no place when the receiver stopped. */
  lost = 0;

  constructor(
    private readonly index: string,
    private readonly append: (request: AppendRequest) => Promise<void>,
    private readonly onError: (error: unknown, events: number) => void,
  ) {}

  get size(): number {
    return this.pending.length;
  }

  get queuedBytes(): number {
    return this.bytes;
  }

  /** Whether senders should be held back. */
  get full(): boolean {
    return this.pending.length >= HIGH_EVENTS || this.bytes >= HIGH_BYTES;
  }

  /** @param done told once the record is on disk, or lost */
  add(document: string, done?: (stored: boolean) => void): void {
    this.pending.push({ document, done });
    this.bytes += document.length;
    if (this.pending.length >= BATCH_EVENTS || this.bytes >= BATCH_BYTES) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), WAIT_MS);
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    if (!this.full || this.stopped) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Store what is there. No further records are taken up by `append` once it throws. */
  async stop(): Promise<void> {
    this.stopped = true;
    while (this.pending.length > 0 || this.flushing) await this.flush();
    for (const resume of this.waiting.splice(0)) resume();
  }

  private flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.flushing ??= this.work().finally(() => {
      this.flushing = null;
      if (this.pending.length >= BATCH_EVENTS || this.bytes >= BATCH_BYTES || (this.stopped && this.pending.length > 0))
        void this.flush();
      else if (this.pending.length > 0) this.timer ??= setTimeout(() => void this.flush(), WAIT_MS);
    });
    return this.flushing;
  }

  private async work(): Promise<void> {
    const batch: Pending[] = [];
    let bytes = 0;
    for (const item of this.pending) {
      if (batch.length >= BATCH_EVENTS * 5 || bytes >= BATCH_BYTES * 4) break;
      batch.push(item);
      bytes += item.document.length;
    }
    this.pending.splice(0, batch.length);
    this.bytes -= bytes;
    if (batch.length === 0) return;
    let stored = false;
    try {
      await this.append({ groups: new Map([[this.index, batch.map((item) => item.document)]]) });
      stored = true;
      this.stored += batch.length;
    } catch (error) {
      this.lost += batch.length;
      this.onError(error, batch.length);
    }
    for (const item of batch) item.done?.(stored);
    if (!this.full) for (const resume of this.waiting.splice(0)) resume();
  }
}
