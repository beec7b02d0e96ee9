import { ParapetError } from '@parapet/schema';
import type { FastifyReply } from 'fastify';

const WINDOW_SECONDS = 60;
const MAX_TRACKED = 20_000;

interface Bucket {
  /** Requests left, growing with time up to the limit. */
  left: number;
  at: number;
}

/** Requests each caller may make: a bucket that fills up evenly, so that bursts pass and floods do not. In memory. */
export class RateLimiter {
  #perMinute: number;
  #now: () => number;
  /** Least recently used first. */
  #buckets = new Map<string, Bucket>();

  /** @param perMinute of one caller; 0 sets no limit */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Count a request and put what is left into the answer's headers. @throws ParapetError `too_many_requests` 429 */
  take(caller: string, reply: FastifyReply): void {
    if (this.#perMinute === 0) return;
    const bucket = this.#refilled(caller);
    const wait = bucket.left >= 1 ? 0 : Math.ceil((1 - bucket.left) / this.#perSecond);
    bucket.left = Math.max(0, bucket.left - 1);
    reply.header('ratelimit-limit', this.#perMinute);
    reply.header('ratelimit-remaining', Math.floor(bucket.left));
    reply.header('ratelimit-reset', Math.ceil((this.#perMinute - bucket.left) / this.#perSecond));
    reply.header('ratelimit-policy', `${this.#perMinute};w=${WINDOW_SECONDS}`);
    if (wait === 0) return;
    reply.header('retry-after', wait);
    throw tooMany(wait);
  }

  /** Refuse a caller who has nothing left, without counting. @throws ParapetError `too_many_requests` 429 */
  requireRoom(caller: string, reply: FastifyReply): void {
    if (this.#perMinute === 0) return;
    const known = this.#buckets.get(caller);
    if (!known || this.#refilled(caller).left >= 1) return;
    this.take(caller, reply);
  }

  get #perSecond(): number {
    return this.#perMinute / WINDOW_SECONDS;
  }

  #refilled(caller: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(caller) ?? { left: this.#perMinute, at: now };
    bucket.left = Math.min(this.#perMinute, bucket.left + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAX_TRACKED) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket;
  }
}

function tooMany(seconds: number): ParapetError {
  return new ParapetError(
    'too_many_requests',
    429,
    'Too many requests.',
    `Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, then try again.`,
    { retryAfterSeconds: seconds },
  );
}
