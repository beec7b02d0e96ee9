import type { Zone } from './zone.ts';

/** A time at the beginning of a text. */
export interface FoundTime {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Digits behind the milliseconds, so that nothing a sender gave is lost. */
  readonly finer: string;
  /** Position behind it. */
  readonly end: number;
}

const MONTHS: Readonly<Record<string, number>> = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
};
const ISO =
  /(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d{2}:?\d{2}))?(?=[\s:]|$)/y;
/** RFC 3164, with a year, with fractions, with the name of a zone, as devices write it. */
const BSD =
  /(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2})(?: (\d{4}))? (\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: (\d{4})(?=[ :]))?(?: (UTC|GMT|[A-Z]{3,4}|[+-]\d{2}:?\d{2})(?=:? ))?/y;

/** Milliseconds of ISO 8601 parts; null when they are no date. */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  const at = Date.UTC(year, month, day, hour, minute, Math.min(second, 59));
  // The 31st of a month of 30 days is a mistake, not the 1st of the next.
  return new Date(at).getUTCMonth() === month ? at : null;
}

const offsetOf = (zone: string): number =>
  zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;

/**
 * A timestamp at `from`: ISO 8601 (RFC 5424, rsyslog's forward format) or the one of RFC 3164. A missing year is the
 * one that brings it nearest to `now`; a missing zone is the sender's.
 */
export function timeAt(text: string, from: number, zone: Zone, now: number): FoundTime | null {
  const code = text.charCodeAt(from);
  if (code >= 48 && code <= 57) {
    ISO.lastIndex = from;
    const found = ISO.exec(text);
    if (!found) return null;
    const local = utc(
      +(found[1] ?? 0),
      +(found[2] ?? 0) - 1,
      +(found[3] ?? 0),
      +(found[4] ?? 0),
      +(found[5] ?? 0),
      +(found[6] ?? 0),
    );
    return local === null ? null : build(local, found[7], found[8], zone, ISO.lastIndex);
  }
  BSD.lastIndex = from;
  const found = BSD.exec(text);
  if (!found) return null;
  const end = BSD.lastIndex;
  const month = MONTHS[found[1] ?? ''] ?? 0;
  const day = +(found[2] ?? 0);
  const [hour, minute, second] = [+(found[4] ?? 0), +(found[5] ?? 0), +(found[6] ?? 0)];
  const given = found[3] ?? found[8];
  const name = found[9];
  const fixed = name === 'UTC' || name === 'GMT' ? 'Z' : name && /^[+-]/.test(name) ? name : undefined;
  if (given) {
    const local = utc(+given, month, day, hour, minute, second);
    return local === null ? null : build(local, found[7], fixed, zone, end);
  }
  const year = new Date(now).getUTCFullYear();
  let best: number | null = null;
  for (const candidate of [year, year - 1, year + 1]) {
    const local = utc(candidate, month, day, hour, minute, second);
    if (local !== null && (best === null || Math.abs(local - now) < Math.abs(best - now))) best = local;
  }
  return best === null ? null : build(best, found[7], fixed, zone, end);
}

function build(
  local: number,
  fraction: string | undefined,
  zone: string | undefined,
  fallback: Zone,
  end: number,
): FoundTime {
  const digits = fraction ?? '';
  const milliseconds = digits === '' ? 0 : Number(digits.padEnd(3, '0').slice(0, 3));
  const at = (zone === undefined ? fallback.toUtc(local) : local - offsetOf(zone)) + milliseconds;
  return { at, finer: digits.slice(3), end };
}
