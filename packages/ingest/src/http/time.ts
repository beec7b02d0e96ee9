/** The first day of the year 1; `Date.UTC` takes years below 100 for those of the twentieth century. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** ISO text of whole seconds since the epoch and a fraction in digits; null outside the years 1 to 9999. */
function iso(seconds: number, fraction: string): string | null {
  const at = seconds * 1_000;
  if (!Number.isFinite(at) || at < EARLIEST || at > LATEST) return null;
  const digits = fraction.slice(0, 7).replace(/0+$/, '');
  return `${new Date(at).toISOString().slice(0, 19)}${digits ? `.${digits}` : ''}Z`;
}

/**
 * Seconds since the epoch, as number or text, whole or with a fraction, as ISO 8601 in UTC with up to seven digits of
 * the fraction. Numbers too large for seconds of our time are milliseconds.
 */
export function isoFromSeconds(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const match = /^(\d{1,16})(?:\.(\d*))?$/.exec(text);
  if (!match?.[1]) return null;
  const seconds = Number(match[1]);
  if (seconds > 1e11) return iso(Math.floor(seconds / 1_000), String(seconds % 1_000).padStart(3, '0'));
  return iso(seconds, match[2] ?? '');
}

/** Nanoseconds since the epoch as ISO 8601 in UTC; null for 0, which stands for an unknown time. */
export function isoFromNanos(nanos: bigint): string | null {
  if (nanos <= 0n) return null;
  return iso(Number(nanos / 1_000_000_000n), String(nanos % 1_000_000_000n).padStart(9, '0'));
}
