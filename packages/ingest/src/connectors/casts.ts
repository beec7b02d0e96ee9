import type { KqlType } from '@parapet/kql';

/** ClickHouse type of a prepared column. */
export function stageType(type: KqlType): string {
  switch (type) {
    case 'string':
    case 'guid':
    case 'dynamic':
      return 'String';
    case 'int':
      return 'Nullable(Int32)';
    case 'long':
    case 'timespan':
      return 'Nullable(Int64)';
    case 'real':
    case 'decimal':
      return 'Nullable(Float64)';
    case 'bool':
      return 'Nullable(Bool)';
    case 'datetime':
      return "Nullable(DateTime64(7, 'UTC'))";
  }
}

export interface Cast {
  readonly sql: string;
  /** Boolean SQL: a value was there and could not be converted. Absent when that cannot happen. */
  readonly invalid?: string;
  /** SQL of the original value as text, for the record of invalid values. */
  readonly text?: string;
}

/** Text of a dynamic value: strings without quotes, null as empty, anything else as JSON. */
function dynamicText(x: string): string {
  return `multiIf(startsWith(${x}, '"'), JSONExtractString(${x}), ${x} = 'null', '', ${x})`;
}

const HEX = `'^0[xX][0-9a-fA-F]{1,16}$'`;

function textToLong(x: string): string {
  return `ifNull(toInt64OrNull(${x}), if(match(${x}, ${HEX}), reinterpretAsInt64(reverse(unhex(leftPad(substring(${x}, 3), 16, '0')))), NULL))`;
}

function fromText(x: string, to: KqlType): string | null {
  switch (to) {
    case 'string':
    case 'guid':
      return null;
    case 'int':
      return `if(${textToLong(x)} BETWEEN -2147483648 AND 2147483647, toInt32(${textToLong(x)}), NULL)`;
    case 'long':
    case 'timespan':
      return textToLong(x);
    case 'real':
    case 'decimal':
      return `toFloat64OrNull(${x})`;
    case 'bool':
      return `multiIf(lower(${x}) IN ('true', '1', 'yes'), true, lower(${x}) IN ('false', '0', 'no'), false, NULL)`;
    case 'datetime':
      return timeFromText(x);
    case 'dynamic':
      return null;
  }
}

/** A time outside these years is a mistake of the sender, not an event. */
export function timeFromText(x: string): string {
  const parsed = `parseDateTime64BestEffortOrNull(${x}, 7, 'UTC')`;
  return `if(${parsed} BETWEEN '1980-01-01 00:00:00' AND '2199-12-31 23:59:59', ${parsed}, NULL)`;
}

/**
 * Convert a projected value to the type its table stores. Returns null when the pair makes no sense.
 * Values that are there but do not fit become null and are reported through `invalid`.
 */
export function castTo(column: string, from: KqlType, to: KqlType): Cast | null {
  const textTarget = to === 'string' || to === 'guid';
  if (from === to || (textTarget && (from === 'string' || from === 'guid'))) return { sql: column };
  if (from === 'string' || from === 'guid' || from === 'dynamic') {
    if (to === 'dynamic')
      return { sql: `multiIf(${column} = '', '', isValidJSON(${column}), ${column}, toJSONString(${column}))` };
    const text = from === 'dynamic' ? dynamicText(column) : column;
    if (textTarget) return { sql: text };
    const trimmed = `trimBoth(${text})`;
    const sql = fromText(trimmed, to);
    if (sql === null) return null;
    return { sql, invalid: `(${trimmed} NOT IN ('', '-') AND isNull(${sql}))`, text };
  }
  const numbers: readonly KqlType[] = ['int', 'long', 'real', 'decimal', 'bool'];
  if (textTarget) return { sql: `ifNull(toString(${column}), '')` };
  if (to === 'dynamic') return from === 'datetime' ? { sql: `ifNull(toJSONString(${column}), '')` } : { sql: `ifNull(toString(${column}), '')` };
  if (from === 'datetime' || to === 'datetime') return null;
  if (!numbers.includes(from) && from !== 'timespan') return null;
  switch (to) {
    case 'int':
      return {
        sql: `accurateCastOrNull(${column}, 'Int32')`,
        invalid: `(isNotNull(${column}) AND isNull(accurateCastOrNull(${column}, 'Int32')))`,
        text: `ifNull(toString(${column}), '')`,
      };
    case 'long':
    case 'timespan':
      return { sql: `accurateCastOrNull(${column}, 'Int64')` };
    case 'real':
    case 'decimal':
      return { sql: `CAST(${column} AS Nullable(Float64))` };
    case 'bool':
      return { sql: `CAST(${column} != 0 AS Nullable(Bool))` };
    default:
      return null;
  }
}

/** Value of a column that a branch of a union does not fill. */
export function emptyValue(type: KqlType): string {
  switch (type) {
    case 'string':
    case 'guid':
    case 'dynamic':
      return "''";
    default:
      return `CAST(NULL AS ${stageType(type)})`;
  }
}
