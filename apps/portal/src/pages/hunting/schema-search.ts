import type { HuntingSchemaInfo } from '@parapet/schema/wire';

export type Table = HuntingSchemaInfo['tables'][number];

export interface TableGroup {
  readonly name: string;
  readonly tables: readonly {
    readonly table: Table;
    /** Columns that match a search; undefined when the table itself does. */
    readonly columns: readonly string[] | undefined;
  }[];
}

const byName = (a: Table, b: Table): number => a.name.localeCompare(b.name);

/** What holds data first, fullest on top; then every category. */
export function tableGroups(tables: readonly Table[]): TableGroup[] {
  const wrap = (list: readonly Table[]) => list.map((table) => ({ table, columns: undefined }));
  const filled = tables.filter((table) => table.rows > 0).sort((a, b) => b.rows - a.rows || byName(a, b));
  const categories = new Map<string, Table[]>();
  for (const table of tables) {
    const list = categories.get(table.category) ?? [];
    list.push(table);
    categories.set(table.category, list);
  }
  const groups = [...categories]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, list]) => ({ name, tables: wrap(list.sort(byName)) }));
  return filled.length > 0 ? [{ name: 'With data', tables: wrap(filled) }, ...groups] : groups;
}

const MOST = 80;

/** Tables whose name holds the text, then tables with such a column or action type; filled ones first. */
export function searchSchema(tables: readonly Table[], text: string): TableGroup[] {
  const needle = text.toLowerCase();
  const order = (a: Table, b: Table) => Number(b.rows > 0) - Number(a.rows > 0) || byName(a, b);
  const named = tables.filter((table) => table.name.toLowerCase().includes(needle)).sort(order);
  const inside = tables
    .filter((table) => !named.includes(table))
    .map((table) => ({
      table,
      columns: table.columns.filter((column) => column.name.toLowerCase().includes(needle)).map(({ name }) => name),
    }))
    .filter(
      ({ table, columns }) => columns.length > 0 || table.actionTypes.some((a) => a.toLowerCase().includes(needle)),
    )
    .sort((a, b) => order(a.table, b.table));
  return [
    { name: 'Tables', tables: named.slice(0, MOST).map((table) => ({ table, columns: undefined })) },
    { name: 'Columns and action types', tables: inside.slice(0, MOST) },
  ].filter((group) => group.tables.length > 0);
}
