import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import { columnName, stringLiteral } from '../../../features/results-grid/where.ts';
import { type Filter, filtersOf, type Table, tablesOf } from './filters.ts';
import {
  type Condition,
  type ConditionGroup,
  type GuidedQuery,
  isGroup,
  type Operator,
  takesNoValue,
  type ValueKind,
} from './model.ts';

/** A literal, or undefined for a value that is none of its kind. */
function literal(kind: ValueKind, value: string): string | undefined {
  const text = value.trim();
  switch (kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
    case 'bool':
      return text === 'true' || text === 'false' ? text : undefined;
    case 'datetime': {
      const time = new Date(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
      return Number.isNaN(time.getTime()) ? undefined : `datetime(${time.toISOString()})`;
    }
    default:
      return text === '' ? undefined : stringLiteral(value);
  }
}

/** What of a condition is missing, in words; undefined when it can be asked. */
export function conditionProblem(condition: Condition, filter: Filter | undefined): string | undefined {
  if (!filter) return 'Choose what to filter by.';
  if (takesNoValue(condition.operator)) return undefined;
  const wanted = condition.operator === 'between' ? 2 : 1;
  if (condition.values.length < wanted) return wanted === 2 ? 'Give both ends.' : 'Give a value and press Enter.';
  const bad = condition.values.find((value) => literal(filter.kind, value) === undefined);
  return bad === undefined ? undefined : `“${bad}” is no ${filter.kind === 'datetime' ? 'time' : filter.kind}.`;
}

/** One condition on one column. */
function onColumn(
  column: Table['columns'][number],
  kind: ValueKind,
  { operator, values }: Condition,
): string | undefined {
  const dynamic = column.type === 'dynamic';
  const name = dynamic ? `tostring(${columnName(column.name)})` : columnName(column.name);
  if (operator === 'isEmpty') return kind === 'string' || kind === 'list' ? `isempty(${name})` : `isnull(${name})`;
  if (operator === 'isNotEmpty')
    return kind === 'string' || kind === 'list' ? `isnotempty(${name})` : `isnotnull(${name})`;
  const literals = values.flatMap((value) => literal(kind, value) ?? []);
  if (literals.length === 0) return undefined;
  const text = kind === 'string' || kind === 'list';
  const any = (word: string) => literals.map((value) => `${name} ${word} ${value}`);
  switch (operator) {
    case 'equals':
      return literals.length === 1
        ? `${name} ${text ? '=~' : '=='} ${literals[0]}`
        : `${name} ${text ? 'in~' : 'in'} (${literals.join(', ')})`;
    case 'notEquals':
      return literals.length === 1
        ? `${name} ${text ? '!~' : '!='} ${literals[0]}`
        : `${name} ${text ? '!in~' : '!in'} (${literals.join(', ')})`;
    case 'contains':
      return any('contains').join(' or ');
    case 'notContains':
      return any('!contains').join(' and ');
    case 'startsWith':
      return any('startswith').join(' or ');
    case 'endsWith':
      return any('endswith').join(' or ');
    case 'greater':
      return `${name} > ${literals[0]}`;
    case 'less':
      return `${name} < ${literals[0]}`;
    case 'between':
      return literals[1] === undefined ? undefined : `${name} between (${literals[0]} .. ${literals[1]})`;
  }
}

const NEGATIVE: ReadonlySet<Operator> = new Set(['notEquals', 'notContains', 'isEmpty']);

/** A table's part of the query: the text of a condition, or what it comes to where the table has no such column. */
type Said = { readonly text: string; readonly atom: boolean } | boolean;

interface Asked {
  readonly said: Said;
  /** The table has a column that some condition is about. */
  readonly knows: boolean;
}

function ask(item: Condition | ConditionGroup, table: Table, filters: ReadonlyMap<string, Filter>): Asked | undefined {
  if (!isGroup(item)) {
    const filter = filters.get(item.filter);
    if (!filter || conditionProblem(item, filter)) return undefined;
    const [home] = item.filter.includes('.') ? item.filter.split('.') : [];
    const columns =
      home && home !== table.name ? [] : table.columns.filter((column) => filter.columns.includes(column.name));
    const parts = columns.flatMap((column) => onColumn(column, filter.kind, item) ?? []);
    if (parts.length === 0) return { said: NEGATIVE.has(item.operator), knows: false };
    const negative = NEGATIVE.has(item.operator);
    if (parts.length === 1) return { said: { text: parts[0]!, atom: !/ or | and /.test(parts[0]!) }, knows: true };
    return {
      said: {
        text: parts.map((part) => (/ or | and /.test(part) ? `(${part})` : part)).join(negative ? ' and ' : ' or '),
        atom: false,
      },
      knows: true,
    };
  }
  const asked = item.items.flatMap((each) => ask(each, table, filters) ?? []);
  if (asked.length === 0) return undefined;
  const knows = asked.some((each) => each.knows);
  const decisive = item.join === 'or';
  const texts: Exclude<Said, boolean>[] = [];
  for (const { said } of asked) {
    if (said === decisive) return { said: decisive, knows };
    if (typeof said === 'object') texts.push(said);
  }
  const [first] = texts;
  if (!first) return { said: !decisive, knows };
  if (texts.length === 1) return { said: first, knows };
  const text = texts.map((each) => (each.atom ? each.text : `(${each.text})`)).join(` ${item.join} `);
  return { said: { text, atom: false }, knows };
}

/** More tables in one union than this would be slow to no use. */
const MOST_TABLES = 60;

/**
 * The query of a guided question. Only tables that have a column the conditions speak of are read; without any
 * condition every table of the domain that holds rows is.
 * @returns an empty text when nothing can be asked
 */
export function guidedKql(query: GuidedQuery, schema: Pick<HuntingSchemaInfo, 'tables'>): string {
  const filters = new Map(filtersOf(schema.tables, query.domain).map((filter) => [filter.id, filter]));
  const parts: { table: Table; where: string }[] = [];
  const mine = tablesOf(schema.tables, query.domain);
  for (const table of mine) {
    const asked = ask(query.root, table, filters);
    if (!asked) {
      if (table.rows > 0) parts.push({ table, where: '' });
    } else if (asked.knows && asked.said !== false)
      parts.push({ table, where: typeof asked.said === 'object' ? asked.said.text : '' });
  }
  const used = parts.sort((a, b) => Number(b.table.rows > 0) - Number(a.table.rows > 0)).slice(0, MOST_TABLES);
  if (used.length === 0) return '';
  const time = used.every(({ table }) => table.timeColumn === used[0]!.table.timeColumn) && used[0]!.table.timeColumn;
  const end = time ? `| top ${query.sample} by ${time} desc` : `| take ${query.sample}`;
  if (used.length === 1) {
    const [{ table, where }] = used as [(typeof used)[number]];
    return [table.name, ...(where ? [`| where ${where}`] : []), end].join('\n');
  }
  // `withsource` would number what stands in brackets instead of naming it.
  const lines = used.map(
    ({ table, where }) => `  (${table.name}${where ? ` | where ${where}` : ''} | extend SourceTable = "${table.name}")`,
  );
  return `union\n${lines.join(',\n')}\n${end}\n| project-reorder SourceTable`;
}
