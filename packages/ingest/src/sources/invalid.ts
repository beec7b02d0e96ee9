import type { InvalidValues } from '@parapet/schema';
import { loadHuntingSchema } from '@parapet/schema';
import { quoteIdentifier, quoteString, type TelemetryStore } from '@parapet/store';
import { toIso } from './totals.ts';

/** Rows with values that did not fit which are looked at, newest first, and tables and columns that are told. */
const MOST_ROWS = 50_000;
const MOST_COLUMNS = 200;

/**
 * Values of a source that did not fit the type of their column: the column of such a row is empty, and the text is kept
 * under `_invalid` of its AdditionalFields. A row tells by its item id which record it is of, and the record whose it is.
 * @param tables tables that may hold rows of the source
 */
export async function invalidValues(
  store: TelemetryStore,
  sourceId: string,
  hours: number,
  tables: readonly string[],
): Promise<InvalidValues> {
  const { byName } = loadHuntingSchema();
  const known = [...new Set(tables)].filter((name) =>
    byName.get(name)?.columns.some((column) => column.name === 'AdditionalFields'),
  );
  if (known.length === 0) return { values: [], partial: false };
  const rows = known
    .map(
      (name) =>
        `SELECT ${quoteString(name)} AS rowTable, AdditionalFields AS bag, splitByChar(':', _ItemId) AS item, _TimeReceived AS received FROM hunting.${quoteIdentifier(name)} WHERE _TimeReceived >= now() - toIntervalHour({hours:UInt32}) AND position(AdditionalFields, '"_invalid":{') > 0`,
    )
    .join(' UNION ALL ');
  const marked = `(SELECT rowTable, bag, toUInt64OrZero(item[1]) AS batch, toInt64OrZero(item[2]) AS sequence, received FROM (${rows}) ORDER BY received DESC LIMIT ${MOST_ROWS})`;
  const found = await store.query(
    `WITH marked AS ${marked}
     SELECT rowTable, pair.1, count(), substring(any(pair.2), 1, 200), max(received), (SELECT count() FROM marked)
     FROM (SELECT rowTable, received, arrayJoin(JSONExtractKeysAndValues(bag, '_invalid', 'String')) AS pair FROM marked
           WHERE (batch, sequence) IN (SELECT _Batch, Sequence FROM hunting.ParapetRawEvents
             WHERE SourceId = {source:String} AND (_Batch, Sequence) IN (SELECT batch, sequence FROM marked)))
     GROUP BY rowTable, pair.1 ORDER BY 3 DESC, 1, 2 LIMIT ${MOST_COLUMNS}`,
    { params: { hours: { type: 'UInt32', value: hours }, source: { type: 'String', value: sourceId } } },
  );
  return {
    values: found.rows.map(([table, column, count, example, last]) => ({
      table: String(table),
      column: String(column),
      rows: Number(count),
      example: String(example),
      lastAt: toIso(last),
    })),
    partial: Number(found.rows[0]?.[5] ?? 0) >= MOST_ROWS,
  };
}
