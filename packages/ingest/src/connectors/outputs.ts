import type { KqlColumn, KqlSchema, KqlType } from '@parapet/kql';
import type { HuntingTable } from '@parapet/schema';
import { insertableColumns, quoteIdentifier, quoteString } from '@parapet/store';
import { columnsByName } from './columns.ts';
import { type ConnectorDefinition, ConnectorError, type Snippet } from './definition.ts';
import { planExtraction } from './extract.ts';
import type { Place } from './place.ts';
import { type Plan, plan } from './plans.ts';
import { compileText, oneTable, piped, rangeFilter } from './source.ts';
import type { Statement } from './statement.ts';

/** The outputs of a connector: what of the stage becomes rows of which table. */

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

/** Names under which an output carries what the runtime needs. */
const CARRIED = ['rt_sequence', 'rt_sub', 'rt_received', 'rt_state'] as const;

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

/** Name of the tuple that holds the fields of the bag. */
const BAG_TUPLE = 'rt_b';

export function compileOutput(
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
const MAX_ITEMS = 10_000;

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
