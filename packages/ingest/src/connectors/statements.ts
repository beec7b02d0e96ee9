import type { KqlType } from '@parapet/kql';
import { type HuntingTable, loadHuntingSchema } from '@parapet/schema';
import { insertableColumns, quoteIdentifier, quoteString, valueType } from '@parapet/store';
import type { AssembleStatements } from './assemble.ts';
import { castTo, emptyValue, timeFromText } from './casts.ts';
import { inferTable } from './columns.ts';
import type { CompiledConnector } from './compile.ts';
import { ConnectorError, type PassthroughRule } from './definition.ts';
import { type CompiledOutput, itemsSql, passthroughOutput } from './outputs.ts';
import type { Place } from './place.ts';
import { renameParams, type Statement } from './statement.ts';

/** Everything the engine is asked for one connector and batch. */
export interface ConnectorStatements {
  readonly id: string;
  /** Memory tables that hold the prepared records while a batch is worked on. */
  readonly createStages: readonly string[];
  readonly truncateStages: readonly string[];
  /** Puts events together from several records, before `prepare`. */
  readonly assemble: AssembleStatements | null;
  /** SQL source of the connector's records, with the batch that holds each. */
  readonly records: string;
  /** Fills the stage from the claimed records of a sequence range. */
  readonly prepare: Statement;
  /** Second step when the connector corrects clocks; see clock.ts. */
  readonly clock: {
    readonly pairs: Statement;
    readonly correct: Statement;
    /** Puts the records in place as they are, when there is no clock to correct. */
    readonly take: string;
    readonly count: string;
    readonly uncorrected: string;
  } | null;
  /** One row: rows of each output, records with a missing and an invalid time, all records, lowest sequence number. */
  readonly counts: string;
  /** Sequence numbers of records without a usable time, with what is wrong. */
  readonly timeStates: string;
  readonly tables: readonly TableInsert[];
  /** For records that are rows of a table already: the tables of the staged ones with their numbers, and their INSERTs. */
  readonly passthrough: {
    readonly counts: string;
    readonly targets: readonly string[];
    table(name: string): TableInsert;
  } | null;
  /** INSERT of the warnings about records without a usable time. */
  readonly timeWarnings: Statement;
}

export interface TableInsert {
  readonly table: string;
  /** Positions in `counts` whose sum is the number of rows. */
  readonly outputs: readonly number[];
  /** SQL of the sequence numbers that have a row in this table. */
  readonly sequences: string;
  /** One INSERT of the given outputs; those without rows are best left out, planning them costs time. */
  insert(outputs: readonly number[]): Statement;
  /** The rows themselves; columns are named like the table's, after `out_`. */
  select(outputs: readonly number[]): Statement;
}

const MINUTES = 15;

export const createPairs = (place: Place): string =>
  `CREATE TABLE IF NOT EXISTS ${place.pairs} (Batch UInt64, Connector String, SourceId String, Host String, Exported DateTime64(3, 'UTC'), ShiftMinutes Int32) ENGINE = MergeTree ORDER BY (Connector, SourceId, Host, Exported)`;
/** Evidence is used for this many batches: a file may end in the batch after the one that held its last pair. */
const PAIR_BATCHES = 200;

export function buildStatements(
  connector: CompiledConnector,
  tables: ReadonlyMap<string, HuntingTable>,
): ConnectorStatements {
  const { definition, place, assemble } = connector;
  const clock = definition.clock;
  const stage = place.stage(definition.id);
  const first = clock ? place.stage(`${definition.id}_in`) : stage;
  const records =
    assemble?.records ??
    `(SELECT Sequence, ReceivedTime, SourceId, SourceName, RawEventData, {batch:UInt64} AS RawBatch FROM ${place.batch} WHERE Connector = ${quoteString(definition.id)})`;
  const kept = connector.columns.map((column) => quoteIdentifier(column.name));
  const flags = connector.outputs.map((_output, i) => `_out${i}`);
  const ddl = [
    ...connector.columns.map((column) => `${quoteIdentifier(column.name)} ${valueType(column.type)}`),
    ...flags.map((flag) => `${flag} Bool`),
    "EventTime DateTime64(7, 'UTC')",
    'TimeState String',
    ...(clock ? ['_clock Bool'] : []),
  ];
  const create = (name: string): string => `CREATE OR REPLACE TABLE ${name} (${ddl.join(', ')}) ENGINE = Memory`;
  const rule = definition.passthrough;
  if (rule) ddl.push('_table LowCardinality(String)');
  const all = [...kept, ...flags, 'EventTime', 'TimeState', ...(rule ? ['_table'] : []), ...(clock ? ['_clock'] : [])];
  const timeColumn = connector.columns.find((column) => column.name === definition.time);
  const { parsed, state } = eventTime(quoteIdentifier(definition.time), timeColumn?.type ?? 'string');
  const clockFlag = clock ? ', ifNull(_clock, false) AS _clock' : '';
  const target = rule ? `, ${targetTable(rule, definition.bag ?? '', tables)} AS _table` : '';
  const prepareSelect = `SELECT ${[...kept, ...flags.map((flag) => `ifNull(${flag}, false) AS ${flag}`)].join(', ')}, ifNull(${parsed}, ReceivedTime) AS EventTime, ${state} AS TimeState${target}${clockFlag} FROM (${connector.prepare.sql})`;
  const timeless = rule ? ` AND _table NOT IN (${texts([...tables.values()].filter(isState))})` : '';
  const warned = definition.warning === null ? '' : quoteIdentifier(definition.warning);
  const timeNote = `('missing_timestamp', multiIf(NOT (TimeState IN ('missing', 'invalid')${timeless}), '', TimeState = 'missing', 'Warning: the event has no time; the time of receipt is used.', 'Warning: the time of the event cannot be read; the time of receipt is used.'))`;
  const warningFrom = `FROM ${stage} WHERE (TimeState IN ('missing', 'invalid')${timeless})${warned === '' ? '' : ` OR ${warned} != ''`}`;
  return {
    id: definition.id,
    createStages: [create(stage), ...(clock ? [create(first)] : []), ...(assemble ? [assemble.create] : [])],
    assemble,
    records,
    truncateStages: (clock ? [stage, first] : [stage]).map((name) => `TRUNCATE TABLE ${name}`),
    prepare: {
      sql: `INSERT INTO ${first} (${all.join(', ')}) ${prepareSelect}`,
      params: connector.prepare.params,
    },
    clock: clock ? clockStatements(connector, first, stage, all) : null,
    counts: `SELECT ${[...connector.outputs.map((output, i) => (output.explode === null ? `countIf(_out${i})` : `sumIf(length(${itemsSql(output.explode)}), _out${i})`)), `countIf(TimeState = 'missing'${timeless})`, `countIf(TimeState = 'invalid'${timeless}) + ${warned === '' ? '0' : `countIf(${warned} != '')`}`, 'count()', 'min(Sequence)'].join(', ')} FROM ${stage}`,
    timeStates: `SELECT DISTINCT Sequence, TimeState FROM ${stage} WHERE TimeState != '' ORDER BY Sequence LIMIT 1000`,
    tables: groupByTable(connector, tables),
    passthrough: rule ? passthroughStatements(connector, tables) : null,
    timeWarnings: {
      sql: `INSERT INTO hunting.ParapetDeadLetter (TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, Sequence, RawText, _Batch, _TimeReceived, _ItemId) SELECT s.ReceivedTime, s.SourceId, b.SourceName, s.Warned.1, s.Warned.2, '${definition.id}', toString({batch:UInt64}), s.Sequence, b.RawEventData, {batch:UInt64}, s.ReceivedTime, concat(toString(b.RawBatch), ':', toString(s.Sequence), if(s.SubItem > 0, concat(':', toString(s.SubItem)), '')) FROM (SELECT Sequence, SubItem, ReceivedTime, SourceId, arrayJoin(arrayFilter(w -> w.2 != '', [${timeNote}${warned === '' ? '' : `, ('mapping_warning', if(${warned} = '', '', concat('Warning: ', ${warned})))`}])) AS Warned ${warningFrom}) AS s INNER JOIN ${records} AS b ON b.Sequence = s.Sequence`,
      params: {},
    },
  };
}

/** SQL of the parsed time (null when unusable) and of what is wrong with it. */
function eventTime(column: string, type: KqlType): { parsed: string; state: string } {
  if (type === 'datetime') return { parsed: column, state: `if(isNull(${column}), 'missing', '')` };
  const text = `trimBoth(${column})`;
  return {
    parsed: timeFromText(text),
    state: `multiIf(${text} = '', 'missing', isNull(${timeFromText(text)}), 'invalid', '')`,
  };
}

/**
 * Clock correction. A record whose exported time is wrong by a constant is paired with the nearest record, in exported
 * time, of the same source and machine that carries a true time as well; their difference, to the quarter of an hour,
 * is added. Nearest in exported time rather than in order of arrival, because several recordings of one machine may
 * arrive in one batch. More than two hours away counts as no evidence.
 */
function clockStatements(
  connector: CompiledConnector,
  first: string,
  stage: string,
  all: readonly string[],
): ConnectorStatements['clock'] {
  const { definition, place } = connector;
  const rule = definition.clock;
  if (!rule) return null;
  const id = definition.id;
  const exported = timeFromText(`trimBoth(${quoteIdentifier(rule.exported)})`);
  const trusted = timeFromText(`trimBoth(${quoteIdentifier(rule.trusted)})`);
  const host = quoteIdentifier(rule.host);
  const step = MINUTES * 60;
  const pairs = `INSERT INTO ${place.pairs} SELECT {batch:UInt64}, '${id}', SourceId, Host, Exported, argMax(Shift, Times) FROM (SELECT SourceId, ${host} AS Host, toDateTime64(toStartOfInterval(assumeNotNull(${exported}), INTERVAL 10 SECOND), 3, 'UTC') AS Exported, toInt32(round(dateDiff('second', ${exported}, ${trusted}) / ${step}) * ${MINUTES}) AS Shift, count() AS Times FROM ${first} WHERE _clock AND ifNull(${quoteIdentifier(rule.evidence)}, false) AND isNotNull(${exported}) AND isNotNull(${trusted}) GROUP BY ALL) GROUP BY ALL`;
  const join = (alias: string, compare: string): string =>
    `ASOF LEFT JOIN (SELECT SourceId, Host, Exported, any(ShiftMinutes) AS ShiftMinutes, 1 AS Found FROM ${place.pairs} WHERE Connector = '${id}' AND Batch <= {batch:UInt64} AND Batch + ${PAIR_BATCHES} > {batch:UInt64} GROUP BY ALL) AS ${alias} ON r.SourceId = ${alias}.SourceId AND r.rt_host = ${alias}.Host AND r.rt_exported ${compare} ${alias}.Exported`;
  // With no evidence on one side the distance is out of reach, so the other side wins.
  const far = 1_000_000_000;
  const before = `if(p.Found = 1, abs(dateDiff('second', p.Exported, r.rt_exported)), ${far})`;
  const after = `if(n.Found = 1, abs(dateDiff('second', n.Exported, r.rt_exported)), ${far})`;
  const shift = `multiIf(least(${before}, ${after}) > 7200, NULL, ${before} <= ${after}, p.ShiftMinutes, n.ShiftMinutes)`;
  const shifted = `r.rt_exported + toIntervalMinute(assumeNotNull(${shift}))`;
  const trustedText = `r.rt_trusted`;
  // A true time that disagrees with the corrected one by more than half an hour comes from a clock that jumped.
  const time = `multiIf(NOT r.rt_usable, r.EventTime, isNull(${shift}), r.EventTime, isNotNull(${trustedText}) AND abs(dateDiff('second', ${trustedText}, ${shifted})) <= 1800, assumeNotNull(${trustedText}), ${shifted})`;
  const state = `if(r.rt_usable AND isNull(${shift}) AND isNull(${trustedText}), 'uncorrected', r.TimeState)`;
  const corrected = new Map([
    ['EventTime', `toDateTime64(${time}, 7, 'UTC')`],
    ['TimeState', state],
  ]);
  const rows = `(SELECT *, ifNull(${host}, '') AS rt_host, isNotNull(${exported}) AS rt_usable, ifNull(${exported}, toDateTime64(0, 7, 'UTC')) AS rt_exported, ${trusted} AS rt_trusted FROM ${first} WHERE _clock)`;
  const correct = `INSERT INTO ${stage} (${all.join(', ')}) SELECT ${all.map((name) => corrected.get(name) ?? `r.${name}`).join(', ')} FROM ${rows} AS r ${join('p', '>=')} ${join('n', '<=')} UNION ALL SELECT ${all.join(', ')} FROM ${first} WHERE NOT _clock`;
  return {
    pairs: { sql: pairs, params: {} },
    correct: { sql: correct, params: {} },
    take: `EXCHANGE TABLES ${first} AND ${stage}`,
    count: `SELECT countIf(_clock) FROM ${first}`,
    uncorrected: `SELECT countIf(TimeState = 'uncorrected') FROM ${stage}`,
  };
}

const texts = (tables: readonly HuntingTable[]): string => tables.map((table) => quoteString(table.name)).join(', ');

/** A table of facts, not of events: its rows come without a time, or with that of the export. */
function isState(table: HuntingTable): boolean {
  return table.timeColumn === null || (table.origin === 'hunting' && table.timeColumn === 'TimeGenerated');
}

/** Tables whose rows may be taken as they are: not those that only this product writes. */
function acceptable(tables: ReadonlyMap<string, HuntingTable>): HuntingTable[] {
  return [...tables.values()].filter((table) => table.origin !== 'parapet');
}

/** SQL of the table a prepared record is a row of: named by a column, under its retired name as well, or told by its keys. */
function targetTable(rule: PassthroughRule, bag: string, tables: ReadonlyMap<string, HuntingTable>): string {
  const named = `ifNull(${quoteIdentifier(rule.table)}, '')`;
  const retired = Object.entries(loadHuntingSchema().tableAliases).filter(([, name]) => tables.has(name));
  const list = (values: readonly string[]): string => `[${values.map(quoteString).join(', ')}]`;
  const current = `transform(${named}, ${list(retired.map(([old]) => old))}, ${list(retired.map(([, name]) => name))}, ${named})`;
  const hunting = acceptable(tables).filter((table) => table.origin === 'hunting');
  return rule.infer ? `if(${named} = '', ${inferTable(quoteIdentifier(bag), hunting)}, ${current})` : current;
}

function passthroughStatements(
  connector: CompiledConnector,
  tables: ReadonlyMap<string, HuntingTable>,
): ConnectorStatements['passthrough'] {
  const { definition } = connector;
  const { place } = connector;
  const stage = place.stage(definition.id);
  const known = acceptable(tables);
  const made = new Map<string, TableInsert>();
  return {
    counts: `SELECT _table, count() FROM ${stage} WHERE _table IN (${texts(known)}) GROUP BY _table`,
    targets: known.map((table) => table.name),
    table(name) {
      const table = tables.get(name);
      if (!table) throw new Error(`no table ${name}`);
      // Made when a row for it comes: there are hundreds of tables, and few of them in one organisation's exports.
      const insert = made.get(name) ?? {
        table: name,
        outputs: [0],
        sequences: `SELECT Sequence FROM ${stage} WHERE _table = ${quoteString(name)}`,
        ...tableInsert(connector, table, [{ output: passthroughOutput(definition, place, table), i: 0 }]),
      };
      made.set(name, insert);
      return insert;
    },
  };
}

function groupByTable(connector: CompiledConnector, tables: ReadonlyMap<string, HuntingTable>): TableInsert[] {
  const names = [...new Set(connector.outputs.map((output) => output.table))];
  return names.map((name) => {
    const table = tables.get(name);
    if (!table) throw new Error(`no table ${name}`);
    const outputs = connector.outputs.map((output, i) => ({ output, i })).filter(({ output }) => output.table === name);
    return {
      table: name,
      outputs: outputs.map(({ i }) => i),
      sequences: `SELECT Sequence FROM ${connector.place.stage(connector.definition.id)} WHERE ${outputs.map(({ i }) => `_out${i}`).join(' OR ')}`,
      ...tableInsert(connector, table, outputs),
    };
  });
}

/** Builds the INSERT of a connector's outputs into one table. */
function tableInsert(
  connector: CompiledConnector,
  table: HuntingTable,
  outputs: readonly { readonly output: CompiledOutput; readonly i: number }[],
): Pick<TableInsert, 'insert' | 'select'> {
  const known = insertableColumns(table);
  const used = [...known.keys()].filter((name) =>
    outputs.some(({ output }) => output.columns.some((column) => column.name === name)),
  );
  if (known.has('AdditionalFields') && !used.includes('AdditionalFields')) used.push('AdditionalFields');
  const branches = new Map(
    outputs.map(({ output, i }) => {
      const select = renameParams(output.select, `o${i}_`);
      return [i, { sql: branchSql(connector, table, output, select.sql, used, known), params: select.params }];
    }),
  );
  const columns = [...used.map(quoteIdentifier), '_Batch', '_TimeReceived', '_ItemId'].join(', ');
  const into = `INSERT INTO hunting.${quoteIdentifier(table.name)} (${columns})`;
  const select = (active: readonly number[]): Statement => {
    const chosen = active.flatMap((i) => branches.get(i) ?? []);
    return {
      sql: `SELECT * FROM (${chosen.map((branch) => branch.sql).join(' UNION ALL ')})`,
      params: Object.assign({}, ...chosen.map((branch) => branch.params)) as Statement['params'],
    };
  };
  return {
    select,
    insert: (active) => {
      const rows = select(active);
      return { sql: `${into} ${rows.sql}`, params: rows.params };
    },
  };
}

/**
 * One output as SQL, in layers: what the transform gives, converted values, notes, final columns. A layer names each
 * value once; repeating the expressions instead would multiply the size of the statement.
 */
function branchSql(
  connector: CompiledConnector,
  table: HuntingTable,
  output: CompiledOutput,
  source: string,
  used: readonly string[],
  known: ReadonlyMap<string, KqlType>,
): string {
  const converted: string[] = [];
  const invalid: string[] = [];
  /** When there is anything to note: of most rows there is not, and nothing is put together for them. */
  const noted = ["rt_state != ''"];
  const values = new Map<string, string>();
  for (const column of output.columns) {
    const to = known.get(column.name);
    if (!to) continue;
    const quoted = quoteIdentifier(column.name);
    const cast = castTo(column.type, to);
    if (!cast)
      throw new ConnectorError(
        connector.definition.file,
        connector.definition.outputs.find((other) => other.table === output.table)?.transform.line ?? 1,
        `${output.table}.${column.name} is ${to}; the transform gives ${column.type}, which cannot be assigned`,
      );
    if (cast.kind === 'same') values.set(column.name, quoted);
    else if (cast.kind === 'direct') values.set(column.name, cast.sql(quoted));
    else {
      const text = cast.text(quoted);
      const value = quoteIdentifier(`value_${column.name}`);
      converted.push(`${cast.sql(text)} AS ${value}`);
      values.set(column.name, value);
      const bad = `isNull(${value}) AND ${text} NOT IN ('', '-')`;
      noted.push(`(${bad})`);
      invalid.push(`if(${bad}, concat('"${column.name}":', toJSONString(${text})), '')`);
    }
  }
  if (table.timeColumn) values.set(table.timeColumn, `ifNull(${values.get(table.timeColumn)}, rt_received)`);
  const layers: string[] = [];
  if (converted.length > 0) layers.push(converted.join(', '));
  if (known.has('AdditionalFields')) {
    const own = values.get('AdditionalFields');
    const time = "if(rt_state = '', '', concat('\"_time\":\"', rt_state, '\"'))";
    // Wrapped by a pattern, so that the long list stands in the statement once; nothing to report stays empty.
    const bad =
      invalid.length === 0 ? [] : [`replaceRegexpOne(${joined(invalid)}, '(?s)^(.+)$', '"_invalid":{\\\\1}')`];
    layers.push(
      `${own === undefined ? "''" : withoutEmpty(own)} AS rt_bag, if(${noted.join(' OR ')}, ${joined([time, ...bad])}, '') AS rt_notes`,
    );
    values.set(
      'AdditionalFields',
      "multiIf(rt_notes = '', rt_bag, rt_bag IN ('', '{}', 'null'), concat('{', rt_notes, '}'), concat(substring(rt_bag, 1, length(rt_bag) - 1), ',', rt_notes, '}'))",
    );
  }
  const from = layers.reduce((inner, layer) => `(SELECT *, ${layer} FROM ${inner})`, `(${source})`);
  const select = used.map(
    (name) => `${values.get(name) ?? emptyValue(known.get(name) ?? 'string')} AS ${quoteIdentifier(`out_${name}`)}`,
  );
  const item = `concat(toString(${connector.assemble ? 'rt_raw' : '{batch:UInt64}'}), ':', toString(rt_sequence), if(rt_sub > 0, concat(':', toString(rt_sub)), ''))`;
  return `SELECT ${select.join(', ')}, {batch:UInt64} AS out__Batch, rt_received AS out__TimeReceived, ${item} AS out__ItemId FROM ${from}`;
}

/** SQL that joins the non-empty ones of several texts with commas. */
function joined(parts: readonly string[]): string {
  return `arrayStringConcat(arrayFilter(x -> x != '', [${parts.join(', ')}]), ',')`;
}

/**
 * Leave out members with an empty text: a bag lists what is known. The patterns cannot match inside a value, because
 * there every quote has a backslash before it.
 */
function withoutEmpty(bag: string): string {
  const key = '"[^"\\\\\\\\]+":""';
  return `replaceRegexpOne(replaceRegexpAll(${bag}, ',${key}', ''), '^[{]${key},?', '{')`;
}

export function huntingTables(): ReadonlyMap<string, HuntingTable> {
  return loadHuntingSchema().byName;
}
