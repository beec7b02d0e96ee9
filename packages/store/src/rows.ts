import { type HuntingSchema, ParapetError } from '@parapet/schema';
import { insertableColumns } from './tables.ts';

/**
 * Rows given as objects in the form the engine reads: absent values left out, documents as text, dates as ISO texts.
 * @throws ParapetError `unknown_table`, `unknown_column`
 */
export function jsonRows(
  schema: HuntingSchema,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Record<string, unknown>[] {
  const definition = schema.byName.get(table);
  if (!definition) throw new ParapetError('unknown_table', 400, `There is no table named ${table}.`);
  const types = insertableColumns(definition);
  return rows.map((row) => {
    const out: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(row)) {
      const type = types.get(name);
      if (!type && !name.startsWith('_'))
        throw new ParapetError('unknown_column', 400, `${table} has no column named ${name}.`);
      if (value === undefined || value === null) continue;
      out[name] =
        type === 'dynamic' && typeof value !== 'string'
          ? JSON.stringify(value)
          : value instanceof Date
            ? value.toISOString()
            : value;
    }
    return out;
  });
}
