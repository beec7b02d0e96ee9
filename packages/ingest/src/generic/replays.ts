/** How long an answer is remembered, and how many of them. */
const KEEP_MS = 24 * 3_600_000;
const MAX_KEYS = 100_000;

interface Kept<T> {
  readonly at: number;
  readonly answer: Promise<T>;
}

/**
 * Answers by idempotency key: a request that is sent again gets the answer of the first and is not stored again. Kept in
 * memory: after a restart a repeated request counts as a new one.
 */
export class Replays<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly maxKeys = MAX_KEYS,
    private readonly now: () => number = Date.now,
  ) {}

  /** The answer to the key, or that of `work`; a failure is not remembered. */
  async once(key: string, work: () => Promise<T>): Promise<{ readonly answer: T; readonly repeated: boolean }> {
    const known = this.kept.get(key);
    if (known && this.now() - known.at < KEEP_MS) return { answer: await known.answer, repeated: true };
    const answer = work();
    this.kept.delete(key);
    this.kept.set(key, { at: this.now(), answer });
    if (this.kept.size > this.maxKeys) this.kept.delete(this.kept.keys().next().value as string);
    try {
      return { answer: await answer, repeated: false };
    } catch (error) {
      if (this.kept.get(key)?.answer === answer) this.kept.delete(key);
      throw error;
    }
  }
}
