import type { HuntingSchemaInfo, KqlType } from '@parapet/schema/wire';

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
export function toShowSchema(info: HuntingSchemaInfo): unknown {
  const tables = info.tables.map((table) => [
    table.name,
    {
      Name: table.name,
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
        MajorVersion: 1,
        MinorVersion: 1,
        Functions: {},
        DatabaseAccessMode: 'ReadOnly',
      },
    },
  };
}

function tableDoc(table: HuntingSchemaInfo['tables'][number]): string {
  const rows = table.rows === 0 ? 'Empty' : `${table.rows.toLocaleString('en-US')} rows`;
  return `${table.description} (${table.category}; ${rows})`;
}
