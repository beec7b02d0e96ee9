import type { KGlobals, KTableSymbol } from '../kusto-api.ts';
import type { CompileOptions, KqlColumn, KqlSchema, KqlTable, StoredFunction } from '../types.ts';
import { builtInFunctions, extraSymbols, watchlistTables } from './extras.ts';
import { kusto } from './library.ts';

/** A schema prepared for binding and look-up. */
export interface BoundSchema {
  readonly schema: KqlSchema;
  readonly globals: KGlobals;
  /** Table by name or retired name. */
  table(name: string): KqlTable | undefined;
  /** Column by name or retired name; `name` is the one that was asked for. */
  column(table: KqlTable, name: string): KqlColumn | undefined;
  /** Retired column names that resolve in a table: alias → current. */
  aliases(table: KqlTable): ReadonlyMap<string, string>;
  /** Globals whose tables have only the columns of these names. */
  narrowed(names: ReadonlySet<string>): KGlobals;
  readonly tableNames: readonly string[];
  readonly functions: ReadonlyMap<string, StoredFunction>;
  /** Watchlists as tables, by alias. */
  readonly watchlists: ReadonlyMap<string, KqlTable>;
}

/** What a schema is made of, for schemas with more functions. */
interface Parts {
  readonly shapes: readonly TableShape[];
  readonly symbols: readonly unknown[];
}

const partsOf = new WeakMap<BoundSchema, Parts>();
const extended = new WeakMap<BoundSchema, Map<string, BoundSchema>>();

const cache = new WeakMap<KqlSchema, BoundSchema>();
const byVersion = new Map<string, BoundSchema>();

/** A table as the library sees it, and its columns by name. */
interface TableShape {
  readonly name: string;
  readonly open: boolean;
  readonly columns: readonly { readonly name: string; readonly symbol: unknown }[];
  /** The table without columns, once it was needed. */
  empty?: KTableSymbol;
}

function tableShape(table: KqlTable, name: string, aliases: ReadonlyMap<string, string>): TableShape {
  const { Symbols } = kusto();
  const type = (t: string) => Symbols.ScalarTypes.GetSymbol(t);
  const column = (label: string, of: string) => ({
    name: label,
    symbol: new Symbols.ColumnSymbol(label, type(of), null, null, null, null),
  });
  const columns = table.columns.map((c) => column(c.name, c.type));
  for (const [alias, current] of aliases) {
    const target = table.columns.find((c) => c.name === current);
    if (target) columns.push(column(alias, target.type));
  }
  return { name, open: table.open ?? false, columns };
}

function tableSymbol(shape: TableShape): KTableSymbol {
  const { TableSymbol } = kusto().Symbols;
  const symbol = new TableSymbol.$ctor4(
    shape.name,
    shape.columns.map((c) => c.symbol),
  );
  return shape.open ? symbol.WithIsOpen(true) : symbol;
}

/** Names that are not words are written in brackets and may be spelt in several ways. */
const WORD = /^\w+$/;

/** The globals of a database of these tables with only the columns that are named, and of these other symbols. */
function narrowedGlobals(
  shapes: readonly TableShape[],
  others: readonly unknown[],
  names: ReadonlySet<string>,
): KGlobals {
  const symbols = shapes.map((s) => {
    const kept = s.columns.filter((c) => names.has(c.name) || !WORD.test(c.name));
    if (kept.length) return tableSymbol({ ...s, columns: kept });
    s.empty ??= tableSymbol({ ...s, columns: [] });
    return s.empty;
  });
  const { GlobalState, Symbols } = kusto();
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('db', [...symbols, ...others])).WithCache();
}

/** Functions that name data held elsewhere; what they hold is not known, so every table and column name is accepted. */
export const REMOTE_FUNCTIONS: readonly string[] = ['workspace', 'app', 'resource', 'adx', 'arg'];

function remoteSymbols(): unknown[] {
  const { Symbols } = kusto();
  const text = Symbols.ScalarTypes.GetSymbol('string');
  return REMOTE_FUNCTIONS.map((name) => {
    const held = new Symbols.DatabaseSymbol.$ctor1(name, [], true);
    return new Symbols.FunctionSymbol.$ctor5(name, held, [new Symbols.Parameter.$ctor2('name', text)]);
  });
}

/** Prepares a schema once; later calls with the same object (or version) reuse the result. */
export function bindSchema(schema: KqlSchema): BoundSchema {
  const known = cache.get(schema);
  if (known) return known;
  const key = `${schema.version}\u0000${schema.tables.length}`;
  const sameVersion = byVersion.get(key);
  if (sameVersion && sameTables(sameVersion.schema, schema)) {
    cache.set(schema, sameVersion);
    return sameVersion;
  }
  const tables = new Map(schema.tables.map((t) => [t.name, t]));
  const columnMaps = new Map(schema.tables.map((t) => [t, new Map(t.columns.map((c) => [c.name, c]))]));
  const aliasMaps = new Map<KqlTable, Map<string, string>>();
  for (const t of schema.tables) {
    const names = columnMaps.get(t)!;
    const m = new Map<string, string>();
    for (const [alias, current] of Object.entries(schema.columnAliases ?? {})) {
      if (!names.has(alias) && names.has(current)) m.set(alias, current);
    }
    aliasMaps.set(t, m);
  }
  const shapes = schema.tables.map((t) => tableShape(t, t.name, aliasMaps.get(t)!));
  for (const [alias, current] of Object.entries(schema.tableAliases ?? {})) {
    const t = tables.get(current);
    if (t && !tables.has(alias)) shapes.push(tableShape(t, alias, aliasMaps.get(t)!));
  }
  const { GlobalState, Symbols } = kusto();
  const symbols = shapes.map((s) => tableSymbol(s));
  const functions = builtInFunctions();
  const others = [...remoteSymbols(), ...extraSymbols(functions, new Map())];
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('db', [...symbols, ...others]));
  const bound: BoundSchema = {
    schema,
    globals,
    narrowed: (names) => narrowedGlobals(shapes, others, names),
    table: (name) => tables.get(name) ?? tables.get(schema.tableAliases?.[name] ?? ''),
    column: (table, name) => {
      const map = columnMaps.get(table);
      const direct = map?.get(name);
      if (direct) return direct;
      const current = aliasMaps.get(table)?.get(name);
      return current ? map?.get(current) : undefined;
    },
    aliases: (table) => aliasMaps.get(table) ?? new Map(),
    tableNames: schema.tables.map((t) => t.name),
    functions,
    watchlists: new Map(),
  };
  partsOf.set(bound, { shapes, symbols });
  cache.set(schema, bound);
  byVersion.set(key, bound);
  if (byVersion.size > 8) byVersion.delete(byVersion.keys().next().value!);
  return bound;
}

/** A schema with the functions and watchlists of one call. */
export function extendSchema(
  base: BoundSchema,
  options: Pick<CompileOptions, 'functions' | 'watchlists'>,
): BoundSchema {
  if (!options.functions?.length && !options.watchlists?.length) return base;
  const known = extended.get(base) ?? new Map<string, BoundSchema>();
  extended.set(base, known);
  const key = JSON.stringify([options.functions, options.watchlists]);
  const same = known.get(key);
  if (same) return same;
  const functions = new Map([...base.functions, ...(options.functions ?? []).map((f) => [f.name, f] as const)]);
  const watchlists = watchlistTables(options.watchlists ?? []);
  const { GlobalState, Symbols } = kusto();
  const { shapes, symbols } = partsOf.get(base)!;
  const others = [...remoteSymbols(), ...extraSymbols(functions, watchlists)];
  const physical = new Map([...watchlists.values()].map((t) => [t.name, t]));
  const made: BoundSchema = {
    ...base,
    globals: GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('db', [...symbols, ...others])),
    narrowed: (names) => narrowedGlobals(shapes, others, names),
    table: (name) => base.table(name) ?? physical.get(name),
    column: (table, name) =>
      physical.has(table.name) ? table.columns.find((c) => c.name === name) : base.column(table, name),
    functions,
    watchlists,
  };
  known.set(key, made);
  if (known.size > 16) known.delete(known.keys().next().value!);
  return made;
}

function sameTables(a: KqlSchema, b: KqlSchema): boolean {
  return (
    a.tables.length === b.tables.length &&
    a.tables.every((t, i) => {
      const u = b.tables[i]!;
      return t === u || (t.name === u.name && t.physical === u.physical && t.columns.length === u.columns.length);
    })
  );
}
