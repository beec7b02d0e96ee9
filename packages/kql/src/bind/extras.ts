/** What a query may call besides the language's own functions: saved functions and watchlists, as the binder sees them. */
import { OWN_LOG_FORMAT_FUNCTIONS } from '../functions/log-formats.ts';
import { OWN_FUNCTIONS } from '../functions/log-parse.ts';
import { HUNTING_FUNCTIONS } from '../hunting/functions.ts';
import type { KCallContext, KNode } from '../kusto-api.ts';
import { items } from '../kusto-api.ts';
import type { KqlColumn, KqlTable, StoredFunction, Watchlist } from '../types.ts';
import { kusto } from './library.ts';
import { child, kindOf, list } from './syntax.ts';

/** Columns that every watchlist answers to. */
const WATCHLIST_COLUMNS: readonly KqlColumn[] = [
  { name: '_DTItemId', type: 'string', sql: "''" },
  { name: 'LastUpdatedTimeUTC', type: 'datetime', sql: "CAST(NULL AS Nullable(DateTime64(7, 'UTC')))" },
  { name: 'SearchKey', type: 'string', sql: "''" },
];

/** The functions hunting adds to the language, by name. */
export function builtInFunctions(): ReadonlyMap<string, StoredFunction> {
  return new Map(HUNTING_FUNCTIONS.map((f) => [f.name, f]));
}

/** Watchlists as tables that only `_GetWatchlist` reaches: their names are no identifiers of the language. */
export function watchlistTables(watchlists: readonly Watchlist[]): ReadonlyMap<string, KqlTable> {
  return new Map(
    watchlists.map((w) => {
      const own = new Set(w.columns.map((c) => c.name));
      const columns = [...w.columns, ...WATCHLIST_COLUMNS.filter((c) => !own.has(c.name))];
      return [w.alias, { name: `_GetWatchlist('${w.alias}')`, columns, physical: w.physical, timeColumn: null }];
    }),
  );
}

/** Symbols of saved functions and of the watchlist functions. */
export function extraSymbols(
  functions: ReadonlyMap<string, StoredFunction>,
  watchlists: ReadonlyMap<string, KqlTable>,
): unknown[] {
  const { Symbols } = kusto();
  const text = Symbols.ScalarTypes.GetSymbol('string');
  const column = (c: KqlColumn) =>
    new Symbols.ColumnSymbol(c.name, Symbols.ScalarTypes.GetSymbol(c.type), null, null, null, null);
  const types = new Map(
    [...watchlists].map(([alias, t]) => [alias, new Symbols.TableSymbol.$ctor4('', t.columns.map(column))]),
  );
  const unknown = new Symbols.TableSymbol.$ctor4('', []).WithIsOpen(true);
  const listOf = (call: KCallContext) => types.get(String(items(call.Arguments)[0]?.ConstantValue ?? '')) ?? unknown;
  const aliases = new Symbols.TableSymbol.$ctor4('', [column({ name: 'WatchlistAlias', type: 'string' })]);
  const parameter = (name: string) => new Symbols.Parameter.$ctor2(name, text);
  return [
    ...[...functions.values()].map(
      (f) => new Symbols.FunctionSymbol.$ctor16(f.name, `(${f.parameters})`, `{ ${f.body}\n}`, f.description ?? ''),
    ),
    ...[...OWN_FUNCTIONS, ...OWN_LOG_FORMAT_FUNCTIONS].map(
      (f) =>
        new Symbols.FunctionSymbol.$ctor5(
          f.name,
          Symbols.ScalarTypes.GetSymbol(f.returns),
          Array.from({ length: f.arguments }, (_, i) => parameter(`value${i + 1}`)),
        ),
    ),
    new Symbols.FunctionSymbol.ctor('_GetWatchlist', listOf, 2, [parameter('alias')]),
    new Symbols.FunctionSymbol.ctor('_GetWatchlistAlias', () => aliases, 2, []),
  ];
}

const declarations = new Map<string, KNode | undefined>();

/** The declaration of a saved function as syntax; undefined when its text does not parse. */
export function declarationOf(f: StoredFunction): KNode | undefined {
  const text = `let f = (${f.parameters}) { ${f.body}\n};`;
  if (declarations.has(text)) return declarations.get(text);
  const code = kusto().KustoCode.Parse(text);
  const broken = items(code.GetDiagnostics()).some((d) => d.Severity === 'Error');
  const statement = list(code.Syntax, 'Statements')[0];
  const expression = statement && child(statement, 'Expression');
  const found = !broken && expression && kindOf(expression) === 'FunctionDeclaration' ? expression : undefined;
  declarations.set(text, found);
  if (declarations.size > 500) declarations.delete(declarations.keys().next().value!);
  return found;
}
