const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Zone names of RFC 5322, 4.3, in hours. Others say nothing reliable and count as UTC. */
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  bst: 1,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  jst: 9,
  aest: 10,
};

export interface MailDate {
  /** ISO 8601 in UTC. */
  readonly iso: string;
  /** False when the text names no zone that is known; the time was taken for UTC then. */
  readonly zoned: boolean;
}

/** A date as mail headers write it (RFC 5322, 3.3 and the older forms of 4.3, and what C's asctime prints). */
export function mailDate(text: string): MailDate | null {
  const plain = text
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const usual =
    /(?:^|[\s,])(\d{1,2})[\s-]([A-Za-z]{3})[A-Za-z]*[\s-](\d{2,4}),? (\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([+-]\d{2}:?\d{2}|[A-Za-z]{1,5})?/.exec(
      plain,
    );
  if (usual) {
    const [, day, month, year, hour, minute, second, zone] = usual;
    return build(Number(year), MONTHS.indexOf((month ?? '').toLowerCase()), Number(day), [hour, minute, second], zone);
  }
  const asctime =
    /([A-Za-z]{3}) (\d{1,2}) (\d{1,2}):(\d{2})(?::(\d{2}))? (?:([A-Za-z]{3,5}|[+-]\d{4}) )?(\d{4})(?: ([+-]\d{4}))?/.exec(
      plain,
    );
  if (asctime) {
    const [, month, day, hour, minute, second, name, year, offset] = asctime;
    return build(
      Number(year),
      MONTHS.indexOf((month ?? '').toLowerCase()),
      Number(day),
      [hour, minute, second],
      offset ?? name,
    );
  }
  const iso = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?/.exec(plain);
  if (iso) return build(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), [iso[4], iso[5], iso[6]], iso[7]);
  return null;
}

function build(
  year: number,
  month: number,
  day: number,
  [hour, minute, second]: readonly (string | undefined)[],
  zone: string | undefined,
): MailDate | null {
  if (month < 0) return null;
  // Two digits: RFC 5322, 4.3.
  const full = year < 50 ? year + 2_000 : year < 1_000 ? year + 1_900 : year;
  const offset = minutesOf(zone);
  const at = Date.UTC(full, month, day, Number(hour), Number(minute), Math.min(59, Number(second ?? 0)));
  const utc = new Date(at - (offset ?? 0) * 60_000);
  if (!Number.isFinite(utc.getTime()) || Number(hour) > 24 || day > 31) return null;
  return { iso: utc.toISOString(), zoned: offset !== null };
}

function minutesOf(zone: string | undefined): number | null {
  if (!zone) return null;
  const numeric = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (numeric) return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3]));
  const hours = ZONES[zone.toLowerCase()];
  return hours === undefined ? null : hours * 60;
}
