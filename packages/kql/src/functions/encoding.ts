/** Encodings and hashes of texts. */
import { toText } from './casts.ts';
import { type FunctionDecl, type SqlArg, type SqlContext, ticks } from './declare.ts';
import { host } from './host.ts';

const UNRESERVED = '^[-A-Za-z0-9_.!*()]$';

/** Percent encoding: anything that is not plain becomes `%` and two small digits a byte, a blank what is given. */
const percent =
  (blank: string) =>
  (args: readonly SqlArg[], c: SqlContext): string => {
    const x = c.once(args[0]!.sql);
    const byte = `multiIf(match(b, '${UNRESERVED}'), b, b = ' ', '${blank}', concat('%', lower(hex(b))))`;
    return `if(match(${x}, '^[-A-Za-z0-9_.!*()]*$'), ${x}, arrayStringConcat(arrayMap(i -> arrayMap(b -> ${byte}, [substring(${x}, i, 1)])[1], range(1, length(${x}) + 1))))`;
  };

/** Bytes of a base64 text, empty when it is none. */
const decoded = (sql: string, c: SqlContext): string => c.once(`tryBase64Decode(${sql})`);

function utf8OfBase64(args: readonly SqlArg[], c: SqlContext): string {
  const d = decoded(args[0]!.sql, c);
  return `if(isValidUTF8(${d}), ${d}, '')`;
}

/** The bytes that are hashed: text as it is, numbers and times as eight bytes. */
function hashed(a: SqlArg, c: SqlContext): string {
  switch (a.type) {
    case 'int':
    case 'long':
    case 'timespan':
      return `reinterpret(toInt64(assumeNotNull(${a.sql})), 'FixedString(8)')`;
    case 'real':
      return `reinterpret(toFloat64(assumeNotNull(${a.sql})), 'FixedString(8)')`;
    case 'datetime':
      return `reinterpret(toInt64(assumeNotNull(${ticks(a.sql)} + 621355968000000000)), 'FixedString(8)')`;
    case 'bool':
      return `reinterpret(toUInt8(assumeNotNull(${a.sql})), 'FixedString(1)')`;
    default:
      return toText(a.sql, a.type, c);
  }
}

/** 64-bit hash of a value as SQL of type Int64; NULL for null. Also used by the sketches of distinct values. */
export function hash64(a: SqlArg, c: SqlContext): string {
  const h = `reinterpretAsInt64(xxHash64(${hashed(a, c)}))`;
  return a.type === 'string' || a.type === 'guid' || a.type === 'dynamic' ? h : `if(isNull(${a.sql}), NULL, ${h})`;
}

function hash(args: readonly SqlArg[], c: SqlContext): string {
  const h = hash64(args[0]!, c);
  return args[1] ? `toInt64(reinterpretAsUInt64(${h}) % toUInt64(${args[1].sql}))` : h;
}

/** UTF-8 bytes of a code point; empty for numbers that are none. */
const utf8 = (n: string): string =>
  `multiIf(${n} < 0 OR ${n} > 1114111 OR ${n} BETWEEN 55296 AND 57343, '', ${n} < 128, char(${n}), ${n} < 2048, char(192 + intDiv(${n}, 64), 128 + ${n} % 64), ${n} < 65536, char(224 + intDiv(${n}, 4096), 128 + intDiv(${n}, 64) % 64, 128 + ${n} % 64), char(240 + intDiv(${n}, 262144), 128 + intDiv(${n}, 4096) % 64, 128 + intDiv(${n}, 64) % 64, 128 + ${n} % 64))`;

function fromCodepoints(args: readonly SqlArg[]): string {
  const parts = args.map((a) =>
    a.type === 'dynamic'
      ? `if(startsWith(${a.sql}, '['), JSONExtract(${a.sql}, 'Array(Int64)'), [JSONExtractInt(${a.sql})])`
      : `[toInt64(ifNull(${a.sql}, -1))]`,
  );
  const all = parts.length === 1 ? parts[0] : `arrayConcat(${parts.join(', ')})`;
  return `arrayStringConcat(arrayMap(n -> ${utf8('n')}, ${all}))`;
}

/** The text form of 16 bytes whose first three fields are stored in reverse. */
function guidOfBytes(sql: string, c: SqlContext): string {
  const h = c.once(`lower(hex(${sql}))`);
  const at = (...places: number[]) => places.map((p) => `substring(${h}, ${p * 2 + 1}, 2)`).join(', ');
  return `concat(${at(3, 2, 1, 0)}, '-', ${at(5, 4)}, '-', ${at(7, 6)}, '-', ${at(8, 9)}, '-', ${at(10, 11, 12, 13, 14, 15)})`;
}

function bytesOfGuid(sql: string, c: SqlContext): string {
  const h = c.once(`replaceAll(${sql}, '-', '')`);
  const at = (...places: number[]) => places.map((p) => `substring(${h}, ${p * 2 + 1}, 2)`).join(', ');
  return `unhex(concat(${at(3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15)}))`;
}

const viaHost = (name: string, fn: string, doc: string): FunctionDecl => ({
  name,
  args: 'string',
  returns: 'string',
  total: true,
  sql: (a, c) => host(`encode.${fn}`, a, c, 'string'),
  doc,
});

const digest = (name: string, fn: string, doc: string): FunctionDecl => ({
  name,
  args: 'scalar',
  returns: 'string',
  sql: `lower(hex(${fn}($1)))`,
  doc,
});

export const ENCODING_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'url_encode',
    args: 'string',
    returns: 'string',
    sql: percent('+'),
    doc: 'Percent encoding of a form: blanks become plus signs.',
  },
  {
    name: 'url_encode_component',
    args: 'string',
    returns: 'string',
    sql: percent('%20'),
    doc: 'Percent encoding of one part of a URL: blanks become %20.',
  },
  {
    name: 'url_decode',
    args: 'string',
    returns: 'string',
    sql: 'decodeURLFormComponent($1)',
    doc: 'Reverses percent encoding.',
  },
  {
    name: 'base64_encode_tostring',
    aliases: ['base64_encodestring'],
    args: 'string',
    returns: 'string',
    sql: 'base64Encode($1)',
    doc: 'Base64 of UTF-8 text.',
  },
  {
    name: 'base64_decode_tostring',
    aliases: ['base64_decodestring'],
    args: 'string',
    returns: 'string',
    sql: utf8OfBase64,
    doc: 'UTF-8 text of base64; empty when it is none.',
  },
  {
    name: 'base64_decode_toarray',
    aliases: ['base64_decode_tobytes'],
    args: 'string',
    returns: 'dynamic',
    sql: (a, c) => {
      const d = decoded(a[0]!.sql, c);
      return `if(empty(${d}), '', toJSONString(arrayMap(i -> ascii(substring(${d}, i, 1)), range(1, length(${d}) + 1))))`;
    },
    doc: 'Bytes of base64 as an array of numbers.',
  },
  {
    name: 'base64_encode_fromarray',
    args: 'dynamic',
    returns: 'string',
    textArgs: [0],
    sql: (a, c) => {
      const b = c.once(`JSONExtractArrayRaw(${a[0]!.sql})`);
      const n = `toInt64OrNull(n)`;
      return `if(arrayExists(n -> ifNull(${n} < 0 OR ${n} > 255, true), ${b}), '', base64Encode(arrayStringConcat(arrayMap(n -> char(toUInt8OrZero(n)), ${b}))))`;
    },
    doc: 'Base64 of an array of bytes; empty when it holds anything else.',
  },
  {
    name: 'base64_decode_toguid',
    args: 'string',
    returns: 'guid',
    sql: (a, c) => {
      const d = decoded(a[0]!.sql, c);
      return `if(length(${d}) = 16, ${guidOfBytes(d, c)}, '')`;
    },
    doc: 'Identifier of the 16 bytes in base64.',
  },
  {
    name: 'base64_encode_fromguid',
    args: 'guid',
    returns: 'string',
    sql: (a, c) => `if(empty(${a[0]!.sql}), '', base64Encode(${bytesOfGuid(a[0]!.sql, c)}))`,
    doc: 'Base64 of the 16 bytes of an identifier.',
  },
  digest('hash_sha256', 'SHA256', 'SHA-256 in hex.'),
  digest('hash_sha1', 'SHA1', 'SHA-1 in hex.'),
  digest('hash_md5', 'MD5', 'MD5 in hex.'),
  {
    name: 'hash',
    aliases: ['hash_xxhash64'],
    args: 'any long?',
    returns: 'long',
    sql: hash,
    doc: 'xxHash64 of a value, or its remainder.',
  },
  {
    name: 'unicode_codepoints_from_string',
    aliases: ['to_utf8'],
    args: 'string',
    returns: 'dynamic',
    sql: "toJSONString(arrayMap(ch -> reinterpretAsUInt32(reverse(leftPad(convertCharset(ch, 'UTF-8', 'UTF-32BE'), 4, '\\\\0'))), ngrams($1, 1)))",
    doc: 'Code points.',
  },
  {
    name: 'unicode_codepoints_to_string',
    aliases: ['make_string'],
    args: 'any any*',
    returns: 'string',
    total: true,
    sql: fromCodepoints,
    doc: 'Text of code points, given one by one or in arrays.',
  },
  {
    name: 'isascii',
    args: 'string',
    returns: 'bool',
    sql: "match($1, '^[\\\\x00-\\\\x7F]*$')",
    doc: 'True for ASCII.',
  },
  { name: 'isutf8', args: 'string', returns: 'bool', sql: '(isValidUTF8($1) = 1)', doc: 'True for valid UTF-8.' },
  viaHost('punycode_from_string', 'punycodeEncode', 'Punycode of a text.'),
  viaHost('punycode_to_string', 'punycodeDecode', 'Text of punycode; empty when it is none.'),
  viaHost('punycode_domain_to_string', 'domainEncode', 'Domain name with every label in punycode where it needs it.'),
  viaHost('punycode_domain_from_string', 'domainDecode', 'Domain name with its punycode labels decoded.'),
  viaHost('zlib_compress_to_base64_string', 'zlibCompress', 'Text compressed by zlib, as base64.'),
  viaHost('zlib_decompress_from_base64_string', 'zlibDecompress', 'Text of base64 that zlib compressed.'),
  viaHost('gzip_compress_to_base64_string', 'gzipCompress', 'Text compressed by gzip, as base64.'),
  viaHost('gzip_decompress_from_base64_string', 'gzipDecompress', 'Text of base64 that gzip compressed.'),
];
