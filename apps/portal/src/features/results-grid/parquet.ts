import type { HuntResult, KqlType } from '@parapet/schema/wire';
import type { ColumnSource } from 'hyparquet-writer';
import { cellText, uniqueNames } from './csv.ts';

type Kind = 'STRING' | 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP';

/** Types of the language as Parquet has them; what has no equal travels as text, dynamic values as JSON. */
const KIND: Partial<Readonly<Record<KqlType, Kind>>> = {
  int: 'INT32',
  long: 'INT64',
  real: 'DOUBLE',
  bool: 'BOOLEAN',
  datetime: 'TIMESTAMP',
};

function converter(kind: Kind): (value: unknown) => unknown {
  const filled = (convert: (value: unknown) => unknown) => (value: unknown) =>
    value === null || value === undefined || value === '' ? null : convert(value);
  switch (kind) {
    case 'INT32':
      return filled(Number);
    case 'INT64':
      return filled((value) => {
        try {
          return BigInt(value as string | number);
        } catch {
          return null;
        }
      });
    case 'DOUBLE':
      return filled((value) => Number(String(value).replace(/^(-?)inf$/i, '$1Infinity')));
    case 'BOOLEAN':
      return filled((value) => value === true || value === 1 || value === 'true');
    case 'TIMESTAMP':
      return filled((value) => {
        const time = new Date(String(value));
        return Number.isNaN(time.getTime()) ? null : time;
      });
    default:
      return (value) => (value === null || value === undefined ? null : cellText(value));
  }
}

/**
 * Rows as a Parquet file with the types of the columns. Times are kept to the millisecond, which the format's
 * common form has. The writer is loaded with the first export.
 * @param order row indices in the order to write
 */
export async function parquetFile(
  columns: HuntResult['columns'],
  rows: HuntResult['rows'],
  order: readonly number[],
): Promise<ArrayBuffer> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const names = uniqueNames(columns);
  return parquetWriteBuffer({
    columnData: columns.map((column, index): ColumnSource => {
      const kind = KIND[column.type] ?? 'STRING';
      const convert = converter(kind);
      return { name: names[index]!, type: kind, nullable: true, data: order.map((row) => convert(rows[row]?.[index])) };
    }),
  });
}
