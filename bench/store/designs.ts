/** Candidates that `design.ts` compares: the product's own CREATE TABLE, and what it would be with one choice made otherwise. */

export interface Design {
  readonly label: string;
  /** Tables the candidate makes sense for; all when absent. */
  readonly tables?: readonly string[];
  /** The statement with the other choice; the same text when it does not apply to the table. */
  change(create: string): string;
}

const order = (change: (columns: readonly string[]) => readonly string[]) => (create: string) =>
  create.replace(/ORDER BY \((.*?)\)(?= SETTINGS)/, (_all, list: string) => {
    const columns = list.split(', ');
    return `ORDER BY (${change(columns).join(', ')})`;
  });

const RAW = ['ParapetRawEvents'];

export const DESIGNS: readonly Design[] = [
  { label: 'chosen', change: (create) => create },
  {
    label: 'no codecs (LZ4)',
    change: (create) => create.replace(/ CODEC\((?:[^()]|\([^)]*\))*\)/g, '').replace("'ZSTD(3)'", "'LZ4'"),
  },
  { label: 'ZSTD(3) alone for all', change: (create) => create.replace(/ CODEC\((?:[^()]|\([^)]*\))*\)/g, '') },
  { label: 'default ZSTD(1)', change: (create) => create.replace("'ZSTD(3)'", "'ZSTD(1)'") },
  { label: 'default ZSTD(6)', change: (create) => create.replace("'ZSTD(3)'", "'ZSTD(6)'") },
  { label: 'default ZSTD(12)', change: (create) => create.replace("'ZSTD(3)'", "'ZSTD(12)'") },
  { label: 'times and longs DoubleDelta', change: (create) => create.replaceAll('CODEC(Delta', 'CODEC(DoubleDelta') },
  { label: 'times and longs T64', change: (create) => create.replaceAll('CODEC(Delta', 'CODEC(T64') },
  {
    label: 'reals Gorilla',
    change: (create) => create.replaceAll('Nullable(Float64)', 'Nullable(Float64) CODEC(Gorilla, ZSTD(1))'),
  },
  {
    label: 'documents in blocks of the usual size',
    change: (create) => create.replaceAll(/ SETTINGS \(min_compress_block_size[^)]*\)/g, ''),
  },
  {
    label: 'few values not as dictionary',
    change: (create) => create.replaceAll('LowCardinality(String)', 'String'),
  },
  {
    label: 'order without the kind of event',
    change: order((columns) =>
      columns.length === 4 ? [columns[0] ?? '', columns[1] ?? '', columns[3] ?? ''] : columns,
    ),
  },
  {
    label: 'order: kind before device',
    change: order((columns) =>
      columns.length === 4 ? [columns[0] ?? '', columns[2] ?? '', columns[1] ?? '', columns[3] ?? ''] : columns,
    ),
  },
  {
    label: 'order: time only',
    change: order((columns) => (columns.length > 2 ? [columns.at(-1) ?? ''] : columns)),
  },
  {
    label: 'order by length of the document',
    tables: RAW,
    change: (create) =>
      create.replace('(_Batch, Sequence)', '(_Batch, Connector, SourceId, length(RawEventData), Sequence)'),
  },
  {
    label: 'no indexes',
    change: (create) => create.replace(/, INDEX `(terms|values|kinds)_.*?(?=, INDEX|\) ENGINE)/g, ''),
  },
  { label: 'no bloom filters', change: (create) => create.replace(/, INDEX `values_.*?(?=, INDEX|\) ENGINE)/g, '') },
  { label: 'partitions of a month', change: (create) => create.replace('toMonday(', 'toYYYYMM(') },
  { label: 'partitions of a day', change: (create) => create.replace('toMonday(', 'toDate(') },
];

/** Questions by table; `{device}`-like words are filled with values that occur in the rows. */
export const QUESTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ParapetRawEvents: {
    'one event': 'SELECT RawEventData FROM design.t WHERE _Batch = 7 AND Sequence % 1000 = 1 LIMIT 1',
    'substring everywhere': "SELECT count() FROM design.t WHERE positionCaseInsensitive(RawEventData, 'mimikatz') > 0",
    'events by connector': 'SELECT Connector, count() FROM design.t GROUP BY Connector',
  },
  DeviceEvents: {
    'one device in an hour':
      'SELECT count(), max(AdditionalFields), max(ActionType), max(FolderPath), max(InitiatingProcessCommandLine) FROM design.t WHERE DeviceName = {device:String} AND Timestamp >= {from:DateTime64(7)} AND Timestamp < {from:DateTime64(7)} + INTERVAL 1 HOUR',
    'rare kind of event': 'SELECT count(), max(AdditionalFields) FROM design.t WHERE ActionType = {rare:String}',
    'property of documents':
      "SELECT count() FROM design.t WHERE JSONExtractString(AdditionalFields, 'GrantedAccess') = '0x1410'",
    'one account':
      'SELECT count(), max(FolderPath) FROM design.t WHERE InitiatingProcessAccountName = {account:String}',
  },
};
