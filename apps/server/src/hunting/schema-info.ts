import type { HuntingSchema, HuntingSchemaInfo } from '@parapet/schema';
import { quoteIdentifier, type TelemetryStore } from '@parapet/store';

const FRESH_MS = 10_000;

/** ClickHouse prints `2026-11-21 10:00:00.0000000`. */
const toIso = (text: string): string => `${text.replace(' ', 'T').slice(0, 23)}Z`;

/** What the schema pane shows: every table, how many rows it holds now and how old the newest is. */
export function createSchemaInfo(
  store: TelemetryStore,
  schema: HuntingSchema,
  functions: HuntingSchemaInfo['functions'],
) {
  let cached: { at: number; info: Promise<HuntingSchemaInfo> } | undefined;

  const load = async (): Promise<HuntingSchemaInfo> => {
    const counts = await store.query(
      "SELECT table, sum(rows) FROM system.parts WHERE database = 'hunting' AND active GROUP BY table",
      { lane: 'background' },
    );
    const rows = new Map(counts.rows.map((row) => [String(row[0]), Number(row[1])]));
    const timed = schema.tables.filter((table) => table.timeColumn && (rows.get(table.name) ?? 0) > 0);
    const newest = new Map<string, string>();
    if (timed.length > 0) {
      const parts = timed.map(
        (table, index) =>
          `SELECT ${index} AS i, max(${quoteIdentifier(table.timeColumn ?? '')}) AS t FROM hunting.${quoteIdentifier(table.name)}`,
      );
      const result = await store.query(parts.join(' UNION ALL '), { lane: 'background' });
      for (const [index, time] of result.rows) newest.set(timed[Number(index)]?.name ?? '', toIso(String(time)));
    }
    return {
      version: store.schema.version,
      tables: schema.tables.map((table) => ({
        name: table.name,
        category: table.category,
        description: table.description,
        origin: table.origin,
        timeColumn: table.timeColumn,
        columns: table.columns.map((column) => ({
          name: column.name,
          type: column.type,
          ...(column.valuesSeen ? { values: column.valuesSeen } : {}),
        })),
        actionTypes: table.actionTypesSeen ?? [],
        rows: rows.get(table.name) ?? 0,
        newest: newest.get(table.name) ?? null,
      })),
      functions,
    };
  };

  return (): Promise<HuntingSchemaInfo> => {
    if (!cached || Date.now() - cached.at > FRESH_MS) {
      const info = load();
      cached = { at: Date.now(), info };
      info.catch(() => {
        cached = undefined;
      });
    }
    return cached.info;
  };
}
