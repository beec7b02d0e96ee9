import {
  type CustomColumn,
  type CustomTable,
  checkColumnName,
  checkColumnType,
  checkTableName,
  customTable,
  type HuntingTable,
  ParapetError,
  putTable,
  removeTable,
} from '@parapet/schema';
import type { Context } from './context.ts';
import type { Holds } from './holds.ts';
import { physical } from './removal.ts';

interface TableRow {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly CustomColumn[];
  readonly created_by: string;
  readonly created_at: Date;
}

interface ColumnRow {
  readonly table_name: string;
  readonly name: string;
  readonly type: string;
}

const MAX_COLUMNS = 500;

/** Tables and columns of the organisation's own. They are there at once: for queries, rules, connectors and the schema pane. */
export class CustomSchema {
  private readonly listeners = new Set<() => Promise<void>>();
  private changing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: Context,
    private readonly holds: Holds,
  ) {}

  /** Called after every change; the change is answered when all listeners are done. */
  onChange(listener: () => Promise<void>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Put what was added earlier into the schema and the engine. */
  async load(): Promise<void> {
    const { db, schema, store } = this.context;
    const names: string[] = [];
    for (const row of await db.query<TableRow>('select * from store_custom_table order by name')) {
      putTable(schema, customTable(row.name, row.description, typed(row.columns)));
      names.push(row.name);
    }
    for (const row of await db.query<ColumnRow>(
      'select * from store_custom_column order by table_name, created_at, name',
    )) {
      const table = schema.byName.get(row.table_name);
      // A table that a newer version no longer has keeps its rows; there is nothing to add to.
      if (!table || table.columns.some((column) => column.name === row.name)) continue;
      putTable(schema, withColumns(table, [row]));
      names.push(table.name);
    }
    if (names.length) await store.reshape(names);
  }

  async list(): Promise<{ readonly tables: CustomTable[]; readonly columns: (CustomColumn & { table: string })[] }> {
    const { db } = this.context;
    const tables = await db.query<TableRow>('select * from store_custom_table order by name');
    const columns = await db.query<ColumnRow>('select * from store_custom_column order by table_name, name');
    return {
      tables: tables.map((row) => ({
        name: row.name,
        description: row.description,
        columns: row.columns,
        createdBy: row.created_by,
        createdAt: row.created_at.toISOString(),
      })),
      columns: columns.map((row) => ({ table: row.table_name, name: row.name, type: row.type })),
    };
  }

  /** @throws ParapetError `name_not_allowed`, `name_taken` with the rule that was broken */
  createTable(
    input: { readonly name: string; readonly description: string; readonly columns: readonly CustomColumn[] },
    by: string,
  ): Promise<CustomTable> {
    return this.change(async () => {
      const { schema, db } = this.context;
      checkTableName(schema, input.name);
      if (input.columns.length > MAX_COLUMNS)
        throw new ParapetError('invalid_request', 400, `A table has at most ${MAX_COLUMNS} columns.`);
      const columns: CustomColumn[] = [];
      for (const column of input.columns) {
        checkColumnName(schema, column.name, { name: input.name, origin: 'custom', columns: typed(columns) });
        checkColumnType(column.type);
        columns.push({ name: column.name, type: column.type });
      }
      const createdAt = new Date();
      await db.query(
        'insert into store_custom_table (name, description, columns, created_by, created_at) values ($1, $2, $3, $4, $5)',
        [input.name, input.description, JSON.stringify(columns), by, createdAt],
      );
      await this.apply(customTable(input.name, input.description, typed(columns)));
      return {
        name: input.name,
        description: input.description,
        columns,
        createdBy: by,
        createdAt: createdAt.toISOString(),
      };
    });
  }

  /** Add a column to a custom table, or one that ends with `_CF` to a standard table. */
  addColumn(tableName: string, column: CustomColumn, by: string): Promise<CustomColumn> {
    return this.change(async () => {
      const { schema, db } = this.context;
      const table = schema.byName.get(tableName);
      if (!table) throw new ParapetError('unknown_table', 404, `There is no table named ${tableName}.`);
      checkColumnName(schema, column.name, table);
      checkColumnType(column.type);
      await db.query(
        'insert into store_custom_column (table_name, name, type, created_by, created_at) values ($1, $2, $3, $4, $5)',
        [tableName, column.name, column.type, by, new Date()],
      );
      await this.apply(withColumns(table, [column]));
      return column;
    });
  }

  /** Remove a custom table with its rows. Holds that reach it forbid that. */
  dropTable(name: string): Promise<void> {
    return this.change(async () => {
      const { schema, db, store } = this.context;
      const [row] = await db.query<TableRow>('select * from store_custom_table where name = $1', [name]);
      const table = schema.byName.get(name);
      if (!row || !table)
        throw new ParapetError('unknown_table', 404, `${name} is no custom table.`, 'Tables of the product stay.');
      const held = await this.holds.names(table);
      if (held.length)
        throw new ParapetError('table_held', 409, `${name} is held by ${held.join(', ')}.`, 'Release the hold first.');
      await db.query('delete from store_custom_column where table_name = $1', [name]);
      await db.query('delete from store_custom_table where name = $1', [name]);
      await db.query('delete from store_rules where table_name = $1', [name]);
      removeTable(schema, name);
      await this.tell();
      await store.command(`DROP TABLE IF EXISTS ${physical(name)}`);
      await store.reshape([]);
    });
  }

  private async apply(table: HuntingTable): Promise<void> {
    putTable(this.context.schema, table);
    await this.context.store.reshape([table.name]);
    await this.tell();
  }

  private async tell(): Promise<void> {
    for (const listener of this.listeners) await listener();
  }

  /** One change after the other. */
  private change<T>(work: () => Promise<T>): Promise<T> {
    const next = this.changing.then(work);
    this.changing = next.catch(() => undefined);
    return next;
  }
}

const typed = (columns: readonly CustomColumn[]): HuntingTable['columns'] =>
  columns.map(({ name, type }) => {
    checkColumnType(type);
    return { name, type };
  });

/** In front of the bag, which stays last. */
function withColumns(table: HuntingTable, columns: readonly CustomColumn[]): HuntingTable {
  const last = table.origin === 'custom' ? table.columns.filter((column) => column.name === 'AdditionalFields') : [];
  const first = table.columns.filter((column) => !last.includes(column));
  return { ...table, columns: [...first, ...typed(columns), ...last] };
}
