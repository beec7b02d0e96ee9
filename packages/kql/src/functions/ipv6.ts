/**
 * IPv6 functions. Addresses are 128-bit numbers; an IPv4 address stands for `::ffff:a.b.c.d`, and its prefix length
 * counts from there, so `/24` is `/120`.
 */
import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';

interface Address {
  /** Nullable UInt128. */
  readonly ip: string;
  /** Prefix length in 128 bits, -1 when it is not one. */
  readonly bits: string;
}

function address(sql: string, c: SqlContext): Address {
  const x = c.once(`trimBoth(${sql})`);
  const host = c.once(`splitByChar('/', ${x})[1]`);
  const suffix = c.once(`splitByChar('/', ${x})[2]`);
  const v4 = `match(${host}, '^[0-9.]+$')`;
  // An address with an IPv4 tail counts its prefix like an IPv4 address.
  const tail = `position(${host}, '.') > 0`;
  const number = `toUInt128(toIPv6OrNull(if(${v4}, concat('::ffff:', ${host}), ${host})))`;
  const bits = `multiIf(position(${x}, '/') = 0, toInt64(128), NOT match(${suffix}, '^[0-9]{1,3}$'), toInt64(-1), ${tail}, if(toInt64OrZero(${suffix}) > 32, toInt64(-1), toInt64OrZero(${suffix}) + 96), if(toInt64OrZero(${suffix}) > 128, toInt64(-1), toInt64OrZero(${suffix})))`;
  return { ip: c.once(number), bits: c.once(bits) };
}

/** An address with its lower bits cleared. */
function masked(ip: string, bits: string): string {
  const shift = `toUInt8(128 - greatest(0, least(128, ${bits})))`;
  // A shift by the whole width is not defined, so it is done in two.
  return `bitShiftLeft(bitShiftLeft(bitShiftRight(bitShiftRight(${ip}, intDiv(${shift}, 2)), ${shift} - intDiv(${shift}, 2)), intDiv(${shift}, 2)), ${shift} - intDiv(${shift}, 2))`;
}

/** `0000:0000:…`, eight groups of four digits. */
function canonical(number: string): string {
  const hex = `leftPad(lower(hex(${number})), 32, '0')`;
  return `arrayStringConcat(arrayMap(i -> substring(${hex}, i * 4 + 1, 4), range(8)), ':')`;
}

function compare(args: readonly SqlArg[], c: SqlContext): string {
  const [a, b] = [address(args[0]!.sql, c), address(args[1]!.sql, c)];
  const asked = args[2] ? `ifNull(${args[2].sql}, 128)` : '128';
  const bits = c.once(`toInt64(least(${asked}, ${a.bits}, ${b.bits}))`);
  const [left, right] = [c.once(masked(a.ip, bits)), c.once(masked(b.ip, bits))];
  const wrong = `isNull(${a.ip}) OR isNull(${b.ip}) OR ${bits} < 0 OR ${asked} > 128`;
  return `if(${wrong}, NULL, multiIf(${left} < ${right}, toInt64(-1), ${left} > ${right}, toInt64(1), toInt64(0)))`;
}

function inRange(ip: Address, range: Address): string {
  const wrong = `isNull(${ip.ip}) OR isNull(${range.ip}) OR ${range.bits} < 0 OR ${ip.bits} < 0`;
  const bits = `least(${ip.bits}, ${range.bits})`;
  return `if(${wrong}, NULL, ${masked(ip.ip, bits)} = ${masked(range.ip, bits)})`;
}

function inAnyRange(args: readonly SqlArg[], c: SqlContext): string {
  const ip = address(args[0]!.sql, c);
  const list = args.slice(1);
  if (list.length === 1 && list[0]!.type === 'dynamic') {
    const inner: SqlContext = { ...c, once: (s) => `(${s})` };
    const test = `ifNull(${inRange(ip, address('r', inner))}, false)`;
    return `if(isNull(${ip.ip}), NULL, arrayExists(r -> ${test}, JSONExtract(${list[0]!.sql}, 'Array(String)')))`;
  }
  return `(${list.map((r) => inRange(ip, address(r.sql, c))).join(' OR ')})`;
}

export const IPV6_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_ipv6',
    args: 'string',
    returns: 'string',
    total: true,
    sql: (a, c) => {
      const { ip, bits } = address(a[0]!.sql, c);
      return `if(isNull(${ip}) OR ${bits} < 0, '', ${canonical(masked(`assumeNotNull(${ip})`, bits))})`;
    },
    doc: 'Full text of an IPv6 or IPv4 address; a prefix masks it. Empty when it is none.',
  },
  {
    name: 'parse_ipv6_mask',
    args: 'string long',
    returns: 'string',
    total: true,
    sql: (a, c) => {
      const { ip, bits } = address(a[0]!.sql, c);
      const asked = c.once(`ifNull(${a[1]!.sql}, -1)`);
      const both = c.once(`toInt64(least(${bits}, ${asked}))`);
      return `if(isNull(${ip}) OR ${both} < 0 OR ${asked} > 128, '', ${canonical(masked(`assumeNotNull(${ip})`, both))})`;
    },
    doc: 'Full text of an address masked to a number of bits.',
  },
  {
    name: 'ipv6_compare',
    args: 'string string long?',
    returns: 'long',
    sql: compare,
    doc: 'Order of two addresses under the shortest of their prefixes.',
  },
  {
    name: 'ipv6_is_match',
    args: 'string string long?',
    returns: 'bool',
    sql: (a, c) => `(${compare(a, c)} = 0)`,
    doc: 'True when two addresses match under a prefix.',
  },
  {
    name: 'ipv6_is_in_range',
    args: 'string string',
    returns: 'bool',
    sql: (a, c) => inRange(address(a[0]!.sql, c), address(a[1]!.sql, c)),
    doc: 'True inside a network.',
  },
  {
    name: 'ipv6_is_in_any_range',
    args: 'string any any*',
    returns: 'bool',
    sql: inAnyRange,
    doc: 'True inside one of several networks.',
  },
];
