/** Sequences of states of single ids, for the funnel plugins. Input rows are `[id, time in ticks, state]`. */
import { jsonText } from './json.ts';
import type { HostValue } from './registry.ts';
import type { HostRows, RelationHost } from './relation.ts';

interface Event {
  readonly at: bigint;
  readonly state: string;
}

/** The events of each id, in time. */
function byId(rows: HostRows): Map<string, { id: HostValue; events: Event[] }> {
  const out = new Map<string, { id: HostValue; events: Event[] }>();
  for (const [id, at, state] of rows) {
    if (at === null || at === undefined) continue;
    const key = jsonText(id);
    const one = out.get(key) ?? { id: id!, events: [] };
    one.events.push({ at: BigInt(at as string | number), state: String(state ?? '') });
    out.set(key, one);
  }
  for (const one of out.values()) one.events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return out;
}

interface FunnelOptions {
  readonly sequence: readonly string[];
  /** Longest time between two neighbouring events, in ticks. */
  readonly window: string;
}

/**
 * Where neighbouring events of an id run through the sequence, no two of them further apart than the window: time of the
 * first one, state before, state after (empty where there is none inside the window), id.
 */
export const funnelSequence: RelationHost = ([rows = []], options) => {
  const o = options as unknown as FunnelOptions;
  const window = BigInt(o.window);
  const out: unknown[][] = [];
  for (const { id, events } of byId(rows).values()) {
    for (let i = 0; i + o.sequence.length <= events.length; i++) {
      const last = i + o.sequence.length - 1;
      const near = (a: number, b: number): boolean =>
        a >= 0 && b < events.length && events[b]!.at - events[a]!.at <= window;
      const runs = o.sequence.every((s, k) => events[i + k]!.state === s && (k === 0 || near(i + k - 1, i + k)));
      if (!runs) continue;
      const before = near(i - 1, i) ? events[i - 1]!.state : '';
      const after = near(last, last + 1) ? events[last + 1]!.state : '';
      out.push([events[i]!.at, before, after, id]);
    }
  }
  return out;
};

interface CompletionOptions {
  readonly sequence: readonly string[];
  /** Start of the analysis and length of its windows, in ticks. */
  readonly start: string;
  readonly bin: string;
  /** Longest time from the first to the last step of a funnel, in ticks. */
  readonly periods: readonly string[];
}

/** For each window, step and period: how many ids reached the step in time. Rows `[window in ticks, state, period, count]`. */
export const funnelCompletion: RelationHost = ([rows = []], options) => {
  const o = options as unknown as CompletionOptions;
  const [start, bin] = [BigInt(o.start), BigInt(o.bin)];
  const periods = o.periods.map(BigInt);
  const windows = new Map<bigint, number[][]>();
  for (const { events } of byId(rows).values()) {
    const parts = new Map<bigint, Event[]>();
    for (const e of events) {
      const offset = (e.at - start) / bin;
      const key = start + offset * bin;
      const part = parts.get(key);
      if (part) part.push(e);
      else parts.set(key, [e]);
    }
    for (const [window, part] of parts) {
      const counts = windows.get(window) ?? periods.map(() => o.sequence.map(() => 0));
      windows.set(window, counts);
      const spans = shortest(part, o.sequence);
      periods.forEach((p, i) => {
        spans.forEach((span, k) => {
          if (span !== undefined && span <= p) counts[i]![k]!++;
        });
      });
    }
  }
  return [...windows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([window, counts]) =>
      periods.flatMap((p, i) => o.sequence.map((state, k): unknown[] => [window, state, p, counts[i]![k]])),
    );
};

/** For each step the shortest time from a first step to it, undefined when it is never reached. */
function shortest(events: readonly Event[], sequence: readonly string[]): (bigint | undefined)[] {
  const best = new Array<bigint | undefined>(sequence.length);
  events.forEach((first, from) => {
    if (first.state !== sequence[0]) return;
    best[0] = 0n;
    let at = from;
    for (let k = 1; k < sequence.length; k++) {
      at = events.findIndex((e, i) => i > at && e.state === sequence[k]);
      if (at < 0) return;
      const span = events[at]!.at - first.at;
      if (best[k] === undefined || span < best[k]!) best[k] = span;
    }
  });
  return best;
}
