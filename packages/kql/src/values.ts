import { timespanText } from './plan/literals.ts';
import type { KqlType } from './types.ts';

/** Settings a statement of this package must run with. */
export const KQL_RESULT_SETTINGS: Readonly<Record<string, string | number>> = {
  join_use_nulls: 0,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  any_join_distinct_right_table_keys: 0,
  // The engine would number rows before ARRAY JOIN multiplies them.
  query_plan_lift_up_array_join: 0,
  enable_materialized_cte: 1,
};

/** A JSON-safe value of the language. */
export type KqlValue = string | number | boolean | null | object;

/** One ClickHouse JSONCompact value as a value of the language. */
export function formatValue(value: unknown, type: KqlType): KqlValue {
  if (type === 'string' || type === 'guid') {
    const text = value === null || value === undefined ? '' : String(value);
    return type === 'guid' && text === '' ? null : text;
  }
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'bool':
      return value === true || value === 1 || value === '1' || value === 'true';
    case 'int':
    case 'long': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case 'real':
    case 'decimal': {
      if (typeof value === 'number') return value;
      const text = String(value);
      if (/nan/i.test(text)) return 'NaN';
      if (/inf/i.test(text)) return text.startsWith('-') ? '-Infinity' : 'Infinity';
      return Number(text);
    }
    case 'datetime': {
      const [seconds, fraction = ''] = String(value).replace(' ', 'T').replace(/Z$/, '').split('.');
      return `${seconds}.${fraction.padEnd(7, '0').slice(0, 7)}Z`;
    }
    case 'timespan':
      return timespanText(BigInt(String(value)));
    case 'dynamic':
      return dynamicValue(String(value));
    default:
      return String(value);
  }
}

function dynamicValue(text: string): KqlValue {
  if (text === '') return null;
  try {
    return JSON.parse(text) as KqlValue;
  } catch {
    return text;
  }
}

/** One ClickHouse JSONCompact row. */
export function convertRow(row: readonly unknown[], columns: readonly { readonly type: KqlType }[]): KqlValue[] {
  return columns.map((c, i) => formatValue(row[i], c.type));
}
