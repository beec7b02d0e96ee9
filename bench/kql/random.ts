/**
 * SQL fragments that draw seeded values from a row number. Every draw names its own salt, so that columns are independent
 * of each other and a table is the same in every run.
 */

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** UInt64 of this row and salt. */
export const hash = (salt: string, of = 'n'): string => `cityHash64(${of}, ${text(salt)})`;

/** Real in [0, 1). */
export const unit = (salt: string, of = 'n'): string => `(${hash(salt, of)} % 1000003 / 1000003)`;

/** Whole number from 0 to size - 1; a skew above 1 prefers small ones. */
export const index = (salt: string, size: number, skew = 1, of = 'n'): string =>
  skew === 1 ? `(${hash(salt, of)} % ${size})` : `toUInt32(floor(pow(${unit(salt, of)}, ${skew}) * ${size}))`;

/** One of the texts; a skew above 1 prefers those in front. */
export const pick = (salt: string, texts: readonly string[], skew = 1, of = 'n'): string =>
  `[${texts.map(text).join(', ')}][${index(salt, texts.length, skew, of)} + 1]`;

/** One of the SQL expressions. */
export const choose = (salt: string, cases: readonly string[], skew = 1): string =>
  `multiIf(${cases
    .slice(0, -1)
    .map((sql, i) => `${index(salt, cases.length, skew)} = ${i}, ${sql}`)
    .join(', ')}, ${cases.at(-1)})`;

/** True for one row in `every`. */
export const rare = (salt: string, every: number): string => `${hash(salt)} % ${every} = 0`;

/** Upper-case hash text of a value, like the ones events carry. */
export const sha256 = (of: string): string => `lower(hex(SHA256(${of})))`;
export const sha1 = (of: string): string => `lower(hex(SHA1(${of})))`;

/** Device number: a few servers are busy, most desktops are not. */
export const DEVICES = 2000;
export const device = (salt: string): string => index(salt, DEVICES, 1.6);
export const deviceName = (d: string): string =>
  `concat(if(${d} < 60, 'srv-', 'ws-'), leftPad(toString(${d}), 5, '0'), '.corp.example')`;
export const deviceId = (d: string): string => sha1(`concat('device', toString(${d}))`);

export const USERS = 3000;
export const user = (salt: string): string => index(salt, USERS, 1.4);
const GIVEN = [
  'anna',
  'ben',
  'carla',
  'david',
  'eva',
  'felix',
  'greta',
  'henri',
  'ines',
  'jonas',
  'karin',
  'luca',
  'mara',
  'nils',
  'olga',
  'pavel',
  'rosa',
  'sven',
  'tilda',
  'uwe',
];
const FAMILY = [
  'adler',
  'berg',
  'conti',
  'duval',
  'ekman',
  'frei',
  'graf',
  'holm',
  'ivanov',
  'jensen',
  'keller',
  'lind',
  'moser',
  'novak',
  'olsen',
  'petit',
  'roth',
  'sato',
  'turner',
  'vogel',
];
export const accountName = (u: string): string =>
  `concat([${GIVEN.map(text).join(', ')}][${u} % ${GIVEN.length} + 1], '.', [${FAMILY.map(text).join(', ')}][intDiv(${u}, ${GIVEN.length}) % ${FAMILY.length} + 1], toString(intDiv(${u}, ${GIVEN.length * FAMILY.length})))`;
export const upn = (u: string): string => `concat(${accountName(u)}, '@corp.example')`;
export const guid = (of: string): string => `toString(reinterpretAsUUID(substring(SHA1(${of}), 1, 16)))`;

/** Address inside the company. */
export const privateIp = (d: string): string =>
  `concat('10.', toString(20 + ${d} % 7), '.', toString(intDiv(${d}, 250)), '.', toString(${d} % 250 + 1))`;

/** Address outside: most traffic goes to a few thousand, the rest is spread. */
export function publicIp(salt: string): string {
  const h = `if(${hash(`${salt}?`)} % 10 < 8, cityHash64(${index(`${salt}#`, 4000, 2)}), ${hash(salt)})`;
  return `IPv4NumToString(toUInt32(${h} % 3204448256 + 184549376))`;
}
