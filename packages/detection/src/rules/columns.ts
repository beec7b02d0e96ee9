import type { CompiledQuery } from '@parapet/kql';
import type { HuntingSchema } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { type Clause, clausesOf } from '../match/atoms.ts';
import { type ParsedRule, templateColumns } from './parse.ts';
import { type Stage, stagesOf } from './pipeline.ts';
import type { RuleProblem } from './types.ts';

/** What the query of a rule reads and yields. */
export interface QueryFacts {
  readonly tables: readonly string[];
  /** Table of the events of an alert. */
  readonly eventTable: string;
  /** Column of the event's time in the query's result. */
  readonly timeColumn: 'Timestamp' | 'TimeGenerated';
  /** Columns of the result, in order. */
  readonly columns: readonly string[];
  /** Row-wise over one table: each result row is one event. */
  readonly rowWise: boolean;
  /** What a row must hold for the rule to be worth asking; empty when nothing is known. */
  readonly clauses: readonly Clause[];
}

const ASSETS = new Set(['device', 'user', 'mailbox', 'cloudResource', 'cloudAccount', 'cloudIdentity']);

/** How an operator is written so that a column stays. */
function remedy(stage: Stage, column: string, time: string): string {
  switch (stage.operator) {
    case 'summarize':
      return column === time
        ? `add arg_max(${time}, ReportId, …) or ${time} = max(${time}) to the summarize`
        : `write arg_max(${time}, ${column}, …) in the summarize, or add ${column} after by`;
    case 'project':
      return `add ${column} to the project`;
    case 'project-away':
      return `take ${column} out of the project-away`;
    case 'project-keep':
      return `add ${column} to the project-keep`;
    case 'project-rename':
      return `keep the name ${column}`;
    case 'distinct':
      return `add ${column} to the distinct`;
    case 'join':
    case 'lookup':
      return `keep ${column} on the side of the join that it comes from`;
    default:
      return `keep ${column} in the result`;
  }
}

/** The operator after which a column that was there is gone; undefined when it never was. */
export async function lostAt(query: string, column: string, hunting: Hunting): Promise<Stage | undefined> {
  let present = false;
  for (const stage of stagesOf(query)) {
    const compiled = await hunting.compile(stage.upTo);
    if (!compiled.ok) return undefined;
    const has = compiled.columns.some(({ name }) => name === column);
    if (present && !has) return stage;
    present = has;
  }
  return undefined;
}

/**
 * Spec B 4.1: time, identity of the event and an asset; and that everything the rule names is there. Each problem names the
 * column, the operator that lost it and what to write instead.
 * @param required columns that each entity cannot do without, in order
 */
export async function checkColumns(
  parsed: ParsedRule,
  compiled: CompiledQuery,
  required: readonly (readonly string[])[],
  schema: HuntingSchema,
  hunting: Hunting,
  problems: RuleProblem[],
): Promise<QueryFacts | undefined> {
  const { rule } = parsed;
  const names = compiled.columns.map((column) => column.name);
  const columns = new Set(names);
  const report = (path: readonly (string | number)[], message: string, fix?: string, line?: number) => {
    problems.push({
      file: rule.file,
      line: line ?? parsed.lineOf(...path),
      message: `${path[0]}: ${message}`,
      path: path.join('.'),
      ...(fix ? { fix } : {}),
    });
  };
  const eventTable = compiled.tables[0];
  if (!eventTable) {
    report(['query'], 'reads no table');
    return undefined;
  }
  if (rule.kind === 'continuous' && !compiled.rowWise)
    report(
      ['query'],
      'a continuous rule reads one table with row-wise operators only (where, extend, project, parse)',
      'make the rule scheduled or near real time',
    );
  const timeColumn = schema.byName.get(eventTable)?.timeColumn === 'TimeGenerated' ? 'TimeGenerated' : 'Timestamp';
  const known = new Set(schema.byName.get(eventTable)?.columns.map(({ name }) => name));
  const missing = async (path: readonly (string | number)[], message: string, column: string) => {
    const stage = await lostAt(rule.query, column, hunting);
    if (!stage) return report(path, message);
    const first = stage.text.split('\n')[0] ?? '';
    const shown = first.length > 80 ? `${first.slice(0, 79)}…` : first;
    report(
      path,
      `${message}; "${shown}" on line ${stage.line + 1} of the query drops it`,
      remedy(stage, column, timeColumn),
      path[0] === 'query' ? parsed.lineOf('query') + stage.line + 1 : undefined,
    );
  };
  const need = async (column: string, why: string) => {
    if (!columns.has(column)) await missing(['query'], `the result has no column ${column}, ${why}`, column);
  };
  await need(timeColumn, 'which says when it happened (keep the time column of the table)');
  if (eventTable.startsWith('Device')) await need('DeviceId', 'which with ReportId identifies the event');
  if (timeColumn === 'Timestamp' && !eventTable.startsWith('Alert')) {
    const identity = known.has('ObservationId') && !known.has('ReportId') ? 'ObservationId' : 'ReportId';
    if (known.has(identity))
      await need(identity, `which identifies the event (with summarize, use arg_max(Timestamp, ${identity}))`);
  }
  const produce = async (path: readonly (string | number)[], column: string) => {
    if (!columns.has(column)) await missing(path, `the query does not produce ${column}`, column);
  };
  for (const [index, list] of required.entries()) for (const column of list) await produce(['entities', index], column);
  if (!rule.entities.some((entity) => ASSETS.has(entity.type)))
    report(['entities'], `must name an asset (${[...ASSETS].join(', ')})`);
  for (const [index, column] of rule.groupBy.entries()) await produce(['groupBy', index], column);
  for (const key of ['title', 'description'] as const)
    for (const column of new Set(templateColumns(rule[key]))) await produce([key], column);
  for (const [name, column] of Object.entries(rule.customDetails)) await produce(['customDetails', name], column);
  for (const [part, column] of Object.entries(rule.overrides)) await produce(['overrides', part], column);
  for (const [index, { column }] of rule.scope.entries()) await produce(['scope', index], column);
  for (const [index, { conditions }] of rule.exclusions.entries())
    for (const { column } of conditions) await produce(['exclusions', index], column);
  return {
    tables: compiled.tables,
    eventTable,
    timeColumn,
    columns: names,
    rowWise: compiled.rowWise,
    clauses: compiled.rowWise ? clausesOf(compiled.plan) : [],
  };
}
