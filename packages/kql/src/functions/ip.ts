/** IPv4 functions. An address may carry a prefix length, `10.0.0.1/8`, which masks it. */
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';

const ADDRESS = '^[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}(?:/[0-9]{1,2})?$';

const hostPart = (x: string) => `splitByChar('/', ${x})[1]`;
const ownBits = (x: string) => `if(position(${x}, '/') > 0, toInt64OrZero(splitByChar('/', ${x})[2]), 32)`;

/** Nullable number of an IPv4 text; a prefix is applied as a mask. */
function number(sql: string, c: SqlContext): string {
  const x = c.once(`trimBoth(${sql})`);
  const ip = c.once(`toUInt32(toIPv4OrNull(${hostPart(x)}))`);
  const bits = c.once(ownBits(x));
  return `if(match(${x}, '${ADDRESS}') AND ${bits} <= 32, toInt64(bitAnd(${ip}, ${mask(bits)})), NULL)`;
}

/** The 32-bit mask of a prefix length, which is brought into 0 to 32. */
const mask = (bits: string): string =>
  /^\d+$/.test(bits)
    ? String(2 ** 32 - 2 ** (32 - Math.min(32, Number(bits))))
    : `toUInt32(4294967296 - bitShiftLeft(toUInt64(1), toUInt8(32 - greatest(0, least(32, ifNull(${bits}, 32))))))`;

const PRIVATE: readonly (readonly [number, number])[] = [
  [0x0a000000, 8],
  [0xac100000, 12],
  [0xc0a80000, 16],
];

function inNetwork(ip: string, base: string, bits: string): string {
  return `(bitAnd(toUInt32(${ip}), ${mask(bits)}) = bitAnd(toUInt32(${base}), ${mask(bits)}))`;
}

function isPrivate(args: readonly SqlArg[], c: SqlContext): string {
  const ip = c.once(number(args[0]!.sql, c));
  const tests = PRIVATE.map(([base, bits]) => inNetwork(ip, String(base), String(bits)));
  return `if(isNull(${ip}), NULL, ${tests.join(' OR ')})`;
}

/** True when the address is inside a network text such as `10.0.0.0/8`. */
function inRange(ip: string, range: string, c: SqlContext): string {
  const n = c.once(number(ip, c));
  const base = c.once(number(hostPart(range), c));
  const bits = c.once(ownBits(range));
  return `if(isNull(${n}) OR isNull(${base}) OR ${bits} > 32, NULL, ${inNetwork(n, base, bits)})`;
}

function inAnyRange(args: readonly SqlArg[], c: SqlContext): string {
  const ip = args[0]!.sql;
  const list = args.slice(1);
  if (list.length === 1 && list[0]!.type === 'dynamic') {
    const n = c.once(number(ip, c));
    const ranges = `arrayFilter(r -> match(r, '${ADDRESS}'), JSONExtract(${list[0]!.sql}, 'Array(String)'))`;
    const test = inNetwork(`assumeNotNull(${n})`, `toIPv4OrZero(${hostPart('r')})`, ownBits('r'));
    return `if(isNull(${n}), NULL, arrayExists(r -> ${test}, ${ranges}))`;
  }
  return `(${list.map((r) => inRange(ip, r.sql, c)).join(' OR ')})`;
}

function compareIp(args: readonly SqlArg[], c: SqlContext): string {
  const prefix = constant(args[2]);
  const bits = typeof prefix === 'string' ? prefix : args[2] ? `ifNull(${args[2].sql}, 32)` : '32';
  const least = c.once(`least(${bits}, ${ownBits(args[0]!.sql)}, ${ownBits(args[1]!.sql)})`);
  const [a, b] = args.slice(0, 2).map((x) => c.once(number(hostPart(x.sql), c)));
  const left = `bitAnd(toUInt32(${a}), ${mask(least)})`;
  const right = `bitAnd(toUInt32(${b}), ${mask(least)})`;
  return `if(isNull(${a}) OR isNull(${b}) OR ${least} < 0 OR ${least} > 32, NULL, multiIf(${left} < ${right}, toInt64(-1), ${left} > ${right}, toInt64(1), toInt64(0)))`;
}

/** Address and smallest prefix length of `format_ipv4` and `format_ipv4_mask`. */
function formatted(args: readonly SqlArg[], c: SqlContext): { text: string; bits: string; wrong: string } {
  const [a, wanted] = args;
  const text = a!.type === 'string' || a!.type === 'dynamic';
  const own = text ? c.once(ownBits(a!.sql)) : '32';
  const asked = wanted ? `ifNull(${wanted.sql}, 32)` : '32';
  const bits = c.once(`toInt64(least(${asked}, ${own}))`);
  const n = text ? c.once(number(hostPart(a!.sql), c)) : a!.sql;
  const wrong = `isNull(${n}) OR ${bits} < 0 OR ${n} < 0 OR ${n} > 4294967295 OR ${asked} > 32 OR ${own} > 32`;
  return { text: `IPv4NumToString(bitAnd(toUInt32(${n}), ${mask(bits)}))`, bits, wrong };
}

/** The fewest networks that cover a range of addresses exactly. */
function cidrList(args: readonly SqlArg[], c: SqlContext): string {
  const [from, to] = args.map((a) => c.once(number(a.sql, c)));
  // One step takes the largest network that starts at the position and does not pass the end.
  const size = `bitAnd(p, -p)`;
  const largest = `if(p = 0, toInt64(4294967296), ${size})`;
  const room = `toInt64(exp2(floor(log2(assumeNotNull(${to}) - p + 1))))`;
  const step = `arrayMap(n -> (s.1 + n, arrayConcat(s.2, [concat(IPv4NumToString(toUInt32(p)), '/', toString(32 - toInt64(round(log2(n)))))])), [least(${largest}, ${room})])[1]`;
  const walk = `arrayFold((s, i) -> if(s.1 > assumeNotNull(${to}), s, arrayMap(p -> ${step}, [s.1])[1]), range(64), (assumeNotNull(${from}), CAST([], 'Array(String)')))`;
  return `if(isNull(${from}) OR isNull(${to}) OR ${from} > ${to}, '', toJSONString(${walk}.2))`;
}

export const IP_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_ipv4',
    args: 'string',
    returns: 'long',
    sql: (a, c) => number(a[0]!.sql, c),
    doc: 'Number of an IPv4 address; a prefix masks it.',
  },
  {
    name: 'parse_ipv4_mask',
    args: 'string long',
    returns: 'long',
    sql: (a, c) => {
      const n = c.once(number(a[0]!.sql, c));
      const bits = a[1]!.sql;
      return `if(isNull(${n}) OR ${bits} < 0 OR ${bits} > 32, NULL, toInt64(bitAnd(toUInt32(${n}), ${mask(bits)})))`;
    },
    doc: 'Number of a masked IPv4 address.',
  },
  {
    name: 'ipv4_is_private',
    args: 'string',
    returns: 'bool',
    sql: isPrivate,
    doc: 'True for addresses of private networks.',
  },
  {
    name: 'ipv4_is_in_range',
    args: 'string string',
    returns: 'bool',
    sql: (a, c) => inRange(a[0]!.sql, a[1]!.sql, c),
    doc: 'True inside a network.',
  },
  {
    name: 'ipv4_is_in_any_range',
    args: 'string any any*',
    returns: 'bool',
    sql: inAnyRange,
    doc: 'True inside one of several networks.',
  },
  {
    name: 'ipv4_compare',
    args: 'string string long?',
    returns: 'long',
    sql: compareIp,
    doc: 'Order of two addresses under the shortest of their prefixes.',
  },
  {
    name: 'ipv4_is_match',
    args: 'string string long?',
    returns: 'bool',
    sql: (a, c) => `(${compareIp(a, c)} = 0)`,
    doc: 'True when two addresses match under a prefix.',
  },
  {
    name: 'ipv4_netmask_suffix',
    args: 'string',
    returns: 'long',
    sql: (a, c) => {
      const x = c.once(`trimBoth(${a[0]!.sql})`);
      return `if(match(${x}, '${ADDRESS}'), ${ownBits(x)}, NULL)`;
    },
    doc: 'Prefix length.',
  },
  {
    name: 'format_ipv4',
    args: 'any long?',
    returns: 'string',
    sql: (a, c) => {
      const { text, wrong } = formatted(a, c);
      return `if(${wrong}, '', ${text})`;
    },
    doc: 'Text of an IPv4 address, masked by a prefix; empty when it is none.',
  },
  {
    name: 'format_ipv4_mask',
    args: 'any long?',
    returns: 'string',
    sql: (a, c) => {
      const { text, bits, wrong } = formatted(a, c);
      return `if(${wrong}, '', concat(${text}, '/', toString(${bits})))`;
    },
    doc: 'Text of a network, `10.0.0.0/8`.',
  },
  {
    name: 'ipv4_range_to_cidr_list',
    args: 'string string',
    returns: 'dynamic',
    sql: cidrList,
    doc: 'Networks that cover a range of addresses exactly.',
  },
];
