import type { KqlColumn, KqlSchema, KqlTable, KqlType } from '@parapet/kql';
import type { HuntingTable } from '@parapet/schema';
import { insertableColumns, quoteIdentifier, quoteString } from '@parapet/store';
import { ASSEMBLED_COLUMNS, type AssembleStatements, assembledRows, assembleStatements, keyText } from './assemble.ts';
import { columnsByName } from './columns.ts';
import { type ConnectorDefinition, ConnectorError, explodePaths, type Snippet } from './definition.ts';
import { type Extraction, planExtraction } from './extract.ts';
import { LIVE, type Place } from './place.ts';
import { type Plan, plan } from './plans.ts';
import type { Statement } from './statement.ts';

export interface PreparedColumn {
  readonly name: string;
  readonly type: KqlType;
}

export interface CompiledOutput {
  readonly table: string;
  /** Prepared column whose elements are the rows. */
  readonly explode: string | null;
  readonly select: Statement;
  readonly columns: readonly PreparedColumn[];
}

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

/** Names under which an output carries what the runtime needs. */
export const CARRIED = ['rt_sequence', 'rt_sub', 'rt_received', 'rt_state'] as const;
const CARRY = ', rt_sequence = Sequence, rt_sub = SubItem, rt_received = ReceivedTime, rt_state = TimeState';
/** Of an event whose first record may be stored with an earlier batch. */
const CARRY_BATCH = ', rt_raw = RawBatch';
const CARRIED_NAMES: ReadonlySet<string> = new Set([...CARRIED, 'rt_raw']);

/** Operators that keep one row one row: the runtime counts rows before it writes them. */
const ROW_OPERATORS = new Set([
  'extend',
  'project',
  'project-away',
  'project-rename',
  'project-keep',
  'project-reorder',
  'parse',
  'parse-kv',
]);

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
function compileText(text: string, schema: KqlSchema, file: string, firstLine: number): Plan {
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

const piped = (text: string): string =>
  text.trim() === '' ? '' : text.trimStart().startsWith('|') ? text.trim() : `| ${text.trim()}`;

/** Names of the tuples that hold extracted fields: of the raw record, and of the bag. */
const RECORD_TUPLE = 'rt_f';
export const BAG_TUPLE = 'rt_b';

/** The record rows a connector sees, with the fields its prepare reads. */
function recordRows(definition: ConnectorDefinition, place: Place, fields: Extraction | null, text: boolean): string {
  return withFields(claimedRows(definition, place), fields, text);
}

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

function compileOutput(
  definition: ConnectorDefinition,
  place: Place,
  index: number,
  stage: readonly KqlColumn[],
  tables: ReadonlyMap<string, HuntingTable>,
): CompiledOutput {
  const output = definition.outputs[index];
  if (!output) throw new Error('no such output');
  // Fields of the bag are read by the outputs that ask for them, each with a tuple of its own: a stage with a column for
  // every field of every output would be hundreds of mostly empty columns, written and planned for each batch.
  const bag = definition.bag ? planExtraction([output.transform.text], definition.bag, BAG_TUPLE) : null;
  const transform = bag?.rewrite(output.transform.text) ?? output.transform.text;
  const file = output.transform.file ?? definition.file;
  const table = tables.get(output.table);
  if (!table) throw new ConnectorError(file, output.transform.line, `there is no table named ${output.table}`);
  const segments = pipeSegments(output.transform.text);
  for (const segment of segments) {
    const operator = /^[a-z][a-z-]*/.exec(segment.trim())?.[0] ?? '';
    if (!ROW_OPERATORS.has(operator))
      throw new ConnectorError(
        file,
        output.transform.line,
        `a transform may not use "${operator || segment.trim().slice(0, 20)}": it must turn each record into exactly one row`,
      );
  }
  if (!/^project\b(?!-)/.test(segments.at(-1)?.trim() ?? ''))
    throw new ConnectorError(file, output.transform.line, 'a transform ends with project');
  const document = output.fill && definition.bag ? `, ${FILL} = ${definition.bag}` : '';
  const from = (columns: readonly KqlColumn[]) => {
    const rows = `(SELECT ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${place.stage(definition.id)} WHERE _out${index} AND ${rangeFilter()})`;
    const staged = {
      columns: [...columns, ...(bag?.columns ?? [])],
      rows: bag?.extract(rows) ?? rows,
    };
    return output.explode === null
      ? { schema: oneTable(staged.columns, staged.rows), transform }
      : explodedRows(definition, staged, index, output.explode, transform);
  };
  const carry =
    output.explode === null
      ? CARRY
      : CARRY.replace('rt_sub = SubItem', `rt_sub = SubItem * ${MAX_ITEMS * 10} + ItemIndex`);
  const compileFrom = (columns: readonly KqlColumn[], tell: boolean): Plan | null => {
    const { schema, transform } = from(columns);
    const text = `source\n${piped(transform).replace(/[\s,]+$/, '')}${carry}${definition.assemble ? CARRY_BATCH : ''}${document}`;
    if (tell) return compileText(text, schema, file, output.transform.line);
    const result = plan(text, schema);
    return result.ok ? result : null;
  };
  // Only the columns that it names: a plan costs time for each. Mistakes are told against all of them.
  const words = new Set(`${transform} ${carry} ${output.explode ?? ''} ${document} RawBatch`.match(/[A-Za-z_]\w*/g));
  if (bag) words.add(definition.bag ?? '');
  const named = stage.filter(({ name }) => words.has(name));
  const compiled = compileFrom(named, false) ?? compileFrom(stage, true);
  if (!compiled) throw new Error('compiled or thrown');
  const known = insertableColumns(table);
  const columns = compiled.columns.filter((column) => !CARRIED_NAMES.has(column.name) && column.name !== FILL);
  for (const column of columns)
    if (!known.has(column.name))
      throw new ConnectorError(
        file,
        lineOfColumn(output.transform, column.name),
        table.columns.some((other) => other.name === column.name)
          ? `${output.table}.${column.name} is computed and cannot be written`
          : `${output.table} has no column named ${column.name}`,
      );
  if (table.timeColumn && !columns.some((column) => column.name === table.timeColumn))
    throw new ConnectorError(
      file,
      output.transform.line,
      `the transform must give ${output.table}.${table.timeColumn}`,
    );
  const { explode } = output;
  if (!document)
    return { table: output.table, explode, select: { sql: compiled.sql, params: compiled.params }, columns };
  const filled = fillColumns(table, FILL, new Set(columns.map((column) => column.name)), true);
  return {
    table: output.table,
    explode,
    select: {
      sql: `SELECT * EXCEPT (${FILL}, rt_p), ${filled.select} FROM (SELECT *, ${filled.layer} FROM (${compiled.sql}))`,
      params: compiled.params,
    },
    columns: [...columns, ...filled.columns],
  };
}

/** Name under which a transform with `fill` hands on the document its other columns are read from. */
const FILL = 'rt_fill';

function fillColumns(table: HuntingTable, document: string, given: ReadonlySet<string>, loose: boolean) {
  const { layer, columns } = columnsByName(table, document, given, loose, 'rt_p');
  return {
    layer,
    select: [...columns].map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`).join(', ') || '1 AS rt_none',
    columns: [...columns.keys()].map((name): PreparedColumn => ({ name, type: 'string' })),
  };
}

/** The output that takes rows of one table as they are; see `passthrough`. The table is named by `_table`. */
export function passthroughOutput(definition: ConnectorDefinition, place: Place, table: HuntingTable): CompiledOutput {
  const given = new Set(table.timeColumn ? [table.timeColumn] : []);
  const { layer, select, columns } = fillColumns(table, FILL, given, false);
  const time = table.timeColumn ? `rt_time AS ${quoteIdentifier(table.timeColumn)}, ` : '';
  // Names of our own for everything of the stage: a table may have columns of the same names.
  const staged = `SELECT Sequence AS rt_sequence, SubItem AS rt_sub, ReceivedTime AS rt_received, TimeState AS rt_state, EventTime AS rt_time, ${quoteIdentifier(definition.bag ?? '')} AS ${FILL}${definition.assemble ? ', RawBatch AS rt_raw' : ''} FROM ${place.stage(definition.id)} WHERE _table = ${quoteString(table.name)} AND ${rangeFilter()}`;
  return {
    table: table.name,
    explode: null,
    select: {
      sql: `SELECT ${[...CARRIED, ...(definition.assemble ? ['rt_raw'] : [])].join(', ')}, ${time}${select} FROM (SELECT *, ${layer} FROM (${staged}))`,
      params: {},
    },
    columns: [...(table.timeColumn ? [{ name: table.timeColumn, type: 'datetime' as const }] : []), ...columns],
  };
}

/** An array may give this many rows; what goes beyond stays in the raw record. */
export const MAX_ITEMS = 10_000;

/** SQL of the elements an exploding output makes rows of. */
export function itemsSql(column: string): string {
  return `arraySlice(JSONExtractArrayRaw(${quoteIdentifier(column)}), 1, ${MAX_ITEMS})`;
}

/** The stage with one row for each element of an array, and the text properties of the element read together. */
function explodedRows(
  definition: ConnectorDefinition,
  staged: { readonly columns: readonly KqlColumn[]; readonly rows: string },
  index: number,
  column: string,
  transform: string,
): { readonly schema: KqlSchema; readonly transform: string } {
  if (!staged.columns.some((known) => known.name === column && known.type === 'dynamic'))
    throw new ConnectorError(
      definition.file,
      definition.outputs[index]?.transform.line ?? 1,
      `"explode" names ${column}, which "prepare" must make as dynamic`,
    );
  const fields = planExtraction([transform], 'Item', 'rt_i');
  const joined = `(SELECT *, arrayJoin(arrayZip(arrayEnumerate(${itemsSql(column)}), ${itemsSql(column)})) AS rt_item FROM ${staged.rows})`;
  const items = `(SELECT * EXCEPT rt_item, toInt64(rt_item.1) AS ItemIndex, rt_item.2 AS Item FROM ${joined})`;
  const physical = fields?.extract(items) ?? items;
  return {
    schema: oneTable(
      [
        ...staged.columns,
        { name: 'Item', type: 'dynamic', description: 'Element of the exploded array' },
        { name: 'ItemIndex', type: 'long', notNull: true, description: 'Its position, from 1' },
        ...(fields?.columns ?? []),
      ],
      physical,
    ),
    transform: fields?.rewrite(transform) ?? transform,
  };
}

function lineOfColumn(snippet: Snippet, column: string): number {
  const lines = snippet.text.split('\n');
  const at = lines.findLastIndex((line) => new RegExp(`\\b${column}\\b`).test(line));
  return snippet.line + Math.max(0, at);
}

/** Split at the pipes that separate operators: not inside strings or brackets. */
export function pipeSegments(text: string): string[] {
  const segments: string[] = [];
  let current = '';
  let quote = '';
  let verbatim = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (quote) {
      current += char;
      if (char === '\\' && !verbatim) current += text[++i] ?? '';
      else if (char === quote) quote = '';
      continue;
    }
    if (char === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i);
      i = end === -1 ? text.length : end;
      current += '\n';
      continue;
    }
    if (char === '"' || char === "'") {
      quote = char;
      verbatim = text[i - 1] === '@';
    } else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (char === '|' && depth === 0) {
      segments.push(current);
      current = '';
    } else current += char;
  }
  segments.push(current);
  return segments.filter((segment) => segment.trim() !== '');
}

/** Check one `match` on its own, so that a broken one names its own file. @throws ConnectorError */
export function checkMatch(definition: ConnectorDefinition): void {
  const schema = oneTable(SOURCE_COLUMNS, LIVE.batch);
  compileText(`source\n| where\n${definition.match.text}`, schema, definition.file, definition.match.line - 1);
}
