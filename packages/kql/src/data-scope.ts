/**
 * What a caller may see of the stored tables, as plain data. Hidden tables and columns do not exist for the query: they
 * are in no `*`, no wildcard and no suggestion. Row conditions become part of the plan at every read of a table.
 */
import { quoteName } from './emit/params.ts';
import type { Expr } from './plan/ir.ts';
import type { KqlColumn, KqlSchema, KqlTable, KqlType } from './types.ts';

/** A condition over stored columns. A row for which it is not certain (null) is not seen. */
export type RowCondition =
  | { readonly column: string; readonly in: readonly (string | number | boolean)[] }
  | { readonly all: readonly RowCondition[] }
  | { readonly any: readonly RowCondition[] }
  | { readonly not: RowCondition };

export interface DataScope {
  /** The only tables there are; every table when absent. */
  readonly tables?: readonly string[];
  readonly hiddenTables?: readonly string[];
  /** Table, or `*` for every table → columns that do not exist. Other names of the same stored column go with it. */
  readonly hiddenColumns?: Readonly<Record<string, readonly string[]>>;
  /** Table → the rows that exist. A condition may name a hidden column. */
  readonly rows?: Readonly<Record<string, RowCondition>>;
}

/** A read's row condition with the columns it needs, which no name of the query reaches. */
export interface ReadScope {
  /** Column id → name of the stored column. */
  readonly sources: Readonly<Record<string, string>>;
  readonly condition: Expr;
}

/** Where the value of a column is kept: aliases of one column share it. */
const stored = (column: KqlColumn): string => column.sql ?? quoteName(column.name);

function withoutColumns(table: KqlTable, names: ReadonlySet<string>): KqlTable {
  // Constants in place of columns are no stored value: only the name itself goes.
  const gone = new Set(table.columns.filter((c) => names.has(c.name)).map(stored));
  const real = new Set(table.columns.map((c) => quoteName(c.name)));
  const columns = table.columns.filter((c) => !names.has(c.name) && !(gone.has(stored(c)) && real.has(stored(c))));
  return columns.length === table.columns.length ? table : { ...table, columns };
}

const narrowed = new WeakMap<KqlSchema, Map<string, KqlSchema>>();

/** The schema without what the scope hides; the same object for the same scope. */
export function scopedSchema(schema: KqlSchema, scope: DataScope | undefined): KqlSchema {
  if (!scope || (!scope.tables && !scope.hiddenTables?.length && !scope.hiddenColumns)) return schema;
  const key = JSON.stringify([scope.tables, scope.hiddenTables, scope.hiddenColumns]);
  const known = narrowed.get(schema) ?? new Map<string, KqlSchema>();
  narrowed.set(schema, known);
  const made = known.get(key);
  if (made) return made;
  const only = scope.tables && new Set(scope.tables);
  const hidden = new Set(scope.hiddenTables);
  const tables = schema.tables
    .filter((table) => (!only || only.has(table.name)) && !hidden.has(table.name))
    .map((table) => {
      const columns = [...(scope.hiddenColumns?.['*'] ?? []), ...(scope.hiddenColumns?.[table.name] ?? [])];
      return columns.length ? withoutColumns(table, new Set(columns)) : table;
    });
  const result: KqlSchema = { ...schema, tables, version: `${schema.version} ${key}` };
  known.set(key, result);
  if (known.size > 16) known.delete(known.keys().next().value!);
  return result;
}

function literal(value: string | number | boolean, type: KqlType, column: string): Expr {
  if (type === 'string' || type === 'guid') return { op: 'literal', type: 'string', value: String(value) };
  if (type === 'bool' && typeof value === 'boolean') return { op: 'literal', type, value };
  if ((type === 'int' || type === 'long') && /^-?\d{1,19}$/.test(String(value)))
    return { op: 'literal', type: 'long', value: String(value) };
  throw new Error(`The scope's value for ${column} does not fit its type ${type}.`);
}

const NEVER: Expr = { op: 'literal', type: 'bool', value: false };

/**
 * The row condition of one read of a table.
 * @param table as stored, hidden columns included
 * @param fresh makes column ids
 */
export function readScope(
  table: KqlTable,
  condition: RowCondition | undefined,
  fresh: (name: string, type: KqlType) => string,
): ReadScope | undefined {
  if (!condition) return undefined;
  const sources: Record<string, string> = {};
  const ids = new Map<string, Expr>();
  const column = (name: string): Expr & { readonly type: KqlType } => {
    const found = table.columns.find((c) => c.name === name);
    if (!found) throw new Error(`The scope of ${table.name} names the column ${name}, which it does not have.`);
    let made = ids.get(name);
    if (!made) {
      const id = fresh(name, found.type);
      sources[id] = name;
      made = { op: 'column', id, type: found.type };
      ids.set(name, made);
    }
    return made;
  };
  const join = (fn: 'and' | 'or', parts: readonly Expr[], none: Expr): Expr =>
    parts.length === 0 ? none : parts.length === 1 ? parts[0]! : { op: 'call', fn, args: parts, type: 'bool' };
  const expression = (c: RowCondition): Expr => {
    if ('all' in c) return join('and', c.all.map(expression), { ...NEVER, value: true } as Expr);
    if ('any' in c) return join('or', c.any.map(expression), NEVER);
    if ('not' in c) return { op: 'call', fn: 'not', args: [expression(c.not)], type: 'bool' };
    const left = column(c.column);
    const tests = c.in.map(
      (value): Expr => ({ op: 'call', fn: '==', args: [left, literal(value, left.type, c.column)], type: 'bool' }),
    );
    return join('or', tests, NEVER);
  };
  return { condition: expression(condition), sources };
}

/** Both scopes at once: what either hides is hidden. */
export function mergeScopes(a: DataScope, b: DataScope): DataScope {
  const tables = a.tables && b.tables ? a.tables.filter((name) => b.tables?.includes(name)) : (a.tables ?? b.tables);
  const hiddenColumns: Record<string, readonly string[]> = { ...a.hiddenColumns };
  for (const [name, columns] of Object.entries(b.hiddenColumns ?? {}))
    hiddenColumns[name] = [...(hiddenColumns[name] ?? []), ...columns];
  const rows: Record<string, RowCondition> = { ...a.rows };
  for (const [name, condition] of Object.entries(b.rows ?? {}))
    rows[name] = rows[name] ? { all: [rows[name], condition] } : condition;
  return {
    ...(tables ? { tables } : {}),
    hiddenTables: [...(a.hiddenTables ?? []), ...(b.hiddenTables ?? [])],
    hiddenColumns,
    rows,
  };
}
