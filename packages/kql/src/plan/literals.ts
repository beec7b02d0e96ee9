/** Reading of literal texts: timespans and datetimes in all the forms the language allows. */

const UNIT_TICKS: Readonly<Record<string, bigint>> = {
  tick: 1n,
  ticks: 1n,
  microsecond: 10n,
  microseconds: 10n,
  us: 10n,
  millisecond: 10_000n,
  milliseconds: 10_000n,
  millis: 10_000n,
  milli: 10_000n,
  ms: 10_000n,
  second: 10_000_000n,
  seconds: 10_000_000n,
  sec: 10_000_000n,
  s: 10_000_000n,
  minute: 600_000_000n,
  minutes: 600_000_000n,
  min: 600_000_000n,
  m: 600_000_000n,
  hour: 36_000_000_000n,
  hours: 36_000_000_000n,
  hr: 36_000_000_000n,
  hrs: 36_000_000_000n,
  h: 36_000_000_000n,
  day: 864_000_000_000n,
  days: 864_000_000_000n,
  d: 864_000_000_000n,
};

export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_DAY = 864_000_000_000n;
const INT64_MAX = 9223372036854775807n;

/** `1.02:03:04.5`, `02:03`, `5` (days) or `1.5h` in ticks of 100 ns; undefined when it is none of them. */
export function timespanTicks(text: string): bigint | undefined {
  const s = text.trim();
  const unit = /^([-+]?)(\d+)(?:\.(\d+))?\s*([a-zA-Z]+)$/.exec(s);
  if (unit) {
    const ticks = UNIT_TICKS[unit[4]!.toLowerCase()];
    if (ticks === undefined) return undefined;
    const fraction = unit[3] ?? '';
    const whole = BigInt(unit[2]!) * ticks;
    const part = fraction ? (BigInt(fraction) * ticks) / 10n ** BigInt(fraction.length) : 0n;
    return signed(unit[1] === '-', whole + part);
  }
  const clock = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?$/.exec(s);
  if (clock) {
    const fraction = BigInt(`${clock[6] ?? ''}0000000`.slice(0, 7));
    const hours = BigInt(clock[2] ?? 0) * 24n + BigInt(clock[3]!);
    const seconds = (hours * 60n + BigInt(clock[4]!)) * 60n + BigInt(clock[5] ?? 0);
    return signed(clock[1] === '-', seconds * TICKS_PER_SECOND + fraction);
  }
  const days = /^(-)?(\d+)$/.exec(s);
  if (days) return signed(days[1] === '-', BigInt(days[2]!) * TICKS_PER_DAY);
  return undefined;
}

function signed(negative: boolean, ticks: bigint): bigint | undefined {
  const value = negative ? -ticks : ticks;
  return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A datetime text as `YYYY-MM-DDTHH:MM:SS.fffffffZ`, or undefined when it cannot be read.
 * @param today the day that a time without a date means; without it such a text cannot be read
 */
export function isoDatetime(text: string, today?: Date): string | undefined {
  const s = text
    // Texts copied from web pages carry other blanks and marks without width.
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/\s/g, ' ')
    .trim()
    .replace(/^["']|["']$/g, '')
    .replace(/^(\d{4})\s+-\s+(\d{1,2})\s+-\s+(\d{1,2})/, '$1-$2-$3')
    .replace(/^(\d{4})\s*,\s*(\d{1,2})\s*,\s*(\d{1,2})$/, '$1-$2-$3')
    .replace(/^(\d{1,2})-(\d{1,2})-(\d{4})/, '$1/$2/$3');
  const time = String.raw`(?:[T ,]+(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?\s*(AM|PM)?)?`;
  const zone = String.raw`\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})?`;
  const iso = new RegExp(`^(\\d{4})-(\\d{1,2})(?:-(\\d{1,2}))?${time}${zone}$`, 'i').exec(s);
  if (iso) return build(iso[1]!, iso[2]!, iso[3] ?? '1', iso[4], iso[5], iso[6], iso[7], iso[8], iso[9]);
  const slashYear = new RegExp(`^(\\d{4})/(\\d{1,2})/(\\d{1,2})${time}${zone}$`, 'i').exec(s);
  if (slashYear) {
    const [, y, mo, d, h, mi, se, f, ap, z] = slashYear;
    return build(y!, mo!, d!, h, mi, se, f, ap, z);
  }
  const us = new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${time}${zone}$`, 'i').exec(s);
  if (us) return build(us[3]!, us[1]!, us[2]!, us[4], us[5], us[6], us[7], us[8], us[9]);
  const compact = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?Z?)?$/.exec(s);
  if (compact) return build(compact[1]!, compact[2]!, compact[3]!, compact[4], compact[5], compact[6]);
  const rfc = new RegExp(
    `^(?:[A-Za-z]+,?\\s+)?(\\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\\d{2,4})${time}${zone}$`,
    'i',
  ).exec(s);
  if (rfc) return build(rfc[3]!, monthNumber(rfc[2]!), rfc[1]!, rfc[4], rfc[5], rfc[6], rfc[7], rfc[8], rfc[9]);
  const named = new RegExp(
    `^(?:[A-Za-z]+,?\\s+)?([A-Za-z]{3})[a-z]*\\s+(\\d{1,2}),?\\s+(\\d{4})${time}${zone}$`,
    'i',
  ).exec(s);
  if (named)
    return build(
      named[3]!,
      monthNumber(named[1]!),
      named[2]!,
      named[4],
      named[5],
      named[6],
      named[7],
      named[8],
      named[9],
    );
  const clock = /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(AM|PM)?$/i.exec(s);
  if (today && clock && (clock[2] || clock[5])) {
    const [y, mo, d] = today.toISOString().slice(0, 10).split('-');
    return build(y!, mo!, d!, clock[1], clock[2], clock[3], clock[4], clock[5]);
  }
  const year = /^(\d{4})$/.exec(s);
  if (year) return build(year[1]!, '1', '1');
  return undefined;
}

function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

function build(
  year: string,
  month: string,
  day: string,
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
  half?: string,
  zone?: string,
): string | undefined {
  let h = Number(hour);
  if (half) h = (h % 12) + (/pm/i.test(half) ? 12 : 0);
  const y = year.length === 2 ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
  const [mo, d, mi, se] = [Number(month), Number(day), Number(minute), Number(second)];
  if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || se > 59 || y < 1) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(y, mo - 1, d);
  at.setUTCHours(h, mi, se);
  if (at.getUTCDate() !== d && h < 24) return undefined;
  const offset = /^([-+])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (offset)
    at.setTime(at.getTime() - (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000);
  return isoTicks(at, `${fraction}0000000`.slice(0, 7));
}

/** ISO text of a date with a given seven-digit fraction. */
export function isoTicks(date: Date, fraction?: string): string {
  const iso = date.toISOString();
  const base = iso.startsWith('+') || iso.startsWith('-') ? `9999${iso.slice(7)}` : iso;
  return `${base.slice(0, 19)}.${fraction ?? `${base.slice(20, 23)}0000`}Z`;
}

/** ISO text of a datetime as ticks since 1970. */
export function ticksOfIso(iso: string): bigint {
  return BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 10_000n + BigInt(iso.slice(20, 27));
}

/** Inverse of `ticksOfIso`. */
export function isoOfTicks(ticks: bigint): string {
  let seconds = ticks / TICKS_PER_SECOND;
  let rest = ticks % TICKS_PER_SECOND;
  if (rest < 0n) {
    rest += TICKS_PER_SECOND;
    seconds -= 1n;
  }
  return isoTicks(new Date(Number(seconds) * 1000), rest.toString().padStart(7, '0'));
}

/** A timespan the way it prints: `1.02:03:04.5000000`. */
export function timespanText(ticks: bigint): string {
  const a = ticks < 0n ? -ticks : ticks;
  const two = (v: bigint) => v.toString().padStart(2, '0');
  const days = a / 864_000_000_000n;
  const fraction = a % 10_000_000n;
  const clock = [(a / 36_000_000_000n) % 24n, (a / 600_000_000n) % 60n, (a / 10_000_000n) % 60n].map(two).join(':');
  const tail = fraction ? `.${fraction.toString().padStart(7, '0')}` : '';
  return `${ticks < 0n ? '-' : ''}${days ? `${days}.` : ''}${clock}${tail}`;
}
