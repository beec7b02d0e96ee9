import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';

const ADDRESS = '^[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}(?:/[0-9]{1,2})?$';

/** Nullable number of an IPv4 text; a prefix is applied as a mask. */
function number(sql: string, c: SqlContext): string {
  const x = c.once(`trimBoth(${sql})`);
  const ip = c.once(`toUInt32(toIPv4OrNull(splitByChar('/', ${x})[1]))`);
  const bits = c.once(`if(position(${x}, '/') > 0, toUInt8OrZero(splitByChar('/', ${x})[2]), 32)`);
  return `if(match(${x}, '${ADDRESS}') AND ${bits} <= 32, toInt64(bitAnd(${ip}, ${mask(bits)})), NULL)`;
}

const mask = (bits: string) => `toUInt32(4294967296 - bitShiftLeft(toUInt64(1), 32 - ${bits}))`;

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
  const base = c.once(number(`splitByChar('/', ${range})[1]`, c));
  const bits = c.once(`if(position(${range}, '/') > 0, toUInt8OrZero(splitByChar('/', ${range})[2]), 32)`);
  return `if(isNull(${n}) OR isNull(${base}), NULL, ${inNetwork(n, base, bits)})`;
}

function inAnyRange(args: readonly SqlArg[], c: SqlContext): string {
  const ip = args[0]!.sql;
  const list = args.slice(1);
  if (list.length === 1 && list[0]!.type === 'dynamic') {
    const n = c.once(number(ip, c));
    const ranges = `arrayFilter(r -> match(r, '${ADDRESS}'), JSONExtract(${list[0]!.sql}, 'Array(String)'))`;
    const bits = "if(position(r, '/') > 0, toUInt8OrZero(splitByChar('/', r)[2]), 32)";
    const test = inNetwork(`assumeNotNull(${n})`, "toIPv4OrZero(splitByChar('/', r)[1])", bits);
    return `if(isNull(${n}), NULL, arrayExists(r -> ${test}, ${ranges}))`;
  }
  return `(${list.map((r) => inRange(ip, r.sql, c)).join(' OR ')})`;
}

function compareIp(args: readonly SqlArg[], c: SqlContext): string {
  const prefix = constant(args[2]);
  const bits = typeof prefix === 'string' ? prefix : args[2] ? args[2].sql : '32';
  const own = (x: string) => `if(position(${x}, '/') > 0, toUInt8OrZero(splitByChar('/', ${x})[2]), 32)`;
  const least = c.once(`least(${bits}, ${own(args[0]!.sql)}, ${own(args[1]!.sql)})`);
  const [a, b] = args.map((x) => c.once(number(`splitByChar('/', ${x.sql})[1]`, c)));
  const left = `bitAnd(toUInt32(${a}), ${mask(least)})`;
  const right = `bitAnd(toUInt32(${b}), ${mask(least)})`;
  return `if(isNull(${a}) OR isNull(${b}), NULL, multiIf(${left} < ${right}, toInt64(-1), ${left} > ${right}, toInt64(1), toInt64(0)))`;
}

export const IP_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_ipv4',
    args: 'string',
    returns: 'long',
    sql: (a, c) => number(a[0]!.sql, c),
    doc: 'Number of an IPv4 address.',
  },
  {
    name: 'parse_ipv4_mask',
    args: 'string long',
    returns: 'long',
    sql: (a, c) => {
      const n = c.once(number(a[0]!.sql, c));
      return `if(isNull(${n}), NULL, toInt64(bitAnd(toUInt32(${n}), ${mask(`toUInt8(${a[1]!.sql})`)})))`;
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
    doc: 'Order of two addresses.',
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
      return `if(match(${x}, '${ADDRESS}'), if(position(${x}, '/') > 0, toInt64OrNull(splitByChar('/', ${x})[2]), 32), NULL)`;
    },
    doc: 'Prefix length.',
  },
  {
    name: 'format_ipv4',
    args: 'any long?',
    returns: 'string',
    sql: (a, c) => {
      const n = c.once(a[0]!.type === 'string' ? number(a[0]!.sql, c) : a[0]!.sql);
      const masked = a[1] ? `bitAnd(toUInt32(${n}), ${mask(`toUInt8(${a[1].sql})`)})` : `toUInt32(${n})`;
      return `if(isNull(${n}), '', IPv4NumToString(${masked}))`;
    },
    doc: 'Text of an IPv4 address.',
  },
  {
    name: 'format_ipv4_mask',
    args: 'any long?',
    returns: 'string',
    sql: (a, c) => {
      const n = c.once(a[0]!.type === 'string' ? number(a[0]!.sql, c) : a[0]!.sql);
      const bits = a[1]?.sql ?? '32';
      return `if(isNull(${n}), '', concat(IPv4NumToString(bitAnd(toUInt32(${n}), ${mask(`toUInt8(${bits})`)})), '/', toString(${bits})))`;
    },
    doc: 'Text of a network.',
  },
  {
    name: 'parse_ipv6',
    args: 'string',
    returns: 'string',
    sql: (a) =>
      `ifNull(arrayStringConcat(arrayMap(i -> lower(substring(hex(toIPv6OrNull(${a[0]!.sql})), i * 4 + 1, 4)), range(8)), ':'), '')`,
    doc: 'Full text of an IPv6 address.',
  },
  {
    name: 'ipv6_is_match',
    args: 'string string long?',
    returns: 'bool',
    sql: (a) => `(toIPv6OrNull(${a[0]!.sql}) = toIPv6OrNull(${a[1]!.sql}))`,
    check: (a) => (a[2] ? 'A prefix is not supported here.' : undefined),
    doc: 'True when two IPv6 addresses are equal.',
  },
];
