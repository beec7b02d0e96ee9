import type { TimelineEvent, TimelineGroup, TimelinePage } from '@parapet/schema/wire';

export const GROUPS: readonly TimelineGroup[] = [
  'process',
  'network',
  'file',
  'registry',
  'logon',
  'imageLoad',
  'signIn',
  'directory',
  'cloud',
  'email',
  'alert',
  'other',
  'inventory',
  'log',
];

export const GROUP_LABELS: Readonly<Record<TimelineGroup, string>> = {
  process: 'Process',
  network: 'Network',
  file: 'File',
  registry: 'Registry',
  logon: 'Logon',
  imageLoad: 'Image load',
  signIn: 'Sign-in',
  directory: 'Directory',
  cloud: 'Cloud',
  email: 'Mail',
  alert: 'Alert',
  other: 'Other',
  inventory: 'Inventory',
  log: 'Raw log',
};

/**
 * All events of the pages read so far, newest first, each once. Pages overlap when rows arrive between two calls;
 * the first copy is kept and the order is by time, then by id, so that it is the same on every visit.
 */
export function mergePages(pages: readonly Pick<TimelinePage, 'items'>[]): TimelineEvent[] {
  const seen = new Set<string>();
  const merged: TimelineEvent[] = [];
  for (const page of pages)
    for (const event of page.items) {
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      merged.push(event);
    }
  return merged.sort((a, b) => (a.time === b.time ? compare(a.id, b.id) : compare(b.time, a.time)));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A line of the list: a day's heading or an event. */
export type TimelineLine =
  | { readonly kind: 'day'; readonly day: string; readonly iso: string }
  | { readonly kind: 'event'; readonly event: TimelineEvent; readonly index: number };

/** Put a heading before the first event of every day, in the chosen zone. */
export function withDays(events: readonly TimelineEvent[], dayOf: (iso: string) => string): TimelineLine[] {
  const lines: TimelineLine[] = [];
  let current = '';
  events.forEach((event, index) => {
    const day = dayOf(event.time);
    if (day !== current) {
      lines.push({ kind: 'day', day, iso: event.time });
      current = day;
    }
    lines.push({ kind: 'event', event, index });
  });
  return lines;
}

export interface HistogramBar {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** Buckets with the silent ones filled in, oldest first: a gap in the telemetry must be visible as a gap. */
export function histogramBars(page: Pick<TimelinePage, 'histogram' | 'bucketSeconds'>, limit = 400): HistogramBar[] {
  const step = Math.max(1, page.bucketSeconds) * 1000;
  const counts = new Map<number, number>();
  for (const bucket of page.histogram) {
    const start = Date.parse(bucket.start);
    if (!Number.isNaN(start)) counts.set(start, (counts.get(start) ?? 0) + bucket.count);
  }
  const starts = [...counts.keys()].sort((a, b) => a - b);
  const first = starts[0];
  const last = starts.at(-1);
  if (first === undefined || last === undefined) return [];
  // More bars than pixels help nobody: neighbours are added up.
  const width = Math.max(1, Math.ceil((last - first + step) / step / limit)) * step;
  const bars: HistogramBar[] = [];
  for (let start = first; start <= last; start += width) bars.push({ start, end: start + width, count: 0 });
  return bars.map((bar) => ({
    ...bar,
    count: starts.reduce(
      (sum, start) => (start >= bar.start && start < bar.end ? sum + (counts.get(start) ?? 0) : sum),
      0,
    ),
  }));
}

/** The range that covers two bars, whichever was touched first. */
export function brushRange(
  bars: readonly HistogramBar[],
  from: number,
  to: number,
): { readonly from: string; readonly to: string } | undefined {
  const first = bars[Math.max(0, Math.min(from, to))];
  const last = bars[Math.min(bars.length - 1, Math.max(from, to))];
  if (!first || !last) return undefined;
  return { from: new Date(first.start).toISOString(), to: new Date(last.end).toISOString() };
}

/** Events around a moment, for "what else happened then": plus and minus `minutes`. */
export function aroundRange(iso: string, minutes: number): { readonly from: string; readonly to: string } {
  const time = Date.parse(iso);
  return {
    from: new Date(time - minutes * 60_000).toISOString(),
    to: new Date(time + minutes * 60_000).toISOString(),
  };
}
