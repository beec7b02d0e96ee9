/** Arguments that all activity plugins share: ids, a timeline that is cut into steps, dimensions. */
import type { KNode } from '../../../kusto-api.ts';
import type { KqlType } from '../../../types.ts';
import { cast, meet } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import { columnArg, type PluginCall, type Renamed, renamed, valueArg, withNames } from './call.ts';

const PERIODS = ['week', 'month', 'year'] as const;

/** How a program cuts the timeline: into steps from the start on, or into weeks, months and years. */
export interface Steps {
  /** The start of the step that holds a value. */
  bin(value: string): string;
  /** The start of the step that lies some steps after another. */
  later(value: string, count: string): string;
  /** Steps that certainly reach over a length of time; fixed steps only the whole ones. */
  over(length: string): string;
  readonly calendar: boolean;
}

/** Input of an activity plugin, with its columns under the names `Id`, `Timeline`, `D0`, `D1`… */
export interface Timeline {
  readonly table: Rel;
  readonly timeline: Column;
  readonly dimensions: readonly Column[];
  /** `, D0, D1`: to follow other names of a list. Empty without dimensions. */
  readonly also: string;
}

export function timelineOf(
  call: PluginCall,
  idNode: KNode,
  timeNode: KNode,
  dimensionNodes: readonly KNode[],
): Timeline {
  const id = columnArg(call, idNode);
  const timeline = columnArg(call, timeNode);
  if (!['datetime', 'timespan', 'long', 'int', 'real'].includes(timeline.type))
    throw new PlanError(timeNode, 'KQL0120', `A timeline is a datetime, a timespan or a number, not ${timeline.type}.`);
  const dimensions = dimensionNodes.map((n) => columnArg(call, n));
  const columns: Renamed[] = [
    { as: 'Id', column: id },
    { as: 'Timeline', column: timeline },
    ...dimensions.map((column, i) => ({ as: `D${i}`, column })),
  ];
  const also = dimensions.map((_, i) => `, D${i}`).join('');
  return { table: renamed(call, call.input!, columns), timeline, dimensions, also };
}

/** The type of the length between two points of a timeline. */
export const lengthType = (t: KqlType): KqlType => (t === 'datetime' ? 'timespan' : t);

/** A point on the timeline, or a length of it. */
export function pointArg(call: PluginCall, n: KNode, type: KqlType): Expr {
  const e = valueArg(call, n);
  const fits = e.type === type || (meet([e.type, type]) !== undefined && e.type !== 'string');
  if (!fits) throw new PlanError(n, 'KQL0121', `${call.name}() needs a value of type ${type} here, not ${e.type}.`);
  return cast(e, type);
}

/**
 * The step argument. Programs find its length as `Step` and the origin of fixed steps as `Start`.
 * @param values receives `Step`
 */
export function stepsArg(call: PluginCall, n: KNode, timeline: Column, values: Record<string, Rel | Expr>): Steps {
  const e = valueArg(call, n);
  if (e.type === 'string') {
    const period = e.op === 'literal' ? String(e.value) : '';
    if (!(PERIODS as readonly string[]).includes(period) || timeline.type !== 'datetime')
      throw new PlanError(n, 'KQL0121', `A step is a length of the timeline or one of ${PERIODS.join(', ')}.`);
    const shortest = { week: '7d', month: '28d', year: '365d' }[period as (typeof PERIODS)[number]];
    return {
      bin: (v) => `startof${period}(${v})`,
      later: (v, count) => `datetime_add('${period}', ${count}, ${v})`,
      over: (length) => `(tolong(${length} / ${shortest}) + 1)`,
      calendar: true,
    };
  }
  values.Step = pointArg(call, n, lengthType(timeline.type));
  return {
    bin: (v) => `bin_at(${v}, Step, Start)`,
    later: (v, count) => `(${v} + ${count} * Step)`,
    over: (length) => `max_of(tolong(${length} / Step), 1)`,
    calendar: false,
  };
}

/** The result of a program under the names of the plugin: timeline, dimensions, then the measures. */
export function timelineResult(
  call: PluginCall,
  t: Timeline,
  rel: Rel,
  measures: readonly string[],
  first?: readonly { from: string; name: string }[],
): Rel {
  return withNames(call, rel, [
    ...(first ?? [{ from: 'Bin', name: t.timeline.name }]).map((x) => ({ ...x, type: t.timeline.type })),
    ...t.dimensions.map((d, i) => ({ from: `D${i}`, name: d.name })),
    ...measures.map((m) => ({ from: m, name: m })),
  ]);
}
