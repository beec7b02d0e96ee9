import { ParapetError } from '@parapet/schema';

export interface Limit {
  /** Failures that cost nothing. */
  readonly free: number;
  /** Pause after the first one too many, in ms; doubles with each further failure. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

/** A burst of wrong guesses is forgotten after this long without another. */
const FORGET_MS = 15 * 60_000;
const MAX_TRACKED = 10_000;

interface Record {
  failures: number;
  lastAt: number;
  blockedUntil: number;
}

/** Counts failures per subject and says how long to wait. In memory: a restart forgets. */
export class Throttle {
  #limit: Limit;
  #now: () => number;
  /** Oldest first, by last failure. */
  #records = new Map<string, Record>();

  constructor(limit: Limit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Milliseconds until the subject may try again; 0 when it may now. */
  waitMs(subject: string): number {
    return Math.max(0, (this.#records.get(subject)?.blockedUntil ?? 0) - this.#now());
  }

  fail(subject: string): void {
    const now = this.#now();
    const known = this.#records.get(subject);
    const failures = known && now - known.lastAt < FORGET_MS ? known.failures + 1 : 1;
    const excess = failures - this.#limit.free;
    const pause =
      excess < 0 ? 0 : Math.min(this.#limit.maxPauseMs, this.#limit.firstPauseMs * 2 ** Math.min(excess, 30));
    this.#records.delete(subject);
    this.#records.set(subject, { failures, lastAt: now, blockedUntil: now + pause });
    if (this.#records.size > MAX_TRACKED) this.#records.delete(this.#records.keys().next().value as string);
  }

  /** Take back one failure that was counted in advance. */
  forgive(subject: string): void {
    const known = this.#records.get(subject);
    if (!known) return;
    known.failures--;
    if (known.failures < this.#limit.free) known.blockedUntil = 0;
    if (known.failures <= 0) this.#records.delete(subject);
  }

  clear(subject: string): void {
    this.#records.delete(subject);
  }

  clearAll(prefix: string): void {
    for (const subject of this.#records.keys()) if (subject.startsWith(prefix)) this.#records.delete(subject);
  }
}

/**
 * Sign-in attempts: few per person and address, more per address, many per person. The last is kept mild, because it
 * also holds up the real owner of the name.
 */
export class SignInThrottle {
  #pair: Throttle;
  #address: Throttle;
  #user: Throttle;

  constructor(now: () => number) {
    this.#pair = new Throttle({ free: 5, firstPauseMs: 30_000, maxPauseMs: 15 * 60_000 }, now);
    this.#address = new Throttle({ free: 30, firstPauseMs: 30_000, maxPauseMs: 15 * 60_000 }, now);
    this.#user = new Throttle({ free: 50, firstPauseMs: 10_000, maxPauseMs: 60_000 }, now);
  }

  /**
   * Count an attempt before its outcome is known, so that simultaneous guesses do not slip through together.
   * @returns call it when the attempt succeeded
   * @throws ParapetError `too_many_attempts` 429 with `details.retryAfterSeconds`
   */
  attempt(user: string, address: string): () => void {
    const pair = `${user}\n${address}`;
    const wait = Math.max(this.#pair.waitMs(pair), this.#address.waitMs(address), this.#user.waitMs(user));
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      throw new ParapetError(
        'too_many_attempts',
        429,
        'Too many failed attempts.',
        `Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, then try again.`,
        { retryAfterSeconds: seconds },
      );
    }
    this.#pair.fail(pair);
    this.#address.fail(address);
    this.#user.fail(user);
    return () => {
      this.#pair.clear(pair);
      this.#address.forgive(address);
      this.#user.forgive(user);
    };
  }

  /** Forget the failures of one person, wherever they came from. */
  unlock(user: string): void {
    this.#pair.clearAll(`${user}\n`);
    this.#user.clear(user);
  }
}
