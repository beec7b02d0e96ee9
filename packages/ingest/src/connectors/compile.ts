import type { KqlColumn, KqlSchema } from '@parapet/kql';
import type { HuntingTable } from '@parapet/schema';
import { quoteString } from '@parapet/store';
import { ASSEMBLED_COLUMNS, type AssembleStatements, assembledRows, assembleStatements, keyText } from './assemble.ts';
import { type ConnectorDefinition, ConnectorError, explodePaths, type Snippet } from './definition.ts';
import { type Extraction, planExtraction } from './extract.ts';
import { type CompiledOutput, compileOutput, type PreparedColumn } from './outputs.ts';
import { LIVE, type Place } from './place.ts';
import { plan } from './plans.ts';
import {
  compileText,
  oneTable,
  piped,
  rangeFilter,
  readsText,
  SOURCE_COLUMNS,
  sourceColumns,
  withFields,
} from './source.ts';
import type { Statement } from './statement.ts';

export interface CompiledConnector {
  readonly definition: ConnectorDefinition;
  readonly place: Place;
  /** Null when every record is an event. */
  readonly assemble: AssembleStatements | null;
  /** Columns kept between prepare and the outputs. */
  readonly columns: readonly PreparedColumn[];
  /** Selects {@link columns} plus one `_out<i>` flag per output from the records the connector claims. */
  readonly prepare: Statement;
  readonly outputs: readonly CompiledOutput[];
}

/** Columns the runtime adds after `prepare`. */
const RUNTIME_COLUMNS: readonly KqlColumn[] = [
  {
    name: 'EventTime',
    type: 'datetime',
    notNull: true,
    description: 'Time of the event; the time of receipt when it has none',
  },
  { name: 'TimeState', type: 'string', description: 'Empty, missing, invalid or uncorrected' },
];

/** Columns that every stage keeps whether a transform names them or not. */
const ALWAYS = ['Sequence', 'SubItem', 'ReceivedTime', 'SourceId'];

/** Name of the tuple that holds the fields of the raw record. */
const RECORD_TUPLE = 'rt_f';

/** The record rows a connector sees, with the fields its prepare reads. */
function recordRows(definition: ConnectorDefinition, place: Place, fields: Extraction | null, text: boolean): string {
  return withFields(claimedRows(definition, place), fields, text);
}

/** SQL of the record rows as claimed, one row per array element, or one row per assembled event. */
function claimedRows(definition: ConnectorDefinition, place: Place): string {
  const where = `Connector = ${quoteString(definition.id)} AND ${rangeFilter()}`;
  const fixed = 'Sequence, ReceivedTime, SourceId, SourceName, IndexName';
  if (definition.assemble) {
    const texts = [definition.prepare.text, ...definition.outputs.map(({ transform }) => transform.text)].join('\n');
    const rows = assembledRows(place, definition, definition.assemble, /\bParts\b/.test(texts));
    return `(SELECT * FROM ${rows} WHERE ${rangeFilter()})`;
  }
  if (!definition.explode) return `(SELECT ${fixed}, RawEventData, 0 AS SubItem FROM ${place.batch} WHERE ${where})`;
  const whole = `[(toUInt32(0), RawEventData)]`;
  const arms = explodePaths(definition.explode).map((keys) => {
    const path = keys.map(quoteString).join(', ');
    const parts = `JSONExtractArrayRaw(RawEventData, ${path})`;
    return `JSONType(RawEventData, ${path}) = 'Array', arrayZip(arrayEnumerate(${parts}), ${parts})`;
  });
  return `(SELECT ${fixed}, part.2 AS RawEventData, toInt64(part.1) AS SubItem FROM (SELECT ${fixed}, arrayJoin(multiIf(${arms.join(', ')}, ${whole})) AS part FROM ${place.batch} WHERE ${where}))`;
}

/** Compile what puts the records of a connector together. @throws ConnectorError */
function compileAssembly(definition: ConnectorDefinition, place: Place): AssembleStatements | null {
  const rule = definition.assemble;
  if (!rule) return null;
  const text = keyText(rule);
  const record = planExtraction([text], 'RawEventData', RECORD_TUPLE);
  const claimed = `(SELECT Sequence, ReceivedTime, SourceId, SourceName, IndexName, RawEventData, 0 AS SubItem, {batch:UInt64} AS RawBatch FROM ${place.batch} WHERE Connector = ${quoteString(definition.id)} AND ${rangeFilter()})`;
  const reads = readsText([text]);
  const columns = [
    ...sourceColumns(reads),
    ...ASSEMBLED_COLUMNS.filter(({ name }) => name === 'RawBatch'),
    ...(record?.columns ?? []),
  ];
  const schema = oneTable(columns, withFields(claimed, record, reads));
  // One by one first, so that a mistake is reported in its own line.
  for (const snippet of [rule.key, rule.order, rule.text, rule.complete, rule.count])
    if (snippet) compileText(`source | extend rt_x =\n${snippet.text}`, schema, definition.file, snippet.line);
  const compiled = compileText(record?.rewrite(text) ?? text, schema, definition.file, rule.key.line);
  return assembleStatements(place, definition, rule, compiled);
}

/** Find the snippet that is wrong when the joined text does not compile, so that the line is right. */
function locate(
  definition: ConnectorDefinition,
  schema: KqlSchema,
  pieces: readonly { snippet: Snippet; text: string }[],
): void {
  for (const piece of pieces)
    compileText(`source\n${piece.text}`, schema, piece.snippet.file ?? definition.file, piece.snippet.line);
}

/**
 * Compile a connector against the hunting tables.
 * @throws ConnectorError with file and line: KQL errors, unknown tables or columns, types that cannot be assigned
 */
export function compileConnector(
  definition: ConnectorDefinition,
  tables: ReadonlyMap<string, HuntingTable>,
  place: Place = LIVE,
): CompiledConnector {
  const { file } = definition;
  const assemble = compileAssembly(definition, place);
  const always = assemble ? [...ALWAYS, 'RawBatch'] : ALWAYS;
  const record = planExtraction(
    [definition.prepare.text, ...definition.outputs.map((output) => output.when.text)],
    'RawEventData',
    RECORD_TUPLE,
  );
  const text = readsText([definition.prepare.text, ...definition.outputs.map((output) => output.when.text)]);
  const source = oneTable(
    [...sourceColumns(text), ...(assemble ? ASSEMBLED_COLUMNS : []), ...(record?.columns ?? [])],
    recordRows(definition, place, record, text),
  );
  const read = (text: string): string => record?.rewrite(text) ?? text;
  const prepareText = read(piped(definition.prepare.text));
  const base = compileText(
    `source\n${prepareText || '| extend SubItem = SubItem'}`,
    source,
    file,
    definition.prepare.line,
  );
  for (const name of always)
    if (!base.columns.some((column) => column.name === name))
      throw new ConnectorError(
        file,
        definition.prepare.line,
        `"prepare" must keep the column ${name}; use extend or project-away`,
      );
  const time = base.columns.find((column) => column.name === definition.time);
  if (!time || (time.type !== 'string' && time.type !== 'datetime'))
    throw new ConnectorError(
      file,
      definition.prepare.line,
      `"time" names ${definition.time}, which "prepare" must make as string or datetime`,
    );

  const flags = definition.outputs.map((output, i) => `_out${i} = (${read(output.when.text).trim()})`);
  if (definition.clock) flags.push(`_clock = (${definition.clock.when.text.trim()})`);
  const joined = flags.length === 0 ? `${prepareText}` : `${prepareText}\n| extend ${flags.join(', ')}`;
  const full = plan(`source\n${joined}`, source);
  if (!full.ok) {
    locate(
      definition,
      source,
      definition.outputs.map((output) => ({
        snippet: output.when,
        text: `${prepareText.replaceAll('\n', ' ')} | where\n${read(output.when.text)}`,
      })),
    );
    throw new ConnectorError(file, definition.prepare.line, full.errors[0]?.message ?? 'not understood');
  }

  const mentioned = new Set<string>([...always, definition.time]);
  const { passthrough } = definition;
  if (passthrough) {
    if (!base.columns.some((column) => column.name === passthrough.table && column.type === 'string'))
      throw new ConnectorError(
        file,
        definition.prepare.line,
        `"passthrough" names ${passthrough.table}, which "prepare" must make as string`,
      );
    mentioned.add(passthrough.table);
  }
  if (definition.bag && (passthrough || definition.outputs.some((output) => output.fill)))
    mentioned.add(definition.bag);
  const words =
    definition.outputs
      .map(({ transform }) => transform.text)
      .join('\n')
      .match(/[A-Za-z_]\w*/g) ?? [];
  for (const word of words) mentioned.add(word);
  for (const output of definition.outputs) if (output.explode !== null) mentioned.add(output.explode);
  if (definition.warning !== null) {
    if (!base.columns.some((column) => column.name === definition.warning && column.type === 'string'))
      throw new ConnectorError(
        file,
        definition.prepare.line,
        `"warning" names ${definition.warning}, which "prepare" must make as string`,
      );
    mentioned.add(definition.warning);
  }
  if (definition.bag && !base.columns.some((column) => column.name === definition.bag && column.type === 'dynamic'))
    throw new ConnectorError(
      file,
      definition.prepare.line,
      `"bag" names ${definition.bag}, which "prepare" must make as dynamic`,
    );
  if (definition.clock) {
    const { exported, trusted, evidence, host } = definition.clock;
    for (const name of [exported, trusted, evidence, host]) {
      if (!base.columns.some((column) => column.name === name))
        throw new ConnectorError(
          file,
          definition.clock.when.line,
          `"clock" names ${name}, which "prepare" does not make`,
        );
      mentioned.add(name);
    }
  }
  const columns = base.columns.filter((column) => mentioned.has(column.name));
  const stage: readonly KqlColumn[] = [
    ...columns.map((column) => ({
      ...column,
      notNull: [...SOURCE_COLUMNS, ...ASSEMBLED_COLUMNS].find((known) => known.name === column.name)?.notNull ?? false,
    })),
    ...RUNTIME_COLUMNS,
  ];
  const outputs = definition.outputs.map((_output, i) => compileOutput(definition, place, i, stage, tables));
  return {
    definition,
    place,
    assemble,
    columns,
    prepare: { sql: full.sql, params: full.params },
    outputs,
  };
}

/** Check one `match` on its own, so that a broken one names its own file. @throws ConnectorError */
export function checkMatch(definition: ConnectorDefinition): void {
  const schema = oneTable(SOURCE_COLUMNS, LIVE.batch);
  compileText(`source\n| where\n${definition.match.text}`, schema, definition.file, definition.match.line - 1);
}
