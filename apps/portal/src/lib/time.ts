/** Words for instants and spans. Pure, so that tests can hold the clock. */
export type Zone = 'local' | 'utc';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "4 min ago", "in 2 h", "just now"; anything older than 30 days is a date. */
export function relativeTime(iso: string, now: number, zone: Zone = 'utc'): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  const gap = now - time;
  const size = Math.abs(gap);
  if (size < 45 * SECOND) return 'just now';
  if (size >= 30 * DAY) return absoluteTime(iso, zone, 'date');
  const amount =
    size < 60 * MINUTE
      ? `${Math.max(1, Math.round(size / MINUTE))} min`
      : size < 24 * HOUR
        ? `${Math.round(size / HOUR)} h`
        : plural(Math.round(size / DAY), 'day');
  return gap > 0 ? `${amount} ago` : `in ${amount}`;
}

/** "21 Nov 2026, 14:03:22 UTC"; always says its zone unless only the date is asked for. */
export function absoluteTime(
  iso: string,
  zone: Zone,
  precision: 'date' | 'minute' | 'second' | 'milli' = 'second',
): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const timeZone = zone === 'utc' ? 'UTC' : undefined;
  const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone }).format(
    time,
  );
  if (precision === 'date') return date;
  const clock = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(precision === 'minute' ? {} : { second: '2-digit' }),
    ...(precision === 'milli' ? { fractionalSecondDigits: 3 as const } : {}),
    hourCycle: 'h23',
    timeZone,
  }).format(time);
  return `${date}, ${clock} ${zoneName(zone, time)}`;
}

export function zoneName(zone: Zone, at: Date = new Date()): string {
  if (zone === 'utc') return 'UTC';
  const part = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(at);
  return part.find((piece) => piece.type === 'timeZoneName')?.value ?? 'local time';
}

/** "2 h 14 min", "3 days 4 h", "320 ms". */
export function duration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < SECOND) return `${Math.round(size)} ms`;
  if (size < MINUTE) return `${(size / SECOND).toFixed(size < 10 * SECOND ? 1 : 0)} s`;
  if (size < HOUR) return joinParts(Math.floor(size / MINUTE), 'min', Math.round((size % MINUTE) / SECOND), 's');
  if (size < DAY) return joinParts(Math.floor(size / HOUR), 'h', Math.round((size % HOUR) / MINUTE), 'min');
  const days = Math.floor(size / DAY);
  const hours = Math.round((size % DAY) / HOUR);
  return hours ? `${plural(days, 'day')} ${hours} h` : plural(days, 'day');
}

const joinParts = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small ? `${big} ${bigUnit} ${small} ${smallUnit}` : `${big} ${bigUnit}`;

/** "1 day", "2 days", "1,204 alerts". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat('en-US').format(count);
}

/** The ranges of the queues (spec A 2.4) and how long they are. */
export const TIME_RANGES = ['1d', '3d', '7d', '30d', '180d', 'all'] as const;
export type TimeRange = (typeof TIME_RANGES)[number];
export const TIME_RANGE_LABEL: Readonly<Record<TimeRange, string>> = {
  '1d': 'Last 24 hours',
  '3d': 'Last 3 days',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '180d': 'Last 6 months',
  all: 'Any time',
};

/** Start of the range, rounded to the minute so that the same view asks the same question. Undefined for "any time". */
export function rangeStart(range: TimeRange, now: number): string | undefined {
  if (range === 'all') return undefined;
  const days = Number(range.slice(0, -1));
  return new Date(Math.floor((now - days * DAY) / MINUTE) * MINUTE).toISOString();
}
