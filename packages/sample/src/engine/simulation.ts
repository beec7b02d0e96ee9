import type { SampleEvent } from '../types.ts';

/** An event whose text is made when its turn comes, so that record ids follow time. */
export interface Pending {
  readonly index: string;
  render(at: number): string;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly task: (() => void) | null;
  readonly event: Pending | null;
}

/**
 * A discrete-event simulation: tasks run in time order and may schedule tasks and emit events at their own time or
 * later. Entries with the same time keep the order in which they were scheduled.
 */
export class Simulation {
  now: number;
  private readonly heap: Entry[] = [];
  private order = 0;

  /** @param start first instant, @param end last instant (inclusive), both milliseconds since the epoch */
  constructor(
    readonly start: number,
    readonly end: number,
  ) {
    this.now = start;
  }

  /** Runs the task at `at`, or now if that has passed. Tasks after the end never run. */
  at(at: number, task: () => void): void {
    this.push(at, task, null);
  }

  after(delay: number, task: () => void): void {
    this.push(this.now + delay, task, null);
  }

  emit(event: Pending, delay = 0): void {
    this.push(this.now + delay, null, event);
  }

  /** Runs everything to the end of the window, yielding events in time order. */
  *run(): Generator<SampleEvent> {
    for (;;) {
      const entry = this.pop();
      if (entry === undefined || entry.at > this.end) return;
      this.now = entry.at;
      if (entry.task !== null) entry.task();
      else if (entry.event !== null) {
        yield { index: entry.event.index, time: new Date(entry.at), doc: entry.event.render(entry.at) };
      }
    }
  }

  private push(at: number, task: Entry['task'], event: Pending | null): void {
    const time = Math.max(this.now, Math.round(at));
    if (time > this.end) return;
    const entry: Entry = { at: time, order: this.order++, task, event };
    const heap = this.heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up]!;
      if (!before(entry, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  private pop(): Entry | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
