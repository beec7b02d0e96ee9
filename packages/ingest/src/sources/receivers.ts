import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParapetError, type SourceState } from '@parapet/schema';
import type { AppendRequest, Ingest, IngestOptions, Sender } from '../types.ts';
import type { SourceRegistry } from './registry.ts';
import type { RunningReceiver, Source } from './types.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
const SLOWEST_APPEND_MS = 5_000;

interface Slot {
  running: RunningReceiver | null;
  failure: string | null;
  stopped: boolean;
  readonly abort: AbortController;
  /** Starts and stops of one source follow each other. */
  work: Promise<void>;
}

/**
 * Keeps the receiver of every enabled source running: starts it, restarts it when its settings change, tries again
 * when it cannot start (a port that is taken, a folder that is missing).
 */
export class Receivers {
  private readonly slots = new Map<string, Slot>();
  private readonly unsubscribe: () => void;
  /** Changes of one source are carried out one after the other. */
  private readonly changes = new Map<string, Promise<void>>();
  private closed = false;

  constructor(
    private readonly ingest: Ingest,
    private readonly registry: SourceRegistry,
    private readonly dataDir: string,
    private readonly log: IngestOptions['log'],
  ) {
    this.unsubscribe = registry.onChange((id, source) => {
      void this.apply(id, source);
    });
  }

  /** Start the receivers of all sources; those that fail say so in their state. */
  async start(): Promise<void> {
    await Promise.all(this.registry.list().map((source) => this.apply(source.id, source)));
  }

  state(source: Source): SourceState {
    if (!source.enabled) return { state: 'off', detail: 'Switched off' };
    if (!this.registry.kind(source.kind)?.start) return { state: 'ready', detail: 'Served by the main port' };
    const slot = this.slots.get(source.id);
    if (slot?.running) return slot.running.state();
    return slot?.failure ? { state: 'failed', detail: slot.failure } : { state: 'waiting', detail: 'Starting' };
  }

  /** Resolves when the last change of the source took effect: its receiver runs, failed for the first time, or is gone. */
  settled(id: string): Promise<void> {
    return this.changes.get(id) ?? Promise.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unsubscribe();
    await Promise.all(this.changes.values());
    await Promise.all([...this.slots.keys()].map((id) => this.stop(id)));
  }

  private apply(id: string, source: Source | null): Promise<void> {
    const change = (this.changes.get(id) ?? Promise.resolve()).then(() => this.change(id, source));
    this.changes.set(id, change);
    return change;
  }

  private async change(id: string, source: Source | null): Promise<void> {
    await this.stop(id);
    if (this.closed || !source?.enabled || !this.registry.kind(source.kind)?.start) return;
    const slot: Slot = {
      running: null,
      failure: null,
      stopped: false,
      abort: new AbortController(),
      work: Promise.resolve(),
    };
    this.slots.set(id, slot);
    slot.work = this.attempt(slot, source, FIRST_RETRY_MS);
    await slot.work;
  }

  private async attempt(slot: Slot, source: Source, delay: number): Promise<void> {
    try {
      const opened = await this.registry.opened(source);
      const dataDir = join(this.dataDir, 'sources', source.id);
      await mkdir(dataDir, { recursive: true });
      const sender = this.registry.sender(source);
      const running = await this.registry.kind(source.kind)?.start?.({
        ingest: this.ingest,
        source: opened,
        sender,
        dataDir,
        log: this.log,
        appendWhenRoom: (request, signal) =>
          appendWhenRoom(this.ingest, sender, request, AbortSignal.any([signal, slot.abort.signal])),
      });
      if (!running) return;
      if (slot.stopped) await running.stop();
      else {
        slot.running = running;
        slot.failure = null;
      }
    } catch (error) {
      if (slot.stopped) return;
      slot.failure = error instanceof Error ? error.message : String(error);
      this.log.warn({ source: source.name, reason: slot.failure }, 'a source could not be started; it is tried again');
      const timer = setTimeout(() => {
        if (!slot.stopped) slot.work = this.attempt(slot, source, Math.min(delay * 2, LAST_RETRY_MS));
      }, delay);
      timer.unref();
    }
  }

  private async stop(id: string): Promise<void> {
    const slot = this.slots.get(id);
    if (!slot) return;
    slot.stopped = true;
    slot.abort.abort(new ParapetError('source_stopped', 503, 'The source was stopped.'));
    await slot.work.catch(() => undefined);
    await slot.running?.stop().catch((error: unknown) => this.log.warn({ err: error }, 'a receiver did not stop'));
    if (this.slots.get(id) === slot) this.slots.delete(id);
  }
}

/**
 * Append, waiting while the buffer or the rate limit refuses.
 * @throws ParapetError when `signal` is aborted, or for a refusal that waiting does not mend
 */
export async function appendWhenRoom(
  ingest: Ingest,
  sender: Sender,
  request: AppendRequest,
  signal: AbortSignal,
): Promise<{ readonly firstSequence: number }> {
  for (let delay = 50; ; delay = Math.min(delay * 2, SLOWEST_APPEND_MS)) {
    signal.throwIfAborted();
    try {
      return await ingest.appendRequest(sender, request);
    } catch (error) {
      if (!(error instanceof ParapetError) || (error.status !== 429 && error.status !== 503)) throw error;
      if (error.code === 'ingest_closed') throw error;
      const asked = (error.details as { retryAfterMs?: number } | undefined)?.retryAfterMs ?? delay;
      await sleep(Math.min(asked, SLOWEST_APPEND_MS), undefined, { signal }).catch(() => undefined);
    }
  }
}
