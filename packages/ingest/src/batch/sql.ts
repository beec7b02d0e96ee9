import { quoteString } from '@parapet/store';
import { ROW_STRUCTURE } from '../buffer/frame.ts';
import { LIVE } from '../connectors/place.ts';
import { unwrapped } from './wrapped.ts';

/** Marks a buffered row that is a rejected line, not an event. Control characters cannot occur in an index name. */
export const DEAD_INDEX = '\u0001dead-letter';

/** Columns of the table that holds a batch while it is worked on. */
export const BATCH_COLUMNS =
  "Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String, Connector String";

const DEAD_LETTERS =
  'INSERT INTO hunting.ParapetDeadLetter (Sequence, TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, RawText, _Batch, _TimeReceived, _ItemId)';

/** Rows of a batch file, as SQL source. */
export function batchFile(path: string): string {
  return `file(${quoteString(path)}, 'RowBinary', ${quoteString(ROW_STRUCTURE)})`;
}

/** The records of a batch file as connectors see them: what text holds an object is that object, see `wrapped.ts`. */
export function batchRecords(path: string): string {
  return `(SELECT Sequence, ReceivedTime, SourceId, SourceName, IndexName, ${unwrapped('rt_sent')} AS RawEventData FROM (SELECT Sequence, ReceivedTime, SourceId, SourceName, IndexName, RawEventData AS rt_sent FROM ${batchFile(path)}))`;
}

export const RAW_INSERT = `INSERT INTO hunting.ParapetRawEvents (Sequence, TimeGenerated, BatchId, SourceId, SourceName, IndexName, Connector, RawEventData, RawBytes, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, toString({batch:UInt64}), SourceId, SourceName, IndexName, Connector, RawEventData, length(RawEventData), {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM ${LIVE.batch}`;

/** Rejected lines travel through the buffer like events and end in the dead-letter table. */
export function rejectedInsert(source: string): string {
  const value = (key: string): string => `JSONExtractString(RawEventData, '${key}')`;
  return `${DEAD_LETTERS} SELECT Sequence, ReceivedTime, SourceId, SourceName, ${value('reason')}, ${value('detail')}, '', toString({batch:UInt64}), ${value('raw')}, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM ${source} WHERE IndexName = ${quoteString(DEAD_INDEX)}`;
}

/** Events that could not be mapped, with `{detail}` and `{connector}`. */
export function failedInsert(records: string, where: string): string {
  return `${DEAD_LETTERS} SELECT Sequence, ReceivedTime, SourceId, SourceName, 'transform_failed', {detail:String}, {connector:String}, toString({batch:UInt64}), RawEventData, {batch:UInt64}, ReceivedTime, concat(toString(RawBatch), ':', toString(Sequence)) FROM ${records} WHERE ${where}`;
}
