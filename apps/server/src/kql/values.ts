/** Values of the language as JSON text. */
import type { KqlType } from '@parapet/kql';

type Column = { readonly type: KqlType };

/**
 * One cell as JSON. Whole numbers beyond 2^53 are texts, so that no reader rounds them; a negative zero keeps its sign.
 * Real NaN and infinities are the texts `NaN`, `Infinity` and `-Infinity`.
 */
export function cellJson(value: unknown, type: KqlType): string {
  if (value === null || value === undefined) return 'null';
  if (type === 'real' && Object.is(value, -0)) return '-0.0';
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value) ?? 'null';
}

/** One row as a JSON array. */
export function rowJson(row: readonly unknown[], columns: readonly Column[]): string {
  return `[${columns.map((column, index) => cellJson(row[index], column.type)).join(',')}]`;
}

/** Rows as a JSON array of arrays. */
export function rowsJson(rows: readonly (readonly unknown[])[], columns: readonly Column[]): string {
  return `[${rows.map((row) => rowJson(row, columns)).join(',')}]`;
}
