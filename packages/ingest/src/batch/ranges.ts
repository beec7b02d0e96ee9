import type { SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';

/** Errors that say nothing about the data: the same statement may work in a moment. */
const TRANSIENT = new Set(['engine_restarted', 'engine_start_failed', 'engine_closed', 'disk_full', 'query_cancelled']);
/** Beyond this many single bad events the rest of a failing range is set aside as a whole. */
const MAX_SINGLE_FAILURES = 200;

export function isTransient(error: unknown): boolean {
  return error instanceof ParapetError ? TRANSIENT.has(error.code) : true;
}

export type Range = { readonly seq_from: SqlParam; readonly seq_to: SqlParam };

export function rangeParams(from: number, to: number): Range {
  return { seq_from: { type: 'Int64', value: from }, seq_to: { type: 'Int64', value: to } };
}

/** First and last sequence number of what a statement works on. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** Finds the events that make a statement fail. */
export class Bisector {
  /** Statement and range → how often the engine died on it. */
  private readonly deaths = new Map<string, number>();
  private failures = 0;

  /** A new try of a batch starts. */
  begin(): void {
    this.failures = 0;
  }

  /** A batch is in. */
  done(): void {
    this.deaths.clear();
  }

  /**
   * Run a statement over a span; when the data makes it fail, halve the range until the events that cause it stand
   * alone, and set those aside. Returns how many events were set aside.
   */
  async run(
    span: Span,
    key: string,
    work: (range: Range) => Promise<void>,
    setAside: (range: Range, reason: string) => Promise<unknown>,
  ): Promise<number> {
    const visit = async (from: number, to: number): Promise<number> => {
      const range = rangeParams(from, to);
      const name = `${key}:${from}-${to}`;
      const whole = from === span.first && to === span.last;
      let reason = 'The engine stopped while working on it.';
      if ((this.deaths.get(name) ?? 0) < 2) {
        try {
          await work(range);
          return 0;
        } catch (error) {
          if (isTransient(error)) {
            if (error instanceof ParapetError && error.code === 'engine_restarted')
              this.deaths.set(name, (this.deaths.get(name) ?? 0) + 1);
            throw error;
          }
          reason = error instanceof Error ? error.message : String(error);
        }
      }
      if (from < to && whole && (await failsWithoutData(work))) {
        // Not the data: the statement itself does not work, so no half of it will.
        this.failures = MAX_SINGLE_FAILURES;
      }
      if (from >= to || this.failures >= MAX_SINGLE_FAILURES) {
        this.failures++;
        const count = await setAside(range, reason);
        return typeof count === 'number' ? count : 0;
      }
      const middle = Math.floor((from + to) / 2);
      return (await visit(from, middle)) + (await visit(middle + 1, to));
    };
    return visit(span.first, span.last);
  }
}

async function failsWithoutData(work: (range: Range) => Promise<void>): Promise<boolean> {
  try {
    await work(rangeParams(1, 0));
    return false;
  } catch (error) {
    if (isTransient(error)) throw error;
    return true;
  }
}
