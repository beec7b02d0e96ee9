import { quoteString } from '@parapet/store';
import { type ConnectorDefinition, ConnectorError } from './definition.ts';
import { planExtraction } from './extract.ts';
import { plan } from './plans.ts';
import { oneTable, readsText, sourceColumns, TEXT_KEYS, withFields } from './source.ts';
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

/** Columns of the table in which a batch arrives, before connectors are told apart. */
export const ARRIVED_COLUMNS =
  "Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String, Shape UInt64";

const FIXED = 'Sequence, ReceivedTime, SourceId, SourceName';
const RANGE = 'Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64}';
const NAMES = 'JSONExtractKeys(RawEventData)';
/**
 * A number that stands for the names at the top of a record. Within what a JavaScript number holds exactly. The names as
 * one text are hashed in half the time of a list; with their count it cannot be made equal by names with line ends.
 */
const SHAPE = `bitAnd(sipHash64(arrayStringConcat(${NAMES}, '\\n'), length(${NAMES})), 4503599627370495)`;
/** Different sets of connectors to ask in one batch; the rarest are put together beyond it. */
const MAX_GROUPS = 6;
/** Records that each have names of their own are not worth knowing. */
const MAX_NEW_SHAPES = 2_000;
const MAX_KNOWN_SHAPES = 50_000;
const MAX_STATEMENTS = 64;
/** From so many rows on a statement of their own, without the names they lack, is worth compiling. */
const MANY_ROWS = 5_000;

/** Records for which the same connectors come into question. */
export interface ClaimGroup {
  readonly key: string;
  /** From the table of arrival, with the connector of each; takes a sequence range. */
  readonly match: Statement;
  /** What is used for rows on which `match` fails. */
  readonly none: Statement;
}

/**
 * Tells which connector reads a record: the first whose `match` holds. Asking every connector for every record would
 * make ingestion slower with every connector added. A predicate reads certain names at the top of a record; for a record
 * that has none of them it gives what it gives for an empty one. So the records of a batch are grouped by their names,
 * and only the connectors that come into question are asked. The answer is the same as asking all.
 */
export class Claims {
  /** Puts the rows that name no connector of their own into the table of arrival. */
  readonly arrive: Statement;
  /** Rows whose source names a connector that exists. */
  readonly pinned: Statement;
  /** Shape and number of rows of what arrived. */
  readonly shapes: string;
  private readonly readKeys: readonly (ReadonlySet<string> | null)[];
  private always: readonly number[] | null = null;
  private readonly candidates = new Map<number, string>();
  /** Names of a shape that some predicate reads. */
  private readonly names = new Map<number, readonly string[]>();
  private readonly statements = new Map<string, Statement>();

  /**
   * @param file SQL source of the batch file
   * @param arrived table of arrival
   * @param deadIndex index name of rejected lines, which are left out
   * @param manyRows rows from which on a group gets a statement without the names it lacks
   */
  constructor(
    private readonly definitions: readonly ConnectorDefinition[],
    file: string,
    private readonly arrived: string,
    deadIndex: string,
    private readonly manyRows = MANY_ROWS,
  ) {
    const ids = definitions.map(({ id }) => quoteString(id)).join(', ');
    const mark = quoteString(PIN);
    const isPin = `startsWith(rt_index, ${mark})`;
    const pin = `splitByChar(${mark}, rt_index)[2]`;
    const index = `if(${isPin}, splitByChar(${mark}, rt_index)[3], rt_index) AS IndexName`;
    const known = ids === '' ? '0' : `(${isPin} AND ${pin} IN (${ids}))`;
    const rows = (where: string): string =>
      `(SELECT ${FIXED}, IndexName AS rt_index, RawEventData FROM ${file} WHERE rt_index != ${quoteString(deadIndex)} AND ${where})`;
    this.arrive = {
      sql: `INSERT INTO ${arrived} SELECT ${FIXED}, ${index}, RawEventData, ${SHAPE} AS Shape FROM ${rows(`NOT ${known}`)}`,
      params: {},
    };
    this.pinned = {
      sql: `SELECT ${FIXED}, ${index}, RawEventData, ${pin} AS Connector FROM ${rows(known)}`,
      params: {},
    };
    this.shapes = `SELECT Shape, count() FROM ${arrived} GROUP BY Shape`;
    this.readKeys = definitions.map(({ match }) => topKeys(match.text));
  }

  /** A query that gives one row: what every predicate says of an empty record. See {@link learn}. */
  get emptyRecord(): Statement | null {
    if (this.always || this.definitions.length === 0) return null;
    const physical = `(SELECT toInt64(0) AS Sequence, toDateTime64(0, 7, 'UTC') AS ReceivedTime, '' AS SourceId, '' AS SourceName, '' AS IndexName, '{}' AS RawEventData)`;
    const columns = this.definitions.map((_definition, i) => `m${i} = iff(${PREDICATE(i)}, 1, 0)`);
    return compileMatch(this.definitions, physical, (predicates) =>
      columns.map((column, i) => column.replace(PREDICATE(i), () => predicates[i] ?? 'false')).join(', '),
    );
  }

  learn(row: readonly unknown[]): void {
    this.always = this.definitions.flatMap((_definition, i) =>
      this.readKeys[i] === null || Number(row[i] ?? 0) !== 0 ? [i] : [],
    );
  }

  /** Query for the names of shapes that were not seen before; null when all are known, or too many to be worth it. */
  unknown(shapes: readonly number[]): Statement | null {
    if (this.candidates.size > MAX_KNOWN_SHAPES) {
      this.candidates.clear();
      this.names.clear();
    }
    const fresh = shapes.filter((shape) => !this.candidates.has(shape));
    if (fresh.length === 0 || fresh.length > MAX_NEW_SHAPES) return null;
    return {
      sql: `SELECT Shape, any(${NAMES}) FROM ${this.arrived} WHERE Shape IN {shapes:Array(UInt64)} GROUP BY Shape`,
      params: { shapes: { type: 'Array(UInt64)', value: fresh } },
    };
  }

  /** Note the names of a shape. */
  name(shape: number, keys: readonly string[]): void {
    const asked = this.definitions.flatMap((_definition, i) =>
      this.always?.includes(i) || keys.some((key) => this.readKeys[i]?.has(key)) ? [i] : [],
    );
    this.candidates.set(shape, asked.join(','));
    this.names.set(
      shape,
      keys.filter((key) => asked.some((i) => this.readKeys[i]?.has(key) ?? true)),
    );
  }

  /** How the rows of these shapes are claimed. @param counts rows by shape */
  groups(counts: ReadonlyMap<number, number>): ClaimGroup[] {
    const everyone = this.definitions.map((_definition, i) => i).join(',');
    const bySet = new Map<string, { rows: number; shapes: number[] }>();
    for (const [shape, rows] of counts) {
      const set = this.candidates.get(shape) ?? everyone;
      const group = bySet.get(set) ?? { rows: 0, shapes: [] };
      group.rows += rows;
      group.shapes.push(shape);
      bySet.set(set, group);
    }
    const sorted = [...bySet].sort(([, a], [, b]) => b.rows - a.rows);
    const kept = sorted.slice(0, MAX_GROUPS);
    const rest = sorted.slice(MAX_GROUPS);
    if (rest.length > 0) {
      const union = [...new Set(rest.flatMap(([set]) => (set === '' ? [] : set.split(',').map(Number))))];
      kept.push([
        union.sort((a, b) => a - b).join(','),
        { rows: 0, shapes: rest.flatMap(([, group]) => group.shapes) },
      ]);
    }
    return kept.map(([set, { rows, shapes }]) => {
      const params = { shapes: { type: 'Array(UInt64)', value: shapes } };
      const { key, match } = this.matchOf(set, shapes, rows);
      return {
        key,
        match: { sql: match.sql, params: { ...match.params, ...params } },
        none: { sql: `SELECT ${FIXED}, IndexName, RawEventData, '' AS Connector FROM ${this.rows()}`, params },
      };
    });
  }

  private rows(): string {
    return `(SELECT ${FIXED}, IndexName, RawEventData FROM ${this.arrived} WHERE Shape IN {shapes:Array(UInt64)} AND ${RANGE})`;
  }

  /** The statement for these shapes. What none of them has need not be looked for: most of every predicate falls away. */
  private matchOf(
    set: string,
    shapes: readonly number[],
    rows: number,
  ): { readonly key: string; readonly match: Statement } {
    const names = shapes.map((shape) => this.names.get(shape));
    if (names.every((known) => known !== undefined)) {
      const present = new Set(names.flat());
      const key = `${set} ${JSON.stringify([...present].sort())}`;
      const known = this.statements.get(key);
      if (known) return { key, match: known };
      if (rows >= this.manyRows) {
        const asked = this.asked(set).map(({ match, ...rest }) => ({
          ...rest,
          match: { ...match, text: withoutAbsent(match.text, present) },
        }));
        return { key, match: this.keep(key, compileMatch(asked, this.rows())) };
      }
    }
    return { key: set, match: this.statements.get(set) ?? this.keep(set, compileMatch(this.asked(set), this.rows())) };
  }

  private asked(set: string): ConnectorDefinition[] {
    return set === '' ? [] : set.split(',').flatMap((i) => this.definitions[Number(i)] ?? []);
  }

  private keep(key: string, statement: Statement): Statement {
    if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
    this.statements.set(key, statement);
    return statement;
  }
}

/** A predicate for records of which it is known that they have no other names at their top than these. */
export function withoutAbsent(match: string, present: ReadonlySet<string>): string {
  return asTexts(match).replace(
    /\btostring\(RawEventData(?:\.([A-Za-z_]\w*)|\["([^"\\]+)"\])(?:\.[A-Za-z_]\w*|\["[^"\\]+"\]|\[\d{1,4}\])*\)/g,
    (text, dotted?: string, quoted?: string) => (present.has(dotted ?? quoted ?? '') ? text : '""'),
  );
}

const PREDICATE = (i: number): string => `$${i}$`;

/**
 * A query over rows that names the connector of each: the first whose `match` holds, else empty.
 * @param physical SQL source of rows with the columns of `source` except SubItem
 * @param project what to give instead of the rows and their connector, made of the predicates
 */
export function compileMatch(
  definitions: readonly ConnectorDefinition[],
  physical: string,
  project?: (predicates: readonly string[]) => string,
): Statement {
  const matches = definitions.map((definition) => asTexts(definition.match.text.trim()));
  const fields = planExtraction(matches, 'RawEventData', CLAIM_TUPLE);
  const text = readsText(matches);
  const schema = oneTable(
    [...sourceColumns(text).filter((column) => column.name !== 'SubItem'), ...(fields?.columns ?? [])],
    withFields(physical, fields, text),
  );
  const predicates = matches.map((match) => `(${fields?.rewrite(match) ?? match})`);
  const arms = predicates.map((predicate, i) => `${predicate}, "${definitions[i]?.id}"`);
  const claim = arms.length === 0 ? '""' : `case(${arms.join(', ')}, "")`;
  const columns =
    project?.(predicates) ??
    `Sequence, ReceivedTime, SourceId, SourceName, IndexName, RawEventData, Connector = ${claim}`;
  const compiled = plan(`source\n| project ${columns}`, schema);
  if (!compiled.ok)
    throw new ConnectorError(definitions[0]?.file ?? '', 1, compiled.errors[0]?.message ?? 'not understood');
  return { sql: compiled.sql, params: compiled.params };
}

/** Name of the tuple that holds what the predicates read. */
const CLAIM_TUPLE = 'rt_m';

/** `isnotempty(path)` asks the same of the path as of its text, which is read together with all others. */
function asTexts(match: string): string {
  return match.replace(
    /\b(isnotempty|isempty)\((RawEventData(?:\.[A-Za-z_]\w*|\["[^"\\]+"\])+)\)/g,
    '$1(tostring($2))',
  );
}

/** Names at the top of a record that a predicate reads; null when it reads more than that. */
export function topKeys(match: string): ReadonlySet<string> | null {
  // Not the fields of the record that are called the same.
  if (/(?<![.\w])(IndexName|SourceId|SourceName|ReceivedTime|Sequence)\b/.test(match)) return null;
  const keys = new Set<string>(/\bText\b/.test(match) ? TEXT_KEYS : []);
  for (const [, dotted, quoted] of match.matchAll(/\bRawEventData\b(?:\.([A-Za-z_]\w*)|\[\s*"([^"\\]+)"\s*\])?/g)) {
    const key = dotted ?? quoted;
    if (key === undefined) return null;
    keys.add(key);
  }
  return keys;
}
