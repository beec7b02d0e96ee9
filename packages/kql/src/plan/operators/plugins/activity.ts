/** Counts of ids along a timeline. Each plugin is a query over its input; see `timeline.ts` for the names in it. */

import { kindOf } from '../../../bind/syntax.ts';
import { PlanError } from '../../errors.ts';
import type { Expr, Rel } from '../../ir.ts';
import { columnArg, numberArg, type Plugin, type PluginCall, renamed, runProgram, withNames } from './call.ts';
import { lengthType, pointArg, stepsArg, type Timeline, timelineOf, timelineResult } from './timeline.ts';

/** Input, analysis range and steps: `(id, timeline, start, end, …)`. */
function common(call: PluginCall, dimensionsFrom: number): { t: Timeline; values: Record<string, Rel | Expr> } {
  const t = timelineOf(call, call.args[0]!, call.args[1]!, call.args.slice(dimensionsFrom));
  const type = t.timeline.type;
  return {
    t,
    values: {
      T: call.planner.shared(t.table),
      Start: pointArg(call, call.args[2]!, type),
      End: pointArg(call, call.args[3]!, type),
    },
  };
}

const sortDimensions = (t: Timeline): string => t.dimensions.map((_, i) => `D${i} asc, `).join('');
/** True where a row begins another combination of dimensions, in rows sorted by them. */
const restart = (t: Timeline): string =>
  t.dimensions.length ? `, ${t.dimensions.map((_, i) => `tostring(D${i}) != prev(tostring(D${i}))`).join(' or ')}` : '';

/** Rows, ids, ids not seen before and ids seen so far, in each step. */
const activityCounts = (call: PluginCall): Rel => {
  const { t, values } = common(call, 5);
  const steps = stepsArg(call, call.args[4]!, t.timeline, values);
  const rel = runProgram(
    call,
    `let B = materialize(T | where Timeline between (Start .. End) | summarize Rows = count() by Bin = ${steps.bin('Timeline')}, Id${t.also});
     let F = B | summarize Bin = min(Bin) by Id${t.also} | summarize Fresh = count() by Bin${t.also};
     B | summarize ['count'] = sum(Rows), ['dcount'] = count() by Bin${t.also}
       | lookup kind=leftouter F on Bin${t.also}
       | extend new_dcount = coalesce(Fresh, 0)
       | sort by ${sortDimensions(t)}Bin asc
       | extend aggregated_dcount = row_cumsum(new_dcount${restart(t)})`,
    values,
  );
  return timelineResult(call, t, rel, ['count', 'dcount', 'new_dcount', 'aggregated_dcount']);
};

/** Ids of each step against those of the step before. */
const activityMetrics = (call: PluginCall): Rel => {
  // The range may be left out: `(id, timeline, window, …)`.
  const ranged = call.args.length > 3 && !isColumn(call, 3);
  const measures = ['dcount_values', 'dcount_newvalues', 'retention_rate', 'churn_rate'];
  const stepAt = ranged ? 4 : 2;
  if (!call.args[stepAt]) throw new PlanError(call.node, 'KQL0016', `${call.name}() needs a window.`);
  const { t, values } = ranged ? common(call, 5) : wholeRange(call, 3);
  const steps = stepsArg(call, call.args[stepAt]!, t.timeline, values);
  const rel = runProgram(
    call,
    `let B = materialize(T | where Timeline between (Start .. End) | summarize by Bin = ${steps.bin('Timeline')}, Id${t.also});
     let Cur = materialize(B | summarize dcount_values = count() by Bin${t.also});
     let Prev = Cur | project Bin = ${steps.later('Bin', '1')}, Before = dcount_values${t.also};
     let Both = B | join kind=inner (B | extend Bin = ${steps.later('Bin', '1')}) on Bin, Id${t.also} | summarize Kept = count() by Bin${t.also};
     Cur | lookup kind=leftouter Prev on Bin${t.also} | lookup kind=leftouter Both on Bin${t.also}
       | extend Kept = coalesce(Kept, 0)
       | extend dcount_newvalues = dcount_values - Kept, retention_rate = iff(isnull(Before), real(nan), todouble(Kept) / Before)
       | extend churn_rate = 1.0 - retention_rate
       | sort by Bin asc`,
    values,
  );
  return timelineResult(call, t, rel, measures);
};

function isColumn(call: PluginCall, at: number): boolean {
  const n = call.args[at];
  if (!n || kindOf(n) !== 'NameReference') return false;
  const name = n.SimpleName ?? '';
  return call.input!.columns.some((c) => c.name === name) && call.scope.env.get(name) === undefined;
}

/** Without a given range it is that of the data. */
function wholeRange(call: PluginCall, dimensionsFrom: number): { t: Timeline; values: Record<string, Rel | Expr> } {
  const t = timelineOf(call, call.args[0]!, call.args[1]!, call.args.slice(dimensionsFrom));
  const table = call.planner.shared(t.table);
  const end = (fn: string): Expr =>
    call.planner.firstValue(runProgram(call, `T | summarize ${fn}(Timeline)`, { T: table }));
  return { t, values: { T: table, Start: end('min'), End: end('max') } };
}

/** Ids inside a step against ids inside a longer window that ends with it. */
const activityEngagement = (call: PluginCall): Rel => {
  const ranged = call.args.length > 4;
  const { t, values } = ranged ? common(call, 6) : wholeRange(call, 4);
  const [inner, outer] = ranged ? [call.args[4]!, call.args[5]] : [call.args[2]!, call.args[3]];
  if (!outer) throw new PlanError(call.node, 'KQL0016', 'activity_engagement() needs an inner and an outer window.');
  const steps = stepsArg(call, inner, t.timeline, values);
  values.Outer = pointArg(call, outer, lengthType(t.timeline.type));
  const rel = runProgram(
    call,
    `let B = T | where Timeline between (Start - Outer .. End) | summarize by Bin = ${steps.bin('Timeline')}, Id${t.also};
     B | extend Offset = range(0, ${steps.over('Outer')} - 1, 1) | mv-expand Offset to typeof(long)
       | extend Bin = ${steps.later('Bin', 'Offset')}, Own = toint(Offset == 0)${steps.calendar ? ', From = Bin' : ''}
       | where Bin between (Start .. End)${steps.calendar ? ' and From > Bin - Outer' : ''}
       | summarize Own = max(Own) by Bin, Id${t.also}
       | summarize dcount_activities_inner = sum(Own), dcount_activities_outer = count() by Bin${t.also}
       | extend activity_ratio = todouble(dcount_activities_inner) / dcount_activities_outer
       | sort by Bin asc`,
    values,
  );
  return timelineResult(call, t, rel, ['dcount_activities_inner', 'dcount_activities_outer', 'activity_ratio']);
};

/** Ids that were active in enough periods of the window before (and with) their appearance. */
const activeUsers = (call: PluginCall): Rel => {
  const { t, values } = common(call, 8);
  const length = lengthType(t.timeline.type);
  values.Lookback = pointArg(call, call.args[4]!, length);
  values.Period = pointArg(call, call.args[5]!, length);
  values.Active = pointArg(call, call.args[6]!, 'long');
  const steps = stepsArg(call, call.args[7]!, t.timeline, values);
  const rel = runProgram(
    call,
    `T | where Timeline > Start - Lookback and Timeline <= End
       | summarize by Slot = bin_at(Timeline, Period, Start), Id${t.also}
       | extend Offset = range(0, max_of(tolong(Lookback / Period), 1) - 1, 1) | mv-expand Offset to typeof(long)
       | extend Slot = Slot + Offset * Period, Own = toint(Offset == 0)
       | summarize Slots = count(), Own = max(Own) by Slot, Id${t.also}
       | where Own == 1 and Slots >= Active and Slot between (Start .. End)
       | summarize ['dcount'] = count_distinct(Id) by Bin = ${steps.bin('Slot')}${t.also}
       | sort by Bin asc`,
    values,
  );
  return timelineResult(call, t, rel, ['dcount']);
};

/** Sessions: appearances of an id that come at least the look-back window after its previous one. */
const sessionCount = (call: PluginCall): Rel => {
  const { t, values } = common(call, 6);
  const length = lengthType(t.timeline.type);
  values.Step = pointArg(call, call.args[4]!, length);
  values.Lookback = pointArg(call, call.args[5]!, length);
  const same = ['Id', ...t.dimensions.map((_, i) => `D${i}`)]
    .map((c) => `tostring(${c}) == prev(tostring(${c}))`)
    .join(' and ');
  const rel = runProgram(
    call,
    `T | where Timeline between (Start - Lookback .. End)
       | sort by Id asc, ${sortDimensions(t)}Timeline asc
       | extend Number = row_number(), Same = ${same}, Gap = Timeline - prev(Timeline)
       | where Timeline >= Start and (Number == 1 or not(Same) or Gap >= Lookback)
       | summarize count_sessions = count() by Bin = bin(Timeline, Step)${t.also}
       | sort by Bin asc`,
    values,
  );
  return timelineResult(call, t, rel, ['count_sessions']);
};

/** Rows and ids in a window that ends with each step. */
const slidingCounts = (call: PluginCall): Rel => {
  const { t, values } = common(call, 6);
  values.Lookback = pointArg(call, call.args[4]!, lengthType(t.timeline.type));
  const steps = stepsArg(call, call.args[5]!, t.timeline, values);
  const rel = runProgram(
    call,
    `T | where Timeline between (Start - Lookback .. End)
       | summarize Rows = count() by From = ${steps.bin('Timeline')}, Id${t.also}
       | extend Offset = range(0, ${steps.over('Lookback')} - 1, 1) | mv-expand Offset to typeof(long)
       | extend Bin = ${steps.later('From', 'Offset')}
       | where Bin between (Start .. End)${steps.calendar ? ' and From > Bin - Lookback' : ''}
       | summarize Count = sum(Rows), Dcount = count_distinct(Id) by Bin${t.also}
       | sort by Bin asc`,
    values,
  );
  return timelineResult(call, t, rel, ['Count', 'Dcount']);
};

/** A percentile of the values in the last bins, for each bin of the index. */
const rollingPercentile = (call: PluginCall): Rel => {
  const value = columnArg(call, call.args[0]!);
  const index = columnArg(call, call.args[2]!);
  const percentile = numberArg(call, call.args[1], 50, [0, 100]);
  const bins = Math.trunc(numberArg(call, call.args[4], 1, [1, 10_000]));
  const dimensions = call.args.slice(5).map((n) => columnArg(call, n));
  const also = dimensions.map((_, i) => `, D${i}`).join('');
  const table = renamed(call, call.input!, [
    { as: 'Value', column: value },
    { as: 'Index', column: index },
    ...dimensions.map((column, i) => ({ as: `D${i}`, column })),
  ]);
  const rel = runProgram(
    call,
    `let Last = toscalar(T | summarize max(bin(Index, Size)));
     T | extend Offset = range(0, ${bins - 1}, 1) | mv-expand Offset to typeof(long)
       | extend Bin = bin(Index, Size) + Offset * Size | where Bin <= Last
       | summarize Result = percentile(Value, ${percentile}) by Bin${also}
       | sort by ${dimensions.map((_, i) => `D${i} asc, `).join('')}Bin asc`,
    { T: call.planner.shared(table), Size: pointArg(call, call.args[3]!, lengthType(index.type)) },
  );
  return withNames(call, rel, [
    { from: 'Bin', name: index.name, type: index.type },
    ...dimensions.map((d, i) => ({ from: `D${i}`, name: d.name })),
    { from: 'Result', name: `rolling_${bins}_percentile_${value.name}_${percentile}` },
  ]);
};

export const ACTIVITY_PLUGINS: Readonly<Record<string, Plugin>> = {
  activity_counts_metrics: {
    args: 'id, timeline, start, end, step, [dimension, …]',
    doc: 'Rows, ids, ids not seen before and ids so far, in each step.',
    plan: activityCounts,
    min: 5,
  },
  activity_metrics: {
    args: 'id, timeline, [start, end], step, [dimension, …]',
    doc: 'Ids of each step against those of the step before: new, retained, lost.',
    plan: activityMetrics,
    min: 3,
  },
  activity_engagement: {
    args: 'id, timeline, [start, end], inner, outer, [dimension, …]',
    doc: 'Ids in each inner window against those in the outer window that ends with it.',
    plan: activityEngagement,
    min: 4,
  },
  active_users_count: {
    args: 'id, timeline, start, end, lookback, period, periods, step, [dimension, …]',
    doc: 'Ids that were active in enough periods before their appearance.',
    plan: activeUsers,
    min: 8,
  },
  session_count: {
    args: 'id, timeline, start, end, step, lookback, [dimension, …]',
    doc: 'Sessions that begin in each step: appearances long enough after the one before.',
    plan: sessionCount,
    min: 6,
  },
  sliding_window_counts: {
    args: 'id, timeline, start, end, window, step, [dimension, …]',
    doc: 'Rows and ids in a window that ends with each step.',
    plan: slidingCounts,
    min: 6,
  },
  rolling_percentile: {
    args: 'value, percentile, index, size, bins, [dimension, …]',
    doc: 'A percentile over the last bins, for each bin.',
    plan: rollingPercentile,
    min: 5,
  },
};
