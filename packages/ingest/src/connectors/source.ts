import type { KqlColumn, KqlSchema, KqlTable } from '@parapet/kql';
import { quoteIdentifier, quoteString } from '@parapet/store';
import { ConnectorError } from './definition.ts';
import type { Extraction } from './extract.ts';
import { type Plan, plan } from './plans.ts';

/** What `source` is in the texts of a connector, and how they are compiled against it. */

/** Columns every record has before a connector touches it; what `source` means in `match` and `prepare`. */
export const SOURCE_COLUMNS: readonly KqlColumn[] = [
  { name: 'RawEventData', type: 'dynamic', description: 'The record as the sender wrote it' },
  { name: 'Text', type: 'string', description: 'The text of a record that is a line of a log; see TEXT_FIELDS' },
  { name: 'IndexName', type: 'string', description: 'Index or data stream the sender named' },
  { name: 'SourceId', type: 'string', description: 'Id of the API key' },
  { name: 'SourceName', type: 'string', description: 'Name of the API key' },
  { name: 'ReceivedTime', type: 'datetime', notNull: true, description: 'When the record was accepted' },
  { name: 'Sequence', type: 'long', notNull: true, description: 'Number of the record' },
  { name: 'SubItem', type: 'long', notNull: true, description: 'Position in an exploded record, from 1; 0 otherwise' },
];

/** Columns of `source`; `Text` only where something reads it, because it costs a look into the document. */
export const sourceColumns = (text: boolean): readonly KqlColumn[] =>
  SOURCE_COLUMNS.filter((column) => text || column.name !== 'Text');

export function rangeFilter(): string {
  return 'Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64}';
}

export function oneTable(columns: readonly KqlColumn[], physical: string): KqlSchema {
  const table: KqlTable = { name: 'source', columns, physical, timeColumn: null };
  return {
    tables: [table],
    version: `connector-${columns.map((column) => `${column.name}:${column.type}`).join(',')}-${physical}`,
  };
}

/** Compile text whose first line is `source`; problems are reported against the snippet's own lines. */
export function compileText(text: string, schema: KqlSchema, file: string, firstLine: number): Plan {
  const result = plan(text, schema);
  if (result.ok) return result;
  const first = result.errors[0];
  const hint = first?.suggestion ? ` ${first.suggestion}` : '';
  throw new ConnectorError(
    file,
    firstLine + Math.max(0, (first?.line ?? 1) - 2),
    `${first?.message ?? 'not understood'}${hint}`,
  );
}

export const piped = (text: string): string =>
  text.trim() === '' ? '' : text.trimStart().startsWith('|') ? text.trim() : `| ${text.trim()}`;

/**
 * Where shippers put a line of text: Filebeat, Vector and our own receivers; journald; Fluent Bit; collectors that keep
 * the original; Splunk forwarders. The first that is a text counts (`log` is an object in ECS documents).
 */
export const TEXT_FIELDS = ['message', 'MESSAGE', 'log', '_raw', 'SyslogMessage', 'RawEvent'];

/** Names at the top of a record that the text may come from. */
export const TEXT_KEYS: readonly string[] = [...TEXT_FIELDS, 'event'];

const TEXT_SQL = `arrayFirst(x -> x != '' AND NOT startsWith(x, '{'), arrayConcat(arrayMap(x -> x, [${TEXT_FIELDS.map((_name, i) => `rt_t.${i + 1}`).join(', ')}]), [rt_t.${TEXT_FIELDS.length + 1}.1]))`;

const TEXT_TUPLE = `Tuple(${TEXT_FIELDS.map((name) => `${quoteIdentifier(name)} String`).join(', ')}, event Tuple(original String))`;

/** Rows with their extracted fields, and their text when it is asked for. */
export function withFields(rows: string, extraction: Extraction | null, text: boolean): string {
  const fields = extraction?.extract(rows) ?? rows;
  if (!text) return fields;
  return `(SELECT * EXCEPT rt_t, ${TEXT_SQL} AS Text FROM (SELECT *, JSONExtract(RawEventData, ${quoteString(TEXT_TUPLE)}) AS rt_t FROM ${fields}))`;
}

export const readsText = (texts: readonly string[]): boolean => texts.some((text) => /\bText\b/.test(text));
