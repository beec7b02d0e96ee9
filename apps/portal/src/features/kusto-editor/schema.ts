import type { HuntingSchemaInfo, KqlType } from '@parapet/schema/wire';
import { bracketStep, tokenize } from './lexer.ts';

/** The database's name inside the language service; nobody types it. */
export const DATABASE = 'hunting';
export const CLUSTER = 'https://parapet.local';

const CLR_TYPE: Readonly<Record<KqlType, string>> = {
  string: 'System.String',
  int: 'System.Int32',
  long: 'System.Int64',
  real: 'System.Double',
  bool: 'System.SByte',
  datetime: 'System.DateTime',
  dynamic: 'System.Object',
  guid: 'System.Guid',
  timespan: 'System.TimeSpan',
  decimal: 'System.Data.SqlTypes.SqlDecimal',
};

/** Every table with a time column answers to both of its names. */
const TIME_NAMES: HuntingSchemaInfo['standardColumns'] = [
  { name: 'Timestamp', type: 'datetime' },
  { name: 'TimeGenerated', type: 'datetime' },
];

/** Values offered per column; a column with thousands of action types must not bury the rest. */
const MAX_EXAMPLES = 60;

/**
 * The answer of `GET /api/hunting/schema` as `.show schema as json` would say it, which is what the editor's language
 * service reads.
 */
export function toShowSchema(info: HuntingSchemaInfo, version = 1): unknown {
  const byName = new Map(info.tables.map((table) => [table.name, table]));
  const named = [
    ...info.tables.map((table) => [table.name, table] as const),
    // Retired names resolve, so they are no mistakes; completion leaves them out.
    ...Object.entries(info.tableAliases).flatMap(([name, current]) => {
      const table = byName.get(current);
      return table && !byName.has(name) ? [[name, table] as const] : [];
    }),
  ];
  const tables = named.map(([name, table]) => [
    name,
    {
      Name: name,
      EntityType: 'Table',
      DocString: tableDoc(table),
      OrderedColumns: [
        ...table.columns,
        ...[...info.standardColumns, ...(table.timeColumn ? TIME_NAMES : [])].filter(
          (extra) => !table.columns.some((column) => column.name === extra.name),
        ),
      ].map((column: HuntingSchemaInfo['tables'][number]['columns'][number]) => {
        const examples =
          column.name === 'ActionType' && table.actionTypes.length > 0 ? table.actionTypes : (column.values ?? []);
        return {
          Name: column.name,
          Type: CLR_TYPE[column.type],
          CslType: column.type,
          ...(column.description ? { DocString: column.description } : {}),
          ...(examples.length > 0 && column.type === 'string'
            ? { Examples: examples.slice(0, MAX_EXAMPLES).map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`) }
            : {}),
        };
      }),
    },
  ]);
  return {
    Plugins: [],
    Databases: {
      [DATABASE]: {
        Name: DATABASE,
        Tables: Object.fromEntries(tables),
        ExternalTables: {},
        MaterializedViews: {},
        EntityGroups: {},
        // The service keeps a database of the version it knows.
        MajorVersion: version,
        MinorVersion: version,
        Functions: Object.fromEntries([...info.functions.map(showFunction), ...watchlistFunctions()]),
        DatabaseAccessMode: 'ReadOnly',
      },
    },
  };
}

function tableDoc(table: HuntingSchemaInfo['tables'][number]): string {
  const rows = table.rows === 0 ? 'Empty' : `${table.rows.toLocaleString('en-US')} rows`;
  return `${table.description} (${table.category}; ${rows})`;
}

/** Pieces of a parameter list, cut at commas that are in no bracket and no text. */
function parametersOf(text: string): string[] {
  const out: string[] = [];
  let current = '';
  let depth = 0;
  for (const token of tokenize(text)) {
    depth += bracketStep(token);
    if (token.text === ',' && depth === 0) {
      out.push(current);
      current = '';
    } else current += token.text;
  }
  return [...out, current].map((one) => one.trim()).filter(Boolean);
}

/** `Name:type = default`, or `Name:(*)` for a table. */
function showParameter(text: string): Record<string, unknown> {
  const [, name = text, declared = 'string', value] =
    /^([\w$]+)\s*:\s*(\([^)]*\)|\w+)\s*(?:=\s*([\s\S]*))?$/.exec(text) ?? [];
  if (declared.startsWith('(')) return { Name: name, Columns: [] };
  const type = Object.hasOwn(CLR_TYPE, declared) ? (declared as KqlType) : 'string';
  return { Name: name, Type: CLR_TYPE[type], CslType: type, ...(value ? { CslDefaultValue: value.trim() } : {}) };
}

function showFunction(one: HuntingSchemaInfo['functions'][number]): [string, unknown] {
  const parameters = parametersOf(one.parameters).map(showParameter);
  return [one.name, functionEntry(one.name, parameters, one.body, one.doc)];
}

function functionEntry(name: string, parameters: readonly unknown[], body: string, doc: string): unknown {
  return {
    Name: name,
    InputParameters: parameters,
    Body: `{ ${body}\n}`,
    Folder: '',
    DocString: doc,
    FunctionKind: 'Unknown',
    OutputColumns: [],
  };
}

/** What a watchlist holds depends on its alias; the service learns the columns that all have. */
function watchlistFunctions(): [string, unknown][] {
  const alias = { Name: 'alias', Type: CLR_TYPE.string, CslType: 'string' };
  const columns = '_DTItemId:string, LastUpdatedTimeUTC:datetime, SearchKey:string';
  return [
    ['_GetWatchlist', functionEntry('_GetWatchlist', [alias], `datatable(${columns}) []`, '')],
    ['_GetWatchlistAlias', functionEntry('_GetWatchlistAlias', [], 'datatable(WatchlistAlias:string) []', '')],
  ];
}
