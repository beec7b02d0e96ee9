import type { IngestMetrics } from './types.ts';

const WINDOW_SECONDS = 60;

/** Counts of one process; what must survive a restart is counted from stored rows instead. */
export class Meter {
  acceptedEvents = 0;
  acceptedBytes = 0;
  rejectedEvents = 0;
  refusedRequests = 0;
  batches = 0;
  retries = 0;
  deadLetters = 0;
  lagMs = 0;
  stalled: string | null = null;
  readonly byConnector = new Map<string, number>();
  private readonly perSecond = new Map<string, Map<number, number>>();

  /** Note accepted events for the live rate. */
  note(source: string, events: number, bytes: number, now: number): void {
    this.acceptedEvents += events;
    this.acceptedBytes += bytes;
    const second = Math.floor(now / 1000);
    let seconds = this.perSecond.get(source);
    if (!seconds) {
      seconds = new Map();
      this.perSecond.set(source, seconds);
    }
    seconds.set(second, (seconds.get(second) ?? 0) + events);
    for (const old of seconds.keys()) if (old <= second - WINDOW_SECONDS) seconds.delete(old);
  }

  /** Events a second over the last minute, by source id. */
  rates(now: number): ReadonlyMap<string, number> {
    const from = Math.floor(now / 1000) - WINDOW_SECONDS;
    const rates = new Map<string, number>();
    for (const [source, seconds] of this.perSecond) {
      let events = 0;
      for (const [second, count] of seconds) if (second > from) events += count;
      rates.set(source, events / WINDOW_SECONDS);
    }
    return rates;
  }

  snapshot(state: {
    readonly bufferBytes: number;
    readonly bufferBudgetBytes: number;
    readonly oldestUnflushedMs: number;
    readonly lastCommittedBatch: number;
  }): IngestMetrics {
    return {
      acceptedEvents: this.acceptedEvents,
      acceptedBytes: this.acceptedBytes,
      rejectedEvents: this.rejectedEvents,
      refusedRequests: this.refusedRequests,
      batches: this.batches,
      lagMs: this.lagMs,
      retries: this.retries,
      deadLetters: this.deadLetters,
      eventsByConnector: Object.fromEntries(this.byConnector),
      stalled: this.stalled,
      ...state,
    };
  }
}
