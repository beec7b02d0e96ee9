/**
 * Typed values of binary XML, as the substitutions of a record hold them.
 * Format: [MS-EVEN6] 2.2.12 to 2.2.15 and the description of the EVTX file format by the libevtx project.
 */

/** A value as JSON shows it. Whole numbers beyond 2^53 are texts, so that no reader rounds them. */
export type Scalar = string | number | boolean | null;

export const TYPE_NULL = 0x00;
export const TYPE_BINXML = 0x21;
const ARRAY_FLAG = 0x80;

/** A record that does not hold what the format says. */
export class EvtxError extends Error {}

function exact(value: bigint): number | string {
  return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value.toString();
}

/** UTF-16 text without the zeros that end it. */
export function utf16(bytes: Buffer, start: number, end: number): string {
  let stop = end;
  while (stop - start >= 2 && bytes[stop - 1] === 0 && bytes[stop - 2] === 0) stop -= 2;
  return bytes.toString('utf16le', start, stop);
}

function hex(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('hex', start, end).toUpperCase();
}

/** A GUID as Windows writes it in events: upper case in braces. */
export function guid(bytes: Buffer, at: number): string {
  const word = (offset: number, size: number): string =>
    bytes
      .readUIntLE(at + offset, size)
      .toString(16)
      .padStart(size * 2, '0')
      .toUpperCase();
  return `{${word(0, 4)}-${word(4, 2)}-${word(6, 2)}-${hex(bytes, at + 8, at + 10)}-${hex(bytes, at + 10, at + 16)}}`;
}

/** ISO text in UTC with the 100 nanoseconds that a FILETIME counts since 1601. */
export function filetime(ticks: bigint): string {
  const unix = ticks - 116_444_736_000_000_000n;
  const milliseconds = Number(unix / 10_000n);
  const date = new Date(milliseconds);
  // Beyond what a date can say (275,760): the number itself is all there is.
  if (Number.isNaN(date.getTime())) return ticks.toString();
  const fraction = ((unix % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const seconds = new Date(Math.floor(Number(unix - fraction) / 10_000)).toISOString().slice(0, -5);
  return `${seconds}.${fraction.toString().padStart(7, '0')}Z`;
}

function systemtime(bytes: Buffer, at: number): string {
  const part = (index: number, width = 2): string =>
    bytes
      .readUInt16LE(at + index * 2)
      .toString()
      .padStart(width, '0');
  return `${part(0, 4)}-${part(1)}-${part(3)}T${part(4)}:${part(5)}:${part(6)}.${part(7, 3)}Z`;
}

function sid(bytes: Buffer, start: number, end: number): string {
  if (end - start < 8) throw new EvtxError('a security identifier is too short');
  const count = bytes[start + 1] ?? 0;
  if (end - start < 8 + count * 4) throw new EvtxError('a security identifier is cut off');
  const authority = bytes.readUIntBE(start + 2, 6);
  const parts = [`S-${bytes[start]}`, authority >= 2 ** 32 ? `0x${authority.toString(16)}` : String(authority)];
  for (let i = 0; i < count; i++) parts.push(String(bytes.readUInt32LE(start + 8 + i * 4)));
  return parts.join('-');
}

const SIZES: Readonly<Record<number, number>> = {
  3: 1,
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  15: 16,
  17: 8,
  18: 16,
  20: 4,
  21: 8,
};

/** One value of a type that is no array. */
function scalar(type: number, bytes: Buffer, start: number, end: number): Scalar {
  const need = SIZES[type];
  if (need !== undefined && end - start < need) {
    if (end === start) return null;
    throw new EvtxError(`a value of type 0x${type.toString(16)} is cut off`);
  }
  switch (type) {
    case TYPE_NULL:
      return null;
    case 0x01:
      return utf16(bytes, start, end);
    case 0x02: {
      const zero = bytes.indexOf(0, start);
      return bytes.toString('latin1', start, zero !== -1 && zero < end ? zero : end);
    }
    case 0x03:
      return bytes.readInt8(start);
    case 0x04:
      return bytes.readUInt8(start);
    case 0x05:
      return bytes.readInt16LE(start);
    case 0x06:
      return bytes.readUInt16LE(start);
    case 0x07:
      return bytes.readInt32LE(start);
    case 0x08:
      return bytes.readUInt32LE(start);
    case 0x09:
      return exact(bytes.readBigInt64LE(start));
    case 0x0a:
      return exact(bytes.readBigUInt64LE(start));
    case 0x0b:
    case 0x0c: {
      const real = type === 0x0b ? bytes.readFloatLE(start) : bytes.readDoubleLE(start);
      return Number.isFinite(real) ? real : String(real);
    }
    case 0x0d:
      // Any other number than 0 and 1 has been seen in the wild; all of them mean true.
      return bytes.readUInt32LE(start) !== 0;
    case 0x0e:
      return hex(bytes, start, end);
    case 0x0f:
      return guid(bytes, start);
    case 0x10:
      return `0x${(end - start >= 8 ? bytes.readBigUInt64LE(start) : BigInt(bytes.readUIntLE(start, Math.min(4, end - start) || 1))).toString(16)}`;
    case 0x11:
      return filetime(bytes.readBigUInt64LE(start));
    case 0x12:
      return systemtime(bytes, start);
    case 0x13:
      return sid(bytes, start, end);
    case 0x14:
      return `0x${bytes.readUInt32LE(start).toString(16)}`;
    case 0x15:
      return `0x${bytes.readBigUInt64LE(start).toString(16)}`;
    default:
      return hex(bytes, start, end);
  }
}

/**
 * The value of a substitution that is no binary XML; an array for the array types.
 * @throws EvtxError when the bytes do not fit the type
 */
export function readValue(type: number, bytes: Buffer, start: number, end: number): Scalar | Scalar[] {
  if ((type & ARRAY_FLAG) === 0) return scalar(type, bytes, start, end);
  const element = type & ~ARRAY_FLAG;
  if (element === 0x01) {
    if (end - start < 2) return [];
    // Every text ends with a zero; the last one's may be missing.
    const text = bytes.toString('utf16le', start, end);
    return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  }
  if (element === 0x02) return bytes.toString('latin1', start, end).replace(/\0$/, '').split('\0');
  if (element === 0x13) {
    const values: Scalar[] = [];
    for (let at = start; at + 8 <= end; ) {
      const size = 8 + (bytes[at + 1] ?? 0) * 4;
      values.push(sid(bytes, at, Math.min(end, at + size)));
      at += size;
    }
    return values;
  }
  const size = element === 0x10 ? 8 : SIZES[element];
  if (size === undefined) return [hex(bytes, start, end)];
  const values: Scalar[] = [];
  for (let at = start; at + size <= end; at += size) values.push(scalar(element, bytes, at, at + size));
  return values;
}
