import { ParapetError, type SourceLimits } from '@parapet/schema';

/** A bucket holds this many seconds of its rate: short bursts pass, a sustained excess does not. */
const BURST_SECONDS = 10;

interface Bucket {
  level: number;
  at: number;
}

/**
 * Rate of one source, as a token bucket for events and one for bytes. A request passes while any tokens are left and
 * may overdraw the bucket, so that a batch larger than the bucket is slowed down, not refused for ever.
 */
export class RateLimit {
  private readonly buckets = new Map<'events' | 'bytes', Bucket>();

  constructor(
    private readonly limits: SourceLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /** Milliseconds until another request would pass; 0 when it passes now. */
  wait(): number {
    let wait = 0;
    for (const [kind, rate] of this.rates()) {
      const bucket = this.refill(kind, rate);
      if (bucket.level <= 0) wait = Math.max(wait, Math.ceil(((1 - bucket.level) / rate) * 1_000));
    }
    return wait;
  }

  /** @throws ParapetError `source_rate` (429); `details.retryAfterMs` says when to come back */
  take(events: number, bytes: number): void {
    const wait = this.wait();
    if (wait > 0)
      throw new ParapetError(
        'source_rate',
        429,
        'This source sends more than its rate limit allows; nothing of this request was stored.',
        `Send it again in ${Math.ceil(wait / 1_000)} s, or raise the limit of the source.`,
        { retryAfterMs: wait },
      );
    for (const [kind, rate] of this.rates()) this.refill(kind, rate).level -= kind === 'events' ? events : bytes;
  }

  private rates(): ['events' | 'bytes', number][] {
    const rates: ['events' | 'bytes', number][] = [];
    if (this.limits.eventsPerSecond) rates.push(['events', this.limits.eventsPerSecond]);
    if (this.limits.bytesPerSecond) rates.push(['bytes', this.limits.bytesPerSecond]);
    return rates;
  }

  private refill(kind: 'events' | 'bytes', rate: number): Bucket {
    const now = this.now();
    const full = rate * BURST_SECONDS;
    const bucket = this.buckets.get(kind) ?? { level: full, at: now };
    bucket.level = Math.min(full, bucket.level + ((now - bucket.at) / 1_000) * rate);
    bucket.at = now;
    this.buckets.set(kind, bucket);
    return bucket;
  }
}
