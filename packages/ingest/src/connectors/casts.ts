import type { KqlType } from '@parapet/kql';
import { valueType } from '@parapet/store';

/**
 * How a projected value becomes the type its table stores: as it is, by one expression, or by way of a text that may
 * turn out not to be convertible (the value is then null and the text is kept as invalid).
 */
export type Cast =
  | { readonly kind: 'same' }
  | { readonly kind: 'direct'; sql(column: string): string }
  | { readonly kind: 'text'; text(column: string): string; sql(text: string): string };

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
      return `accurateCastOrNull(${textToLong(x)}, 'Int32')`;
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

/**
 * A time outside these years is a mistake of the sender, not an event. `4/5/2021, 2:08:45 PM`, as workspaces and
 * spreadsheets export, is read the American way: nobody else writes slashes and a half of the day.
 */
export function timeFromText(x: string): string {
  const american = `position(${x}, '/') > 0 AND match(${x}, '[AaPp]\\.?[Mm]\\.?$')`;
  const read = (us: string): string => `parseDateTime64BestEffort${us}OrNull(${x}, 7, 'UTC')`;
  return `arrayFirstOrNull(t -> t BETWEEN toDateTime64('1980-01-01 00:00:00', 7, 'UTC') AND toDateTime64('2199-12-31 23:59:59', 7, 'UTC'), [if(${american}, ${read('US')}, ${read('')})])`;
}

const direct = (sql: (column: string) => string): Cast => ({ kind: 'direct', sql });

/** Null when a value of one type cannot be assigned to the other. */
export function castTo(from: KqlType, to: KqlType): Cast | null {
  const isText = (type: KqlType): boolean => type === 'string' || type === 'guid';
  if (from === to || (isText(from) && isText(to))) return { kind: 'same' };
  if (isText(from) || from === 'dynamic') {
    if (to === 'dynamic') return direct((x) => `multiIf(${x} = '', '', isValidJSON(${x}), ${x}, toJSONString(${x}))`);
    const text = (x: string): string => (from === 'dynamic' ? dynamicText(x) : x);
    if (isText(to)) return direct(text);
    return { kind: 'text', text, sql: (x) => fromText(`trimBoth(${x})`, to) ?? x };
  }
  if (isText(to)) return direct((x) => `ifNull(toString(${x}), '')`);
  if (to === 'dynamic') return direct((x) => `ifNull(${from === 'datetime' ? 'toJSONString' : 'toString'}(${x}), '')`);
  if (from === 'datetime' || to === 'datetime') return null;
  switch (to) {
    case 'int':
      return { kind: 'text', text: (x) => `ifNull(toString(${x}), '')`, sql: (x) => fromText(x, 'int') ?? x };
    case 'long':
    case 'timespan':
      return direct((x) => `accurateCastOrNull(${x}, 'Int64')`);
    case 'real':
    case 'decimal':
      return direct((x) => `CAST(${x} AS Nullable(Float64))`);
    default:
      return direct((x) => `CAST(${x} != 0 AS Nullable(Bool))`);
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
      return `CAST(NULL AS ${valueType(type)})`;
  }
}
