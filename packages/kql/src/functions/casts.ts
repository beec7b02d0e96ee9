import type { KqlType } from '../types.ts';
import { DATETIME, DECIMAL_DIGITS, datetimeOf, realOf, type SqlContext, sqlType, ticks } from './declare.ts';

type Once = Pick<SqlContext, 'once'>;

/** Text without the white space around it. */
const trimmed = (sql: string): string => `trimBoth(${sql}, ' \\t\\n\\r\\f\\v')`;

/** Text of a dynamic value: strings without their quotes, anything else as JSON. */
export function dynamicText(sql: string, c: Once): string {
  const x = c.once(sql);
  return `multiIf(startsWith(${x}, '"'), JSONExtractString(${x}), ${x} = 'null', '', ${x})`;
}

function timespanText(sql: string, c: Once): string {
  const x = c.once(sql);
  const a = c.once(`abs(${x})`);
  const two = (e: string) => `leftPad(toString(${e}), 2, '0')`;
  const days = `intDiv(${a}, 864000000000)`;
  const clock = [
    two(`intDiv(${a}, 36000000000) % 24`),
    two(`intDiv(${a}, 600000000) % 60`),
    two(`intDiv(${a}, 10000000) % 60`),
  ].join(`, ':', `);
  const fraction = `if(${a} % 10000000 = 0, '', concat('.', leftPad(toString(${a} % 10000000), 7, '0')))`;
  const day = `if(${days} = 0, '', concat(toString(${days}), '.'))`;
  return `ifNull(concat(if(${x} < 0, '-', ''), ${day}, ${clock}, ${fraction}), '')`;
}

/** Text of a real the way the language prints it: `1.0`, `1E+20`, `NaN`. */
function realText(sql: string, c: Once): string {
  const x = c.once(sql);
  const plain = c.once(`toString(${x})`);
  const exponent = `replaceRegexpOne(replaceRegexpOne(upper(${plain}), 'E([0-9])', 'E+\\\\1'), 'E([-+])([0-9])$', 'E\\\\10\\\\2')`;
  return `ifNull(multiIf(isNaN(${x}), 'NaN', isInfinite(${x}), if(${x} > 0, 'inf', '-inf'), position(${plain}, 'e') > 0, ${exponent}, position(${plain}, '.') > 0, ${plain}, concat(${plain}, '.0')), '')`;
}

/** SQL that turns a value of one type into text. */
export function toText(sql: string, from: KqlType, c: Once): string {
  switch (from) {
    case 'string':
    case 'guid':
      return sql;
    case 'dynamic':
      return dynamicText(sql, c);
    case 'bool': {
      const x = c.once(sql);
      return `multiIf(isNull(${x}), '', ${x}, 'True', 'False')`;
    }
    case 'int':
    case 'long':
    case 'decimal':
      return `ifNull(toString(${sql}), '')`;
    case 'real':
      return realText(sql, c);
    case 'datetime':
      return `ifNull(concat(replaceOne(toString(${sql}), ' ', 'T'), 'Z'), '')`;
    case 'timespan':
      return timespanText(sql, c);
  }
}

/** A long as an int, NULL beyond its range. Says the value once: the engine computes it for each mention. */
const narrow = (long: string): string => `accurateCastOrNull(${long}, 'Int32')`;

function textToLong(sql: string, bits: 32 | 64, c: Once): string {
  const x = c.once(trimmed(sql));
  const hex = `if(match(${x}, '^0[xX][0-9a-fA-F]{1,16}$'), reinterpretAsInt64(reverse(unhex(leftPad(substring(${x}, 3), 16, '0')))), NULL)`;
  const plain = `toInt64OrNull(${x})`;
  const long = `if(isNotNull(${plain}), ${plain}, ${hex})`;
  return bits === 64 ? long : narrow(long);
}

function textToReal(sql: string, c: Once): string {
  const x = c.once(trimmed(sql));
  return `multiIf(match(${x}, '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$'), toFloat64OrNull(${x}), ${x} IN ('nan', 'NaN'), nan, ${x} IN ('inf', '+inf', 'Inf', '+Inf', 'Infinity', '+Infinity'), inf, ${x} IN ('-inf', '-Inf', '-Infinity'), -inf, NULL)`;
}

function textToTimespan(sql: string, c: Once): string {
  const x = c.once(trimmed(sql));
  const g = c.once(
    `extractGroups(${x}, '^(-?)(?:([0-9]{1,8})[.])?([01]?[0-9]|2[0-3]):([0-5]?[0-9])(?::([0-5]?[0-9])(?:[.]([0-9]{1,7}))?)?$')`,
  );
  const n = (i: number) => `toInt64OrZero(${g}[${i}])`;
  const whole = `((${n(2)} * 24 + ${n(3)}) * 60 + ${n(4)}) * 60 + ${n(5)}`;
  const value = `((${whole}) * 10000000 + toInt64OrZero(rightPad(${g}[6], 7, '0'))) * if(${g}[1] = '-', -1, 1)`;
  const u = c.once(`extractGroups(${x}, '^(-?[0-9]+(?:[.][0-9]+)?)(d|h|m|s|ms)$')`);
  const factor = `transform(${u}[2], ['d', 'h', 'm', 's', 'ms'], [864000000000, 36000000000, 600000000, 10000000, 10000], 0)`;
  return `multiIf(notEmpty(${g}), ${value}, match(${x}, '^-?[0-9]{1,8}$'), toInt64OrNull(${x}) * 864000000000, notEmpty(${u}), toInt64(toFloat64OrZero(${u}[1]) * ${factor}), NULL)`;
}

function textToDatetime(sql: string, c: Once): string {
  const x = c.once(trimmed(sql));
  const compact = `match(${x}, '^[0-9]{8}(T?[0-9]{4}([0-9]{2})?Z?)?$')`;
  const year = `match(${x}, '^[0-9]{4}$')`;
  const acceptable = `match(${x}, '[-/: ].*[-/: ]') OR ${compact}`;
  const us = `match(${x}, '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')`;
  const best = `parseDateTime64BestEffortOrNull(${x}, 7, 'UTC')`;
  const bestUs = `parseDateTime64BestEffortUSOrNull(${x}, 7, 'UTC')`;
  return `multiIf(${x} = '', NULL, ${year}, toDateTime64OrNull(concat(${x}, '-01-01 00:00:00'), 7, 'UTC'), ${us}, ${bestUs}, ${acceptable}, ${best}, NULL)`;
}

function textToBool(sql: string, c: Once): string {
  const x = c.once(`lower(${trimmed(sql)})`);
  return `multiIf(${x} = 'true', true, ${x} = 'false', false, match(${x}, '^-?[0-9]+$'), toInt64OrZero(${x}) != 0, NULL)`;
}

/** A decimal of another value; NULL when it has too many digits before the point. */
function toDecimal(sql: string, from: KqlType, c: Once, asText: () => string): string {
  const read = (text: string) => {
    const x = c.once(text);
    return `if(match(${x}, '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$'), toDecimal256OrNull(${x}, ${DECIMAL_DIGITS}), NULL)`;
  };
  switch (from) {
    case 'string':
    case 'guid':
      return read(trimmed(sql));
    case 'dynamic':
      return read(asText());
    case 'real':
      return read(`ifNull(toString(${sql}), '')`);
    case 'datetime':
      return `toDecimal256(${ticks(sql)} + 621355968000000000, ${DECIMAL_DIGITS})`;
    case 'bool':
      return `toDecimal256(toUInt8(${sql}), ${DECIMAL_DIGITS})`;
    default:
      return `toDecimal256(toInt64(${sql}), ${DECIMAL_DIGITS})`;
  }
}

/** SQL that turns a value of one type into another; NULL (or empty text) when it cannot be read. */
export function castSql(sql: string, from: KqlType, to: KqlType, c: Once, text?: string): string {
  if (from === to) return sql;
  const asText = (): string => text ?? dynamicText(sql, c);
  switch (to) {
    case 'string':
      return from === 'dynamic' ? asText() : toText(sql, from, c);
    case 'guid': {
      const x = c.once(`trim(BOTH '{}' FROM ${trimmed(from === 'dynamic' ? asText() : toText(sql, from, c))})`);
      return `ifNull(toString(toUUIDOrNull(${x})), '')`;
    }
    case 'dynamic':
      return toJson(sql, from, c);
    case 'int':
    case 'long': {
      const bits = to === 'int' ? 32 : 64;
      if (from === 'string' || from === 'guid') return textToLong(sql, bits, c);
      if (from === 'dynamic') return dynamicToLong(asText(), bits, c);
      if (from === 'datetime') return `(${ticks(sql)} + 621355968000000000)`;
      if (from === 'timespan') return `toInt64(${sql})`;
      if (from === 'decimal') return `toInt${bits}OrNull(splitByChar('.', ifNull(toString(${sql}), ''))[1])`;
      if (from === 'real') {
        const x = c.once(sql);
        // A real beyond the longs becomes the last of them.
        if (bits === 64)
          return `multiIf(NOT isFinite(${x}), NULL, ${x} >= 9223372036854775807, toInt64(9223372036854775807), ${x} <= -9223372036854775807, toInt64('-9223372036854775808'), toInt64(trunc(${x})))`;
        const limit = '2147483648';
        return `if(isNaN(${x}) OR ${x} >= ${limit} OR ${x} < -${limit}, NULL, toInt32(trunc(${x})))`;
      }
      return `toInt${bits}(${sql})`;
    }
    case 'decimal':
      return toDecimal(sql, from, c, asText);
    case 'real':
      if (from === 'decimal') return realOf({ sql, type: from });
      if (from === 'string' || from === 'guid') return textToReal(sql, c);
      if (from === 'dynamic') {
        const x = c.once(asText());
        return `multiIf(${x} = 'true', 1., ${x} = 'false', 0., ${textToReal(x, c)})`;
      }
      if (from === 'datetime') return `toFloat64(${ticks(sql)} + 621355968000000000)`;
      return `toFloat64(${sql})`;
    case 'bool':
      if (from === 'string') return textToBool(sql, c);
      if (from === 'dynamic') {
        const x = c.once(asText());
        return `multiIf(${x} = 'true', true, ${x} = 'false', false, ${textToBool(x, c)})`;
      }
      return `(${sql} != 0)`;
    case 'datetime':
      if (from === 'string') return textToDatetime(sql, c);
      if (from === 'dynamic') return textToDatetime(asText(), c);
      return datetimeOf(`toInt64(${sql} - 621355968000000000)`);
    case 'timespan':
      if (from === 'string') return textToTimespan(sql, c);
      if (from === 'dynamic') return textToTimespan(asText(), c);
      if (from === 'real') return `toInt64(${sql})`;
      return `toInt64(${sql})`;
  }
}

function dynamicToLong(text: string, bits: 32 | 64, c: Once): string {
  const x = c.once(text);
  // Nearly all values are plain numbers: the other forms are only looked at where that fails.
  const quick = `toInt64OrNull(${x})`;
  const long = `multiIf(isNotNull(${quick}), ${quick}, ${x} = 'true', 1, ${x} = 'false', 0, match(${x}, '^-?[0-9]+[.][0-9]+$'), toInt64(trunc(toFloat64OrZero(${x}))), ${textToLong(x, 64, c)})`;
  return bits === 64 ? long : narrow(long);
}

/** JSON text of a value; empty for null. */
export function toJson(sql: string, from: KqlType, c: Once): string {
  switch (from) {
    case 'dynamic':
      return sql;
    case 'string':
    case 'guid':
      return `toJSONString(${sql})`;
    case 'bool': {
      const x = c.once(sql);
      return `multiIf(isNull(${x}), '', ${x}, 'true', 'false')`;
    }
    case 'int':
    case 'long':
      return `ifNull(toString(${sql}), '')`;
    case 'decimal':
      return `ifNull(toString(${sql}), '')`;
    case 'real': {
      const x = c.once(sql);
      return `multiIf(isNull(${x}), '', isFinite(${x}), ${realText(x, c)}, concat('"', ${realText(x, c)}, '"'))`;
    }
    case 'datetime':
      return `ifNull(concat('"', replaceOne(toString(${sql}), ' ', 'T'), 'Z"'), '')`;
    case 'timespan': {
      const t = c.once(timespanText(sql, c));
      return `if(${t} = '', '', concat('"', ${t}, '"'))`;
    }
  }
}

/** An explicit typed NULL (or empty text). */
export function nullSql(type: KqlType): string {
  const t = sqlType(type);
  return t === 'String' ? `''` : `CAST(NULL, '${t.replaceAll("'", "\\'")}')`;
}

export { DATETIME };
