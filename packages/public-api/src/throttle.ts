import { ApiError } from './errors.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const MAX_TRACKED = 10_000;

export interface Quota {
  readonly perMinute: number;
  readonly perHour?: number;
}

export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until another call is free. */
  readonly reset: number;
}

/** Counts calls of each application in any minute and hour. In memory: a restart forgets. */
export class CallThrottle {
  #now: () => number;
  #calls = new Map<string, number[]>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @throws ApiError 429 with the seconds to wait */
  count(subject: string, quota: Quota): Allowance {
    const now = this.#now();
    const kept = quota.perHour === undefined ? MINUTE : HOUR;
    const calls = (this.#calls.get(subject) ?? []).filter((at) => now - at < kept);
    const inMinute = kept === MINUTE ? calls : calls.filter((at) => now - at < MINUTE);
    const over =
      inMinute.length >= quota.perMinute
        ? { limit: quota.perMinute, window: 'minute', free: (inMinute[0] as number) + MINUTE }
        : quota.perHour !== undefined && calls.length >= quota.perHour
          ? { limit: quota.perHour, window: 'hour', free: (calls[0] as number) + HOUR }
          : undefined;
    if (over) {
      const retryAfterSeconds = Math.max(1, Math.ceil((over.free - now) / 1000));
      throw new ApiError(
        429,
        `The limit of ${over.limit} calls a ${over.window} for this application is reached. Try again in ${retryAfterSeconds} s.`,
        'TooManyRequests',
        { retryAfterSeconds, limit: over.limit },
      );
    }
    const before = inMinute.length;
    calls.push(now);
    this.#calls.delete(subject);
    this.#calls.set(subject, calls);
    if (this.#calls.size > MAX_TRACKED) this.#calls.delete(this.#calls.keys().next().value as string);
    const first = inMinute[0] ?? now;
    return {
      limit: quota.perMinute,
      remaining: Math.max(0, quota.perMinute - before - 1),
      reset: Math.max(1, Math.ceil((first + MINUTE - now) / 1000)),
    };
  }
}
