/**
 * How columns and rows lie on disk: types, codecs, order, partitions. Every choice was measured over real telemetry with
 * `bench/store/design.ts`; figures and reasons are in docs/adr/0006-physical-design.md.
 */
import type { HuntingColumn } from '@parapet/schema';
import { quoteIdentifier } from './sql.ts';

/**
 * Columns with few distinct values per part: dictionary-encoded. Kept to names that occur in many tables;
 * a wrong guess costs little, a missing one costs scan speed.
 */
const LOW_CARDINALITY = new Set([
  'ActionType',
  'DeviceName',
  'DeviceId',
  'FileName',
  'InitiatingProcessFileName',
  'InitiatingProcessParentFileName',
  'AccountDomain',
  'InitiatingProcessAccountDomain',
  'ProcessIntegrityLevel',
  'InitiatingProcessIntegrityLevel',
  'ProcessTokenElevation',
  'InitiatingProcessTokenElevation',
  'Protocol',
  'LogonType',
  'SourceSystem',
  'TenantId',
  'Type',
  'Severity',
  'Category',
  'ServiceSource',
  'DetectionSource',
  'EntityType',
  'EvidenceRole',
  'DataSource',
  'OperationName',
  'Application',
  'Channel',
  'Computer',
  'EventSourceName',
  'Activity',
  'Level',
  'EventLevelName',
  'SourceId',
  'SourceName',
  'IndexName',
  'Connector',
  'Reason',
  'OSPlatform',
  'MachineGroup',
  'EventName',
  'EventSource',
  'AWSRegion',
  'Provider',
]);

/** Engine type of a KQL value that may be missing; a missing text is empty, not null. */
export function valueType(type: HuntingColumn['type']): string {
  switch (type) {
    case 'string':
    case 'guid':
    case 'dynamic':
      return 'String';
    case 'int':
      return 'Nullable(Int32)';
    case 'long':
    case 'timespan':
      return 'Nullable(Int64)';
    case 'real':
    case 'decimal':
      return 'Nullable(Float64)';
    case 'bool':
      return 'Nullable(Bool)';
    case 'datetime':
      return "Nullable(DateTime64(7, 'UTC'))";
  }
}

/** Engine type of a column. The time column is never null: `ingest` puts the time of receipt where an event has none. */
export function columnType(column: HuntingColumn, timeColumn: string | null): string {
  if (column.type === 'string' && LOW_CARDINALITY.has(column.name)) return 'LowCardinality(String)';
  if (column.type === 'datetime' && column.name === timeColumn) return "DateTime64(7, 'UTC')";
  return valueType(column.type);
}

/** Numbers that grow with time: the difference to the row before is small. */
export const GROWING = 'CODEC(Delta, ZSTD(1))';
/**
 * Of every column that names no codec. Level 3 costs as much processor time as level 1 within what can be measured, and
 * saves a tenth. It is a default, not a codec of the columns, because only columns without one are packed again when old.
 */
export const DEFAULT_CODEC = 'ZSTD(3)';
/** Old parts are packed again with this, once; reading it costs the same. */
export const ARCHIVE_CODEC = 'ZSTD(12)';
/** Documents repeat each other over long distances; blocks of 4 MiB are still smaller than what is read for one row. */
const DOCUMENT = ' SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304)';

/** Codec of a column, and the size of its compressed blocks, where they differ from the table's; begins with a blank. */
export function columnCodec(column: HuntingColumn): string {
  switch (column.type) {
    case 'dynamic':
      return DOCUMENT;
    case 'datetime':
    case 'long':
    case 'timespan':
      return ` ${GROWING}`;
    default:
      return '';
  }
}

/** Who a row is about, and what kind of event it is: the first that a table has leads its rows within an hour. */
const LEADS = ['DeviceId', 'Computer', 'AccountObjectId', 'UserId', 'UserPrincipalName', 'AccountUpn'];
const KINDS = ['ActionType', 'EventID', 'OperationName', 'EventName', 'Operation', 'EventType'];

/**
 * Columns that tables are sorted by: hour, then device or account, then kind of event, then time. A time filter prunes, one
 * device's timeline is nearly contiguous inside each hour, and equal kinds of event lie together, which halves some columns.
 */
export function orderColumns(table: string, columns: readonly HuntingColumn[], timeColumn: string | null): string[] {
  // Raw events are read by batch, and equal senders lie together in a batch anyway.
  if (table === 'ParapetRawEvents') return ['_Batch', 'Sequence'];
  if (!timeColumn) return [];
  const first = (names: readonly string[], types: readonly string[]): string[] => {
    const name = names.find((n) => columns.some((column) => column.name === n && types.includes(column.type)));
    return name ? [quoteIdentifier(name)] : [];
  };
  const time = quoteIdentifier(timeColumn);
  return [
    `toStartOfHour(${time})`,
    ...first(LEADS, ['string', 'guid']),
    ...first(KINDS, ['string', 'int', 'long']),
    time,
  ];
}

/** Weeks: old rows go a week at a time without being rewritten, and a month of events is a handful of partitions. */
export const partitionKey = (timeColumn: string | null): string | null =>
  timeColumn ? `toMonday(${quoteIdentifier(timeColumn)})` : null;
