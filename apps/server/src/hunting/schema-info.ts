import { HUNTING_FUNCTIONS } from '@parapet/kql';
import { columnDescription, type HuntingSchema, type HuntingSchemaInfo } from '@parapet/schema';
import { quoteIdentifier, type SavedNames, type TelemetryStore } from '@parapet/store';

const FRESH_MS = 10_000;

/** ClickHouse prints `2026-11-21 10:00:00.0000000`. */
const toIso = (text: string): string => `${text.replace(' ', 'T').slice(0, 23)}Z`;

function describe(name: string, aliasOf?: string): { readonly description?: string } {
  const description = columnDescription(name);
  const alias = aliasOf ? `Another name of ${aliasOf}.` : '';
  const text = [alias, description].filter(Boolean).join(' ');
  return text ? { description: text } : {};
}

/** Functions and watchlists as the editor reads them; a saved function hides a built-in one of its name. */
function names({
  functions,
  watchlists,
  library = [],
}: SavedNames): Pick<HuntingSchemaInfo, 'functions' | 'watchlists'> {
  const all = new Map([...HUNTING_FUNCTIONS, ...library, ...functions].map((one) => [one.name, one]));
  return {
    functions: [...all.values()].map(({ name, parameters, body, description }) => ({
      name,
      parameters,
      body,
      doc: description ?? '',
    })),
    watchlists: watchlists.map(({ alias, columns }) => ({
      alias,
      columns: columns.map(({ name, type }) => ({ name, type })),
    })),
  };
}

/** What the schema pane shows: every table, how many rows it holds now and how old the newest is. */
export function createSchemaInfo(store: TelemetryStore, schema: HuntingSchema, saved: (owner?: string) => SavedNames) {
  let cached: { at: number; info: Promise<Omit<HuntingSchemaInfo, 'functions' | 'watchlists'>> } | undefined;

  const load = async (): Promise<Omit<HuntingSchemaInfo, 'functions' | 'watchlists'>> => {
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
          ...describe(column.name, column.aliasOf),
          ...(column.valuesSeen ? { values: column.valuesSeen } : {}),
        })),
        actionTypes: table.actionTypesSeen ?? [],
        rows: rows.get(table.name) ?? 0,
        newest: newest.get(table.name) ?? null,
      })),
      standardColumns: schema.standardColumns.map(({ name, type }) => ({ name, type, ...describe(name) })),
      tableAliases: schema.tableAliases,
      columnAliases: schema.legacyColumnAliases,
    };
  };

  /** Counts of rows may be some seconds old; functions and watchlists never are. */
  return async (owner?: string): Promise<HuntingSchemaInfo> => {
    if (!cached || Date.now() - cached.at > FRESH_MS) {
      const info = load();
      cached = { at: Date.now(), info };
      info.catch(() => {
        cached = undefined;
      });
    }
    return { ...(await cached.info), ...names(saved(owner)) };
  };
}
