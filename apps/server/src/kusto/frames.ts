/** Answers as version 1 and version 2 data sets of the query protocol, in pieces of text. */
import type { KqlType, RenderInfo } from '@parapet/kql';
import { rowJson } from '../kql/values.ts';
import { type OneApiError, tooManyRows } from './errors.ts';
import type { CallIds } from './request.ts';

export interface Column {
  readonly name: string;
  readonly type: KqlType;
}

export interface ResultTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface DataSet {
  readonly tables: readonly ResultTable[];
  readonly render?: RenderInfo;
  /** Row limit that cut an answer. */
  readonly cutAt?: number;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly warnings: readonly string[];
}

/** Rows a piece of text holds. */
const ROWS = 500;

const NET_TYPES: Readonly<Record<KqlType, string>> = {
  string: 'String',
  int: 'Int32',
  long: 'Int64',
  real: 'Double',
  bool: 'Boolean',
  datetime: 'DateTime',
  dynamic: 'Object',
  guid: 'Guid',
  timespan: 'TimeSpan',
  decimal: 'SqlDecimal',
};

/** .NET name of a type, with its namespace: what the schema commands print. */
export const netType = (type: KqlType): string =>
  type === 'decimal' ? 'System.Data.SqlTypes.SqlDecimal' : `System.${NET_TYPES[type]}`;

/** A row of the protocol: like any other, but decimals are text. */
function protocolRow(row: readonly unknown[], columns: readonly Column[]): string {
  const cells = columns.some((column) => column.type === 'decimal')
    ? row.map((cell, index) => (columns[index]?.type === 'decimal' && cell !== null ? String(cell) : cell))
    : row;
  return rowJson(cells, columns);
}

function* rowPieces(table: ResultTable): Generator<string> {
  for (let start = 0; start < table.rows.length; start += ROWS) {
    const part = table.rows.slice(start, start + ROWS).map((row) => protocolRow(row, table.columns));
    yield `${start > 0 ? ',' : ''}${part.join(',')}`;
  }
}

/** The chart of `render`, as clients read it: one JSON text. */
function visualization(render: RenderInfo | undefined): string {
  const given = new Map(Object.entries(render?.properties ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  const text = (key: string): string | null => given.get(key) ?? null;
  const list = (key: string): string[] | null =>
    given
      .get(key)
      ?.split(',')
      .map((part) => part.trim()) ?? null;
  const number = (key: string): number | string =>
    given.has(key) && Number.isFinite(Number(given.get(key))) ? Number(given.get(key)) : 'NaN';
  return JSON.stringify({
    Visualization: render?.visualization ?? null,
    Title: text('title'),
    XColumn: text('xcolumn'),
    Series: list('series'),
    YColumns: list('ycolumns'),
    AnomalyColumns: list('anomalycolumns'),
    XTitle: text('xtitle'),
    YTitle: text('ytitle'),
    XAxis: text('xaxis'),
    YAxis: text('yaxis'),
    Legend: text('legend'),
    YSplit: text('ysplit'),
    Accumulate: given.get('accumulate') === 'true',
    IsQuerySorted: false,
    Kind: text('kind'),
    Ymin: number('ymin'),
    Ymax: number('ymax'),
  });
}

function statistics({ elapsedMs, rowsRead, bytesRead, tables }: DataSet): string {
  return JSON.stringify({
    ExecutionTime: elapsedMs / 1000,
    resource_usage: {
      cache: {},
      cpu: { user: '00:00:00', kernel: '00:00:00', 'total cpu': '00:00:00' },
      memory: { peak_per_node: 0 },
    },
    input_dataset_statistics: {
      extents: { total: 0, scanned: 0 },
      rows: { total: rowsRead, scanned: rowsRead },
      bytes: { scanned: bytesRead },
    },
    dataset_statistics: tables.map((table) => ({ table_row_count: table.rows.length, table_size: 0 })),
  });
}

const columns = (...pairs: readonly (readonly [string, KqlType])[]): Column[] =>
  pairs.map(([name, type]) => ({ name, type }));

const COMPLETION = columns(
  ['Timestamp', 'datetime'],
  ['ClientRequestId', 'string'],
  ['ActivityId', 'guid'],
  ['SubActivityId', 'guid'],
  ['ParentActivityId', 'guid'],
  ['Level', 'int'],
  ['LevelName', 'string'],
  ['StatusCode', 'int'],
  ['StatusCodeName', 'string'],
  ['EventType', 'int'],
  ['EventTypeName', 'string'],
  ['Payload', 'string'],
);

const v2Columns = (of: readonly Column[]): string =>
  JSON.stringify(of.map(({ name, type }) => ({ ColumnName: name, ColumnType: type })));

function completionRows(set: DataSet, ids: CallIds): unknown[][] {
  const row = (level: number, levelName: string, event: number, eventName: string, payload: string): unknown[] => [
    new Date().toISOString(),
    ids.clientRequestId,
    ids.activityId,
    ids.activityId,
    ids.activityId,
    level,
    levelName,
    0,
    'S_OK (0)',
    event,
    eventName,
    payload,
  ];
  return [
    row(4, 'Info', 4, 'QueryInfo', JSON.stringify({ Count: 1, Text: 'Query completed successfully' })),
    ...set.warnings.map((text) => row(3, 'Warning', 4, 'QueryInfo', JSON.stringify({ Count: 1, Text: text }))),
    row(6, 'Stats', 0, 'QueryResourceConsumption', statistics(set)),
  ];
}

/** A data set of version 2: an array of frames, one a line. */
export function* v2(set: DataSet, ids: CallIds, fragmented: boolean): Generator<string> {
  const head = {
    FrameType: 'DataSetHeader',
    IsProgressive: false,
    Version: 'v2.0',
    IsFragmented: fragmented,
    ErrorReportingPlacement: 'EndOfDataSet',
  };
  yield `[${JSON.stringify(head)}`;
  const table = (id: number, kind: string, name: string, of: readonly Column[]): string =>
    `"TableId":${id},"TableKind":"${kind}","TableName":${JSON.stringify(name)},"Columns":${v2Columns(of)}`;
  const extended = columns(['TableId', 'int'], ['Key', 'string'], ['Value', 'dynamic']);
  yield `\n,{"FrameType":"DataTable",${table(0, 'QueryProperties', '@ExtendedProperties', extended)},"Rows":[${JSON.stringify([1, 'Visualization', visualization(set.render)])}]}`;
  for (const [index, result] of set.tables.entries()) {
    const id = index + 1;
    const described = table(id, 'PrimaryResult', result.name, result.columns);
    if (fragmented) {
      yield `\n,{"FrameType":"TableHeader",${described}}`;
      yield `\n,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":${id},"FieldCount":${result.columns.length},"Rows":[`;
    } else yield `\n,{"FrameType":"DataTable",${described},"Rows":[`;
    yield* rowPieces(result);
    yield ']}';
    if (fragmented) yield `\n,{"FrameType":"TableCompletion","TableId":${id},"RowCount":${result.rows.length}}`;
  }
  const last = set.tables.length + 1;
  const rows = completionRows(set, ids)
    .map((row) => JSON.stringify(row))
    .join(',');
  yield `\n,{"FrameType":"DataTable",${table(last, 'QueryCompletionInformation', 'QueryCompletionInformation', COMPLETION)},"Rows":[${rows}]}`;
  const errors: OneApiError[] = set.cutAt === undefined ? [] : [tooManyRows(set.cutAt, ids)];
  const end = {
    FrameType: 'DataSetCompletion',
    HasErrors: errors.length > 0,
    Cancelled: false,
    ...(errors.length ? { OneApiErrors: errors } : {}),
  };
  yield `\n,${JSON.stringify(end)}\n]`;
}

const STATUS = columns(
  ['Timestamp', 'datetime'],
  ['Severity', 'int'],
  ['SeverityName', 'string'],
  ['StatusCode', 'int'],
  ['StatusDescription', 'string'],
  ['Count', 'int'],
  ['RequestId', 'guid'],
  ['ActivityId', 'guid'],
  ['SubActivityId', 'guid'],
  ['ClientActivityId', 'string'],
);
const CONTENTS = columns(
  ['Ordinal', 'long'],
  ['Kind', 'string'],
  ['Name', 'string'],
  ['Id', 'string'],
  ['PrettyName', 'string'],
);

function* v1Table(index: number, table: ResultTable): Generator<string> {
  const described = table.columns.map(({ name, type }) => ({
    ColumnName: name,
    DataType: NET_TYPES[type],
    ColumnType: type,
  }));
  yield `${index > 0 ? '\n,' : ''}{"TableName":"Table_${index}","Columns":${JSON.stringify(described)},"Rows":[`;
  yield* rowPieces(table);
  yield ']}';
}

/** A data set of version 1, as queries get it: results, properties, status, and a table that says which is which. */
export function* v1(set: DataSet, ids: CallIds): Generator<string> {
  const now = new Date().toISOString();
  const status = (severity: number, name: string, text: string): unknown[] => [
    now,
    severity,
    name,
    0,
    text,
    1,
    ids.activityId,
    ids.activityId,
    ids.activityId,
    ids.clientRequestId,
  ];
  const results = set.tables.length;
  const all: ResultTable[] = [
    ...set.tables,
    { name: '@ExtendedProperties', columns: columns(['Value', 'string']), rows: [[visualization(set.render)]] },
    {
      name: 'QueryStatus',
      columns: STATUS,
      rows: [
        status(4, 'Info', 'Query completed successfully'),
        ...set.warnings.map((text) => status(3, 'Warning', text)),
        status(6, 'Stats', statistics(set)),
      ],
    },
  ];
  const kind = (index: number): string =>
    index < results ? 'QueryResult' : index === results ? 'QueryProperties' : 'QueryStatus';
  const contents = all.map((table, index) => [
    index,
    kind(index),
    table.name,
    index < results ? String(index) : '',
    '',
  ]);
  yield '{"Tables":[';
  for (const [index, table] of [...all, { name: '', columns: CONTENTS, rows: contents }].entries())
    yield* v1Table(index, table);
  const cut = set.cutAt === undefined ? [] : [tooManyRows(set.cutAt, ids).error['@message']];
  yield cut.length ? `],"Exceptions":${JSON.stringify(cut)}}` : ']}';
}

/** A data set of version 1, as management commands get it: their one table. */
export function* v1Command(table: ResultTable): Generator<string> {
  yield '{"Tables":[';
  yield* v1Table(0, table);
  yield ']}';
}
