import type { KqlColumn } from '@parapet/kql';
import { quoteIdentifier, quoteString } from '@parapet/store';
import type { AssembleRule, ConnectorDefinition, Snippet } from './definition.ts';
import type { Place } from './place.ts';
import type { Statement } from './statement.ts';

/** Columns that `prepare` sees besides those of every record when its connector assembles. */
export const ASSEMBLED_COLUMNS: readonly KqlColumn[] = [
  { name: 'RawBatch', type: 'long', notNull: true, description: 'Batch that holds the first record of the event' },
  { name: 'PartText', type: 'string', description: 'Texts of the records of the event, joined' },
  { name: 'Parts', type: 'dynamic', description: 'The records of the event, in order; empty for a record alone' },
  { name: 'PartCount', type: 'long', notNull: true, description: 'How many records the event was put together from' },
  {
    name: 'PartsComplete',
    type: 'bool',
    notNull: true,
    description: 'False when the rest of the event did not arrive in time',
  },
];

/** Records beyond this many of one event are kept raw only. */
const MAX_PARTS = 1_000;
/** More than this is not held back for later batches: what waits is then used as it is. */
export const MAX_WAITING_ROWS = 100_000;
export const MAX_WAITING_BYTES = 64 * 2 ** 20;

const FIXED = ['Sequence', 'ReceivedTime', 'SourceId', 'SourceName', 'IndexName', 'RawEventData'];
const KEYED = [...FIXED, 'RawBatch', 'rt_key', 'rt_order', 'rt_done', 'rt_total', 'rt_text'];
const COLUMNS =
  "Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String, RawBatch UInt64, rt_key String, rt_order Int64, rt_done Bool, rt_total Int64, rt_text String";

/** Records that wait for others, by the batch that left them; a batch is one partition, dropped when the next one is in. */
export function createWaiting(place: Place): string {
  return `CREATE TABLE IF NOT EXISTS ${place.waiting} (Batch UInt64, Connector String, ${COLUMNS}) ENGINE = MergeTree PARTITION BY Batch ORDER BY (Connector, Sequence) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;
}

/** What the engine does to put events together, before `prepare`. */
export interface AssembleStatements {
  readonly create: string;
  readonly truncate: string;
  /** Records that waited since the batch before. */
  readonly recall: Statement;
  /** Records of this batch, for a range of sequence numbers. */
  readonly key: Statement;
  /** One row: records in the working table, their bytes, the lowest sequence number. */
  readonly counts: string;
  /** Puts unfinished events aside for the next batch. */
  readonly hold: Statement;
  /** One row: when the first of the waiting records must be used, in milliseconds since the epoch; null when none waits. */
  readonly due: Statement;
  /** The records of one connector, those that waited included, as SQL source. */
  readonly records: string;
}

const one = (snippet: Snippet | null, otherwise: string): string => (snippet ? `(${snippet.text.trim()})` : otherwise);

/** KQL over the claimed records that gives key, order, end and text of each. */
export function keyText(rule: AssembleRule): string {
  return [
    `source\n| extend rt_key = tostring(${one(rule.key, '""')})`,
    '| where isnotempty(rt_key)',
    `| project ${[...FIXED, 'RawBatch'].join(', ')}, rt_key, rt_order = coalesce(tolong(${one(rule.order, 'Sequence')}), Sequence), rt_done = coalesce(tobool(${one(rule.complete, 'false')}), false), rt_total = coalesce(tolong(${one(rule.count, '0')}), 0), rt_text = tostring(${one(rule.text, '""')})`,
  ].join('\n');
}

const keyedTable = (place: Place, id: string): string => place.stage(`${id}_parts`);

/** Events by source and key. `{now_ms:Int64}` is the clock of the batch, `{hold:UInt8}` is 0 when nothing may wait. */
function groups(place: Place, definition: ConnectorDefinition, rule: AssembleRule): string {
  const wait = Math.round(rule.waitSeconds * 1000);
  const complete = `max(rt_done) OR (max(rt_total) > 0 AND count() >= max(rt_total)) OR count() > ${MAX_PARTS}`;
  return `(SELECT SourceId, rt_key, arraySort(x -> (x.1, x.2), groupArray(${MAX_PARTS})((rt_order, Sequence, ReceivedTime, SourceName, IndexName, RawEventData, RawBatch, rt_text))) AS rt_parts, count() AS rt_count, (${complete}) AS rt_complete, min(ReceivedTime) AS rt_since, rt_complete OR {hold:UInt8} = 0 OR toUnixTimestamp64Milli(rt_since) + ${wait} <= {now_ms:Int64} AS rt_ready FROM ${keyedTable(place, definition.id)} GROUP BY SourceId, rt_key)`;
}

/** The record rows of an assembling connector: those that stand alone, then one for each event that is ready. */
export function assembledRows(
  place: Place,
  definition: ConnectorDefinition,
  rule: AssembleRule,
  wantsParts: boolean,
): string {
  const keyed = keyedTable(place, definition.id);
  const alone = `SELECT ${FIXED.join(', ')}, 0 AS SubItem, {batch:UInt64} AS RawBatch, '' AS PartText, '' AS Parts, toInt64(1) AS PartCount, true AS PartsComplete FROM ${place.batch} WHERE Connector = ${quoteString(definition.id)} AND Sequence NOT IN (SELECT Sequence FROM ${keyed})`;
  const parts = wantsParts ? `concat('[', arrayStringConcat(arrayMap(x -> x.6, rt_parts), ','), ']')` : `''`;
  const first = (i: number): string => `rt_parts[1].${i}`;
  const together = `SELECT ${first(2)} AS Sequence, ${first(3)} AS ReceivedTime, SourceId, ${first(4)} AS SourceName, ${first(5)} AS IndexName, ${first(6)} AS RawEventData, 0 AS SubItem, ${first(7)} AS RawBatch, arrayStringConcat(arrayMap(x -> x.8, rt_parts), ${quoteString(rule.separator)}) AS PartText, ${parts} AS Parts, toInt64(rt_count) AS PartCount, rt_complete AS PartsComplete FROM ${groups(place, definition, rule)} WHERE rt_ready`;
  return `(${alone} UNION ALL ${together})`;
}

export function assembleStatements(
  place: Place,
  definition: ConnectorDefinition,
  rule: AssembleRule,
  key: Statement,
): AssembleStatements {
  const keyed = keyedTable(place, definition.id);
  const list = KEYED.map(quoteIdentifier).join(', ');
  const id = quoteString(definition.id);
  const wait = Math.round(rule.waitSeconds * 1000);
  return {
    create: `CREATE OR REPLACE TABLE ${keyed} (${COLUMNS}) ENGINE = Memory`,
    truncate: `TRUNCATE TABLE ${keyed}`,
    recall: {
      sql: `INSERT INTO ${keyed} (${list}) SELECT ${list} FROM ${place.waiting} WHERE Batch = {batch:UInt64} - 1 AND Connector = ${id}`,
      params: {},
    },
    key: { sql: `INSERT INTO ${keyed} (${list}) SELECT ${list} FROM (${key.sql})`, params: key.params },
    counts: `SELECT count(), sum(length(RawEventData)), min(Sequence) FROM ${keyed}`,
    hold: {
      sql: `INSERT INTO ${place.waiting} (Batch, Connector, ${list}) SELECT {batch:UInt64}, ${id}, ${list} FROM ${keyed} WHERE (SourceId, rt_key) IN (SELECT SourceId, rt_key FROM ${groups(place, definition, rule)} WHERE NOT rt_ready)`,
      params: {},
    },
    due: {
      sql: `SELECT min(since), sum(parts) FROM (SELECT toUnixTimestamp64Milli(min(ReceivedTime)) + ${wait} AS since, count() AS parts FROM ${place.waiting} WHERE Batch = {batch:UInt64} AND Connector = ${id} GROUP BY SourceId, rt_key) HAVING sum(parts) > 0`,
      params: {},
    },
    records: `(SELECT Sequence, ReceivedTime, SourceId, SourceName, RawEventData, {batch:UInt64} AS RawBatch FROM ${place.batch} WHERE Connector = ${id} UNION ALL SELECT Sequence, ReceivedTime, SourceId, SourceName, RawEventData, RawBatch FROM ${keyed} WHERE RawBatch != {batch:UInt64})`,
  };
}
