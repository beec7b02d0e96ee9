import { compile } from '@parapet/kql';
import { quoteString } from '@parapet/store';
import { oneTable, readsText, sourceColumns, withFields } from './compile.ts';
import { type ConnectorDefinition, ConnectorError } from './definition.ts';
import { planExtraction } from './extract.ts';
import type { Statement } from './statement.ts';

/**
 * A source may name its connector. The name travels in front of the index name of its rows, between two of these
 * characters, which no index name can hold; rows of older buffers have none.
 */
export const PIN = '\u0002';

/** Index name of a row whose source names a connector. */
export function pinnedIndex(connector: string, index: string): string {
  return `${PIN}${connector}${PIN}${index}`;
}

const FIXED = 'Sequence, ReceivedTime, SourceId, SourceName';
const RANGE = 'Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64}';

/** Statements that give every row of a batch file its connector. */
export interface Claims {
  /** Rows without a pin: the first connector whose `match` holds, else none. Takes a sequence range. */
  readonly match: Statement;
  /** What is used for rows on which `match` fails. */
  readonly none: Statement;
  /** Rows whose source names a connector that exists. */
  readonly pinned: Statement;
}

/**
 * @param file SQL source of the batch file
 * @param deadIndex index name of rejected lines, which are left out
 */
export function compileClaims(definitions: readonly ConnectorDefinition[], file: string, deadIndex: string): Claims {
  const ids = definitions.map(({ id }) => quoteString(id)).join(', ');
  const mark = quoteString(PIN);
  const isPin = `startsWith(rt_index, ${mark})`;
  const pin = `splitByChar(${mark}, rt_index)[2]`;
  const index = `if(${isPin}, splitByChar(${mark}, rt_index)[3], rt_index) AS IndexName`;
  const known = ids === '' ? '0' : `(${isPin} AND ${pin} IN (${ids}))`;
  const rows = (where: string): string =>
    `(SELECT ${FIXED}, IndexName AS rt_index, RawEventData FROM ${file} WHERE rt_index != ${quoteString(deadIndex)} AND ${where} AND ${RANGE})`;
  const open = `(SELECT ${FIXED}, ${index}, RawEventData FROM ${rows(`NOT ${known}`)})`;
  const matches = definitions.map((definition) => asTexts(definition.match.text.trim()));
  const fields = planExtraction(matches, 'RawEventData', CLAIM_TUPLE);
  const text = readsText(matches);
  const schema = oneTable(
    [...sourceColumns(text).filter((column) => column.name !== 'SubItem'), ...(fields?.columns ?? [])],
    withFields(open, fields, text),
  );
  const arms = definitions.map(
    (definition, i) => `(${fields?.rewrite(matches[i] ?? '') ?? matches[i]}), "${definition.id}"`,
  );
  const claim = arms.length === 0 ? '""' : `case(${arms.join(', ')}, "")`;
  const query = `source\n| project Sequence, ReceivedTime, SourceId, SourceName, IndexName, RawEventData, Connector = ${claim}`;
  const compiled = compile(query, { schema, now: new Date() });
  if (!compiled.ok)
    throw new ConnectorError(definitions[0]?.file ?? '', 1, compiled.errors[0]?.message ?? 'not understood');
  return {
    match: { sql: compiled.sql, params: compiled.params },
    none: { sql: `SELECT ${FIXED}, IndexName, RawEventData, '' AS Connector FROM ${open}`, params: {} },
    pinned: {
      sql: `SELECT ${FIXED}, ${index}, RawEventData, ${pin} AS Connector FROM ${rows(known)}`,
      params: {},
    },
  };
}

/** Name of the tuple that holds what the predicates of all connectors read. */
const CLAIM_TUPLE = 'rt_m';

/** `isnotempty(path)` asks the same of the path as of its text, which is read together with all others. */
function asTexts(match: string): string {
  return match.replace(
    /\b(isnotempty|isempty)\((RawEventData(?:\.[A-Za-z_]\w*|\["[^"\\]+"\])+)\)/g,
    '$1(tostring($2))',
  );
}
