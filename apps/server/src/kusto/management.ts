/** The commands that clients ask for before and beside queries: version, databases, tables, schema. All of them only show. */
import type { KqlColumn, KqlSchema, KqlTable, KqlType, StoredFunction } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import { parametersOf } from '../hunting/functions.ts';
import { type Column, netType, type ResultTable } from './frames.ts';
import { checkDatabase, DATABASE_NAME } from './request.ts';

export interface ManagementContext {
  /** Tables and columns as the caller may see them. */
  readonly schema: KqlSchema;
  /** Functions that the caller's queries may call, built-in ones included. */
  readonly functions: readonly StoredFunction[];
  /** What a table belongs to, shown as its folder. */
  folderOf(table: string): string;
  readonly version: string;
  readonly startedAt: Date;
}

const MAJOR = 1;
/** Made up once: clients want one to tell databases apart. */
const DATABASE_ID = '5f0d3c1e-7a44-4b0e-9a52-6c6f7c1b7f10';

interface Command {
  readonly words: readonly string[];
  /** Names in the places that `*` stands for, and those of `(…)`. */
  readonly names: readonly string[];
}

interface Token {
  readonly kind: 'word' | 'name' | 'mark';
  readonly text: string;
}

function tokens(text: string): Token[] {
  const out: Token[] = [];
  const pattern = /\s+|\/\/[^\n]*|\[\s*(?:'([^']*)'|"([^"]*)")\s*\]|'([^']*)'|"([^"]*)"|([\w.$-]+)|([(),*=;])/gy;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw unknown(text.slice(at, at + 40));
    const quoted = match[1] ?? match[2] ?? match[3] ?? match[4];
    if (quoted !== undefined) out.push({ kind: 'name', text: quoted });
    else if (match[5] !== undefined) out.push({ kind: 'word', text: match[5] });
    else if (match[6] !== undefined && match[6] !== ';') out.push({ kind: 'mark', text: match[6] });
  }
  return out;
}

function unknown(command: string): ParapetError {
  return new ParapetError(
    'unknown_command',
    400,
    `This command is not known here: ${command.trim().slice(0, 100)}`,
    'Known are .show version, databases, tables, table, database schema, schema, functions, materialized-views, external tables and cluster.',
  );
}

/** The command before the first `|`, and the query that goes on with its result. */
export function splitPipe(text: string): { readonly command: string; readonly rest: string | undefined } {
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quote) quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === '|') return { command: text.slice(0, i), rest: text.slice(i) };
  }
  return { command: text, rest: undefined };
}

const columns = (described: string): Column[] =>
  described.split(' ').map((each) => {
    const [name = '', type = 'string'] = each.split(':');
    return { name, type: type as KqlType };
  });

const table = (name: string, described: string, rows: readonly (readonly unknown[])[]): ResultTable => ({
  name,
  columns: columns(described),
  rows,
});

const visible = (of: KqlTable): readonly KqlColumn[] => of.columns.filter((column) => !column.hidden);
const byName = (schema: KqlSchema): KqlTable[] => [...schema.tables].sort((a, b) => (a.name < b.name ? -1 : 1));

function tableJson(of: KqlTable, context: ManagementContext): object {
  return {
    Name: of.name,
    Folder: context.folderOf(of.name),
    DocString: of.description ?? '',
    OrderedColumns: visible(of).map((column) => ({
      Name: column.name,
      Type: netType(column.type),
      CslType: column.type,
      DocString: column.description ?? '',
    })),
  };
}

function functionJson(of: StoredFunction): object {
  return {
    Name: of.name,
    InputParameters: parametersOf(of.parameters).map(({ name, type, fallback }) =>
      type.startsWith('(')
        ? { Name: name, Columns: tableColumns(type) }
        : {
            Name: name,
            Type: netType(type as KqlType),
            CslType: type,
            ...(fallback === undefined ? {} : { CslDefaultValue: fallback }),
          },
    ),
    Body: `{ ${of.body} }`,
    Folder: '',
    DocString: of.description ?? '',
    FunctionKind: 'Unknown',
    OutputColumns: [],
  };
}

/** Columns of `(a:string, b:long)`; `(*)` names none. */
function tableColumns(type: string): object[] {
  return parametersOf(type.slice(1, -1))
    .filter((column) => column.name !== '*')
    .map(({ name, type: each }) => ({ Name: name, Type: netType(each as KqlType), CslType: each }));
}

const FUNCTIONS = 'Name Parameters Body Folder DocString';
const functionRow = (of: StoredFunction): unknown[] => [
  of.name,
  `(${of.parameters})`,
  `{ ${of.body} }`,
  '',
  of.description ?? '',
];

function databaseJson(context: ManagementContext): object {
  return {
    Name: DATABASE_NAME,
    PrettyName: 'Parapet',
    MajorVersion: MAJOR,
    MinorVersion: 0,
    DatabaseAccessMode: 'ReadOnly',
    Tables: Object.fromEntries(byName(context.schema).map((each) => [each.name, tableJson(each, context)])),
    ExternalTables: {},
    MaterializedViews: {},
    EntityGroups: {},
    Functions: Object.fromEntries(context.functions.map((each) => [each.name, functionJson(each)])),
  };
}

const schemaJson = (context: ManagementContext, extra: object = {}): string =>
  JSON.stringify({ ...extra, Databases: { [DATABASE_NAME]: databaseJson(context) } });

function schemaRows(context: ManagementContext): unknown[][] {
  const rows: unknown[][] = [[DATABASE_NAME, '', '', '', false, false, 'Parapet', `v${MAJOR}.0`]];
  for (const each of byName(context.schema)) {
    rows.push([DATABASE_NAME, each.name, '', '', false, false, '', '']);
    for (const column of visible(each))
      rows.push([
        DATABASE_NAME,
        each.name,
        column.name,
        netType(column.type),
        false,
        column.name === each.timeColumn,
        '',
        '',
      ]);
  }
  return rows;
}

const quoted = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `['${name}']`);
const cslSchema = (of: KqlTable): string =>
  visible(of)
    .map((each) => `${quoted(each.name)}:${each.type}`)
    .join(', ');

const SCHEMA =
  'DatabaseName TableName ColumnName ColumnType IsDefaultTable:bool IsDefaultColumn:bool PrettyName Version';
const TABLES = 'TableName DatabaseName Folder DocString';

function databases(details: boolean): ResultTable {
  const described =
    'DatabaseName PersistentStorage Version IsCurrent:bool DatabaseAccessMode PrettyName ReservedSlot1:bool DatabaseId:guid InTransitionTo SuspensionState';
  const row = [DATABASE_NAME, '', `v${MAJOR}.0`, true, 'ReadOnly', 'Parapet', null, DATABASE_ID, '', ''];
  return details
    ? table('Databases', `${described} AuthorizedPrincipals RetentionPolicy MergePolicy CachingPolicy`, [
        [...row, '[]', 'null', 'null', 'null'],
      ])
    : table('Databases', described, [row]);
}

function find(name: string, context: ManagementContext): KqlTable {
  const found = context.schema.tables.find((each) => each.name === name);
  if (found) return found;
  throw new ParapetError(
    'table_not_found',
    400,
    `There is no table named '${name.slice(0, 100)}'.`,
    '.show tables lists them.',
  );
}

function tables(context: ManagementContext, names: readonly string[], details: boolean): ResultTable {
  const chosen = names.length ? names.map((name) => find(name, context)) : byName(context.schema);
  const rows = chosen.map((each) => [each.name, DATABASE_NAME, context.folderOf(each.name), each.description ?? '']);
  return details
    ? table(
        'Tables',
        `${TABLES} AuthorizedPrincipals RetentionPolicy CachingPolicy`,
        rows.map((row) => [...row, '[]', 'null', 'null']),
      )
    : table('Tables', TABLES, rows);
}

const EMPTY: Readonly<Record<string, string>> = {
  'materialized-views':
    'Name SourceTable Query MaterializedTo:datetime LastRun:datetime LastRunResult IsHealthy:bool IsEnabled:bool Folder DocString AutoUpdateSchema:bool EffectiveDateTime:datetime Lookback:timespan',
  'external tables':
    'TableName TableType Folder DocString Properties ConnectionStrings:dynamic Partitions:dynamic PathFormat',
  entity_groups: 'Name Entities',
  graph_models: 'Name CreationTime:datetime Id',
};

/** Words of a command in lower case, names in place of what only a caller knows, `(…)` lists taken out. */
function read(text: string): Command {
  const words: string[] = [];
  const names: string[] = [];
  const all = tokens(text);
  // What follows `with` are options about what to leave out: nothing here has it.
  const end = all.findIndex((token) => token.kind === 'word' && token.text.toLowerCase() === 'with');
  let depth = 0;
  let previous = '';
  for (const [index, token] of (end < 0 ? all : all.slice(0, end)).entries()) {
    const lower = token.text.toLowerCase();
    if (token.kind === 'mark') {
      if (token.text === '(') depth += 1;
      else if (token.text === ')') depth -= 1;
      else if (token.text === '*' && depth === 0) names.push('*');
    } else if (previous === 'if_later_than') {
      // A version text; the schema has no history here, so it is always later.
    } else if (depth > 0) {
      if (lower !== 'if_later_than') names.push(token.text);
    } else if (token.kind === 'name' || (['table', 'database', 'function'].includes(previous) && !WORDS.has(lower))) {
      names.push(token.text);
      words.push('*');
    } else if (lower !== 'if_later_than') words.push(index === 0 ? lower.replace(/^\./, '') : lower);
    previous = lower;
  }
  return { words, names };
}

/** Words that follow `table`, `database` and `function` without being a name. */
const WORDS = new Set([
  'schema',
  'details',
  'as',
  'if_later_than',
  'cslschema',
  'entities',
  'identity',
  'policies',
  'datastats',
]);

/**
 * Answer a command.
 * @throws ParapetError `read_only` 403 for commands that would change something, `unknown_command` 400
 */
export function runCommand(text: string, context: ManagementContext): ResultTable {
  const { words, names } = read(text);
  if (words[0] !== 'show') {
    if (
      /^(create|alter|drop|delete|set|append|ingest|purge|move|rename|clear|execute|export|cancel|enable|disable|attach|detach|add|undo|replace)/.test(
        words[0] ?? '',
      )
    )
      throw new ParapetError(
        'read_only',
        403,
        'This endpoint only reads; nothing can be created, changed or removed through it.',
      );
    throw unknown(text);
  }
  const phrase = words.slice(1).join(' ');
  // A database named in a command must be the one there is.
  if (/^databases? (\* )*(schema|as|$)/.test(`${phrase} `)) for (const name of names) checkDatabase(name);
  switch (phrase) {
    case 'version':
      return table('Version', 'BuildVersion BuildTime:datetime ServiceType ProductVersion ServiceOffering', [
        [
          context.version,
          context.startedAt.toISOString(),
          'Engine',
          `Parapet_${context.version}`,
          '{"Type":"Parapet"}',
        ],
      ]);
    case 'databases':
    case 'cluster databases':
    case 'database':
    case 'database *':
    case 'databases identity':
    case 'databases policies':
    case 'databases datastats':
      return databases(false);
    case 'databases details':
    case 'cluster databases details':
    case 'database details':
    case 'database * details':
      return databases(true);
    case 'databases schema':
    case 'databases schema details':
    case 'database schema':
    case 'database * schema':
    case 'database schema details':
    case 'database * schema details':
    case 'schema':
    case 'schema details':
      return table('Schema', SCHEMA, schemaRows(context));
    case 'database schema as json':
    case 'database * schema as json':
      return table('Schema', 'DatabaseSchema', [[schemaJson(context)]]);
    case 'databases schema as json':
    case 'schema as json':
    case 'cluster schema as json':
      return table('Schema', 'ClusterSchema', [[schemaJson(context, { Plugins: [] })]]);
    case 'database schema as csl script':
    case 'database * schema as csl script':
      return table(
        'Script',
        'DatabaseSchemaScript',
        byName(context.schema).map((each) => [`.create-merge table ${quoted(each.name)} (${cslSchema(each)})`]),
      );
    case 'database entities':
    case 'databases entities':
      return table(
        'Entities',
        'DatabaseName EntityType EntityName DocString Folder CslInputSchema Content CslOutputSchema Properties:dynamic',
        [
          ...byName(context.schema).map((each) => [
            DATABASE_NAME,
            'Table',
            each.name,
            each.description ?? '',
            context.folderOf(each.name),
            '',
            '',
            cslSchema(each),
            {},
          ]),
          ...context.functions.map((each) => [
            DATABASE_NAME,
            'Function',
            each.name,
            each.description ?? '',
            '',
            `(${each.parameters})`,
            `{ ${each.body} }`,
            '',
            {},
          ]),
        ],
      );
    case 'tables':
    case 'table':
    case 'table *':
      return tables(
        context,
        names.filter((name) => name !== '*'),
        false,
      );
    case 'tables details':
    case 'table details':
    case 'table * details':
      return tables(
        context,
        names.filter((name) => name !== '*'),
        true,
      );
    case 'table * cslschema':
    case 'table * schema as csl':
    case 'table * schema as json': {
      const found = find(names[0] ?? '', context);
      const schema = phrase.endsWith('json')
        ? JSON.stringify(tableJson(found, context))
        : cslSchema(found).replaceAll(', ', ',');
      return table('Schema', 'TableName Schema DatabaseName Folder DocString', [
        [found.name, schema, DATABASE_NAME, context.folderOf(found.name), found.description ?? ''],
      ]);
    }
    case 'functions':
      return table('Functions', FUNCTIONS, context.functions.map(functionRow));
    case 'function *': {
      const found = context.functions.find((each) => each.name === names[0]);
      if (!found)
        throw new ParapetError(
          'function_not_found',
          400,
          `There is no function named '${(names[0] ?? '').slice(0, 100)}'.`,
          '.show functions lists them.',
        );
      return table('Functions', FUNCTIONS, [functionRow(found)]);
    }
    case 'cluster':
      return table('Cluster', 'NodeId Address Name StartTime:datetime IsCurrent:bool ProductVersion', [
        ['1', '', 'parapet', context.startedAt.toISOString(), true, `Parapet_${context.version}`],
      ]);
    default: {
      const empty = EMPTY[phrase];
      if (empty) return table('Result', empty, []);
      throw unknown(text);
    }
  }
}

const literal = (value: unknown, type: KqlType): string => {
  if (value === null || value === undefined) return type === 'string' ? '""' : `${type}(null)`;
  if (type === 'bool') return String(value);
  if (type === 'datetime') return `datetime(${String(value)})`;
  if (type === 'guid') return `guid(${String(value)})`;
  if (type === 'dynamic') return `dynamic(${JSON.stringify(value)})`;
  return JSON.stringify(String(value)).replaceAll('\\/', '/');
};

/** A result as the beginning of a query, so that a command can be followed by operators. */
export function asQuery(result: ResultTable, rest: string): string {
  const head = result.columns.map((column) => `${quoted(column.name)}:${column.type}`).join(', ');
  const cells = result.rows.map((row) =>
    row.map((cell, index) => literal(cell, result.columns[index]?.type ?? 'string')).join(', '),
  );
  return `datatable(${head}) [${cells.join(',\n')}]\n${rest}`;
}
