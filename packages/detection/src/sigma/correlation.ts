/** Correlation documents as scheduled queries. Windows slide with the events: no fixed edge of an hour splits them. */
import { loadHuntingSchema } from '@parapet/schema';
import { PRESETS } from '../rules/presets.ts';
import { emitCondition, UnmappedError } from './emit.ts';
import { literal } from './patterns.ts';
import { type FieldTarget, rowsOf, type SigmaSource } from './pipeline.ts';
import { type CorrelationCondition, type SigmaCorrelation, SigmaError, type SigmaRule } from './types.ts';

/** A rule that a correlation names, with the table that holds its log source. */
export interface CorrelatedRule {
  readonly rule: SigmaRule;
  readonly source: SigmaSource;
  /** How the correlation calls it. */
  readonly reference: string;
}

export interface CorrelationQuery {
  readonly query: string;
  readonly entities: readonly unknown[];
  readonly groupBy: readonly string[];
  readonly warnings: readonly string[];
  readonly frequency: string;
  readonly lookback: string;
}

interface Entity {
  readonly preset?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const timespanText = (ms: number): string => `${Math.round(ms / 1000)}s`;

/**
 * @throws SigmaError when the correlation cannot be expressed
 * @throws UnmappedError when a field has no column
 */
export function correlationQuery(correlation: SigmaCorrelation, rules: readonly CorrelatedRule[]): CorrelationQuery {
  const first = rules[0] as CorrelatedRule;
  const warnings = new Set<string>();
  const schema = loadHuntingSchema();
  const time = timeOf(first.source.table);
  const span = timespanText(correlation.timespanMs);
  const groups = correlation.groupBy.map((field, index) => ({
    field,
    column: `Group${index + 1}_${field.replace(/\W/g, '_')}`,
  }));
  const keys = groups.length > 0 ? groups.map(({ column }) => column) : ['SigmaGroup'];

  /** Columns of entities that the table of every rule has. */
  const entityColumns = new Set<string>(['DeviceId', 'ReportId']);
  for (const entity of first.source.entities as readonly Entity[]) {
    const fields = entity.preset ? PRESETS[entity.preset]?.fields : entity.fields;
    for (const column of Object.values(fields ?? {})) entityColumns.add(column);
  }
  for (const column of first.source.groupBy) entityColumns.add(column);

  const rows = rules.map(({ rule, source, reference }, index) => {
    const { kql, warnings: more } = emitCondition(rule.logic, source);
    for (const warning of more) warnings.add(warning);
    if (source.warning) warnings.add(source.warning);
    const columns = schema.byName.get(source.table)?.columns ?? [];
    const kept = [...entityColumns].filter(
      (name) => columns.some((column) => column.name === name) || source.extend?.startsWith(`${name} `),
    );
    const ofField = (field: string): FieldTarget => {
      const real = correlation.aliases[field]?.[reference] ?? correlation.aliases[field]?.[rule.name ?? ''] ?? field;
      const target = source.target(real);
      if (!target) throw new UnmappedError([real]);
      return target;
    };
    const projected = [
      `${time} = ${timeOf(source.table)}`,
      `SigmaRule = ${literal(String(index + 1))}`,
      ...groups.map(({ field, column }) => `${column} = tostring(${ofField(field).kql})`),
      ...(groups.length === 0 ? ['SigmaGroup = "all"'] : []),
      ...(correlation.fields.length > 0
        ? [
            `SigmaValue = ${correlation.fields.map((field) => `tostring(${ofField(field).kql})`).reduce((a, b) => `strcat(${a}, "|", ${b})`)}`,
          ]
        : []),
      ...kept.filter((name) => name !== time),
    ];
    return `${rowsOf(source)}\n| where ${kql}\n| project ${projected.join(', ')}`;
  });
  const indented = (text: string): string => text.replaceAll('\n', '\n    ');
  const events = rows.length === 1 ? (rows[0] as string) : `union\n    (${rows.map(indented).join('),\n    (')})`;
  // A group without a value is no group: rows that lack the field would otherwise all belong together.
  const present =
    groups.length > 0 ? `\n| where ${groups.map(({ column }) => `isnotempty(${column})`).join(' and ')}` : '';
  const by = keys.join(', ');
  const last = `\n| summarize FirstActivity = min(SigmaFrom), LastActivity = max(${time}), EventCount = max(SigmaCount), arg_max(${time}, *) by ${by}`;

  let query: string;
  if (correlation.type === 'temporal_ordered')
    query = ordered(rows, keys, groups.length > 0 ? present : '', time, span) + last;
  else if (correlation.type === 'event_count') {
    const least = lowerBound(correlation.conditions, warnings);
    query =
      least === undefined
        ? binned(events + present, correlation.conditions, 'count()', by, time, span, warnings) + last
        : `${events}${present}\n${counted(keys, least, time, span)}${last}`;
  } else {
    const temporal = correlation.type === 'temporal';
    const conditions: readonly CorrelationCondition[] =
      temporal && correlation.conditions.length === 0
        ? [{ operator: 'gte', value: rules.length }]
        : correlation.conditions;
    const measure = temporal
      ? 'count_distinct(SigmaRule2)'
      : correlation.type === 'value_count'
        ? 'count_distinct(SigmaValue2)'
        : correlation.type === 'value_sum'
          ? 'sum(todouble(SigmaValue2))'
          : correlation.type === 'value_avg'
            ? 'avg(todouble(SigmaValue2))'
            : `percentile(todouble(SigmaValue2), ${correlation.type === 'value_median' ? 50 : correlation.percentile})`;
    const value = temporal ? 'SigmaRule2 = SigmaRule' : 'SigmaValue2 = SigmaValue';
    query = `let SigmaEvents = ${events}${present};
SigmaEvents
| join kind=inner (SigmaEvents | project ${keys.map((key) => `${key}`).join(', ')}, SigmaTime = ${time}, ${value}) on ${by}
| where SigmaTime <= ${time} and ${time} - SigmaTime < ${span}
| summarize SigmaMeasure = ${measure}, SigmaFrom = min(SigmaTime), SigmaCount = count(), take_any(*) by ${by}, ${time}, SigmaRule
| where ${conditions.map(({ operator, value: bound }) => `SigmaMeasure ${SIGNS[operator]} ${bound}`).join(' and ')}
| project-away ${keys.map((key) => `${key}1`).join(', ')}${last}`;
  }
  const seconds = Math.max(300, Math.round(correlation.timespanMs / 1000));
  return {
    query,
    entities: keptEntities(first.source, entityColumns),
    groupBy: keys,
    warnings: [...warnings],
    frequency: '5m',
    lookback: `${seconds}s`,
  };
}

const SIGNS = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '==', neq: '!=' } as const;

const timeOf = (table: string): string => loadHuntingSchema().byName.get(table)?.timeColumn ?? 'Timestamp';

/** Smallest number of events that alerts; undefined when the condition only has an upper bound. */
function lowerBound(conditions: readonly CorrelationCondition[], warnings: Set<string>): number | undefined {
  let least: number | undefined;
  for (const { operator, value } of conditions) {
    const bound =
      operator === 'gte' || operator === 'eq'
        ? Math.ceil(value)
        : operator === 'gt'
          ? Math.floor(value) + 1
          : undefined;
    if (bound === undefined) continue;
    least = Math.max(least ?? 1, bound);
    if (operator === 'eq') warnings.add('alerts as soon as the number is reached, also when more events follow');
  }
  if (least !== undefined && conditions.some(({ operator }) => operator === 'lt' || operator === 'lte'))
    warnings.add('the upper bound of the number of events is not compared');
  if (least !== undefined && least > 100_000) throw new SigmaError('the condition asks for more than 100,000 events');
  return least;
}

/** Rows that are the n-th of their group within the span: exact, and one sort. */
function counted(keys: readonly string[], least: number, time: string, span: string): string {
  if (least <= 1) return `| extend SigmaFrom = ${time}, SigmaCount = 1`;
  const back = least - 1;
  return `| sort by ${keys.map((key) => `${key} asc`).join(', ')}, ${time} asc
| extend SigmaFrom = prev(${time}, ${back}), SigmaSame = ${keys.map((key) => `prev(${key}, ${back}) == ${key}`).join(' and ')}, SigmaCount = ${least}
| where SigmaSame and ${time} - SigmaFrom < ${span}`;
}

/** Too few events can only be counted between fixed edges. */
function binned(
  events: string,
  conditions: readonly CorrelationCondition[],
  measure: string,
  by: string,
  time: string,
  span: string,
  warnings: Set<string>,
): string {
  warnings.add('the number of events is compared between fixed edges, since it only has an upper bound');
  return `${events}
| summarize SigmaCount = ${measure}, SigmaFrom = min(${time}), arg_max(${time}, *) by ${by}, SigmaBin = bin(${time}, ${span})
| where ${conditions.map(({ operator, value }) => `SigmaCount ${SIGNS[operator]} ${value}`).join(' and ')}`;
}

/** One after the other: every step keeps the latest beginning from which its event can be reached. */
function ordered(
  rows: readonly string[],
  keys: readonly string[],
  present: string,
  time: string,
  span: string,
): string {
  const by = keys.join(', ');
  const steps = rows.map((row, index) => `let SigmaStep${index + 1} = ${row}${present};`);
  let query = `${steps.join('\n')}\nSigmaStep1 | project ${by}, SigmaFrom = ${time}, SigmaAt = ${time}`;
  for (let index = 1; index < rows.length; index++) {
    const final = index === rows.length - 1;
    query += `
| join kind=inner (SigmaStep${index + 1}${final ? '' : ` | project ${by}, ${time}`}) on ${by}
| where ${time} >= SigmaAt and ${time} - SigmaFrom < ${span}
| summarize arg_max(SigmaFrom, *) by ${by}, ${time}`;
    query += final ? `\n| extend SigmaCount = ${rows.length}` : `\n| project ${by}, SigmaFrom, SigmaAt = ${time}`;
  }
  return rows.length === 1 ? `${query}, ${time}\n| extend SigmaCount = 1` : query;
}

/** Entities whose columns survive; an alert without an asset would be refused. */
function keptEntities(source: SigmaSource, columns: ReadonlySet<string>): unknown[] {
  return (source.entities as readonly Entity[]).filter((entity) => {
    const required = entity.preset ? (PRESETS[entity.preset]?.required ?? []) : Object.values(entity.fields ?? {});
    return required.every((column) => columns.has(column));
  });
}
