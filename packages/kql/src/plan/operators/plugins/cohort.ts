/** `new_activity_metrics`: what becomes of the ids that were first seen in each step. */
import { kindOf } from '../../../bind/syntax.ts';
import type { KNode } from '../../../kusto-api.ts';
import { PlanError } from '../../errors.ts';
import type { Expr, Rel } from '../../ir.ts';
import { type Plugin, type PluginCall, runProgram } from './call.ts';
import { pointArg, stepsArg, timelineOf, timelineResult } from './timeline.ts';

/** Splits what follows the window: a cohort, dimensions, a table of ids seen earlier. */
function tail(call: PluginCall): { cohort?: KNode; dimensions: readonly KNode[]; lookback?: Rel } {
  const rest = [...call.args.slice(5)];
  const isColumn = (n: KNode): boolean =>
    kindOf(n) === 'NameReference' &&
    call.input!.columns.some((c) => c.name === n.SimpleName) &&
    call.scope.env.get(n.SimpleName ?? '') === undefined;
  const last = rest[rest.length - 1];
  const lookback = last && !isColumn(last) ? call.planner.tryTable(last, { env: call.scope.env }) : undefined;
  if (lookback) rest.pop();
  const cohort = rest[0] && !isColumn(rest[0]) ? rest.shift() : undefined;
  return { ...(cohort ? { cohort } : {}), dimensions: rest, ...(lookback ? { lookback } : {}) };
}

const newActivity = (call: PluginCall): Rel => {
  const { cohort, dimensions, lookback } = tail(call);
  const t = timelineOf(call, call.args[0]!, call.args[1]!, dimensions);
  const type = t.timeline.type;
  const values: Record<string, Rel | Expr> = {
    T: call.planner.shared(t.table),
    Start: pointArg(call, call.args[2]!, type),
    End: pointArg(call, call.args[3]!, type),
  };
  const steps = stepsArg(call, call.args[4]!, t.timeline, values);
  if (cohort) values.Cohort = pointArg(call, cohort, type);
  if (lookback) {
    const name = t.table.columns[0]!;
    const idName = call.args[0]!.SimpleName;
    const id =
      lookback.columns.find((c) => c.name === idName) ??
      lookback.columns.find((c) => !c.hidden && c.type === name.type);
    if (!id) throw new PlanError(call.node, 'KQL0132', 'The look-back table has no column of ids.');
    values.Seen = call.planner.select(lookback, [{ name: 'Id', expr: { op: 'column', id: id.id, type: id.type } }]);
  }
  const pairOn = ['Bin', ...t.dimensions.map((_, i) => `D${i}`)].join(', ');
  const dims = t.dimensions.map((_, i) => `D${i}`).join(', ');
  const rel = runProgram(
    call,
    `let B = materialize(T | where Timeline between (Start .. End) | summarize by Bin = ${steps.bin('Timeline')}, Id${t.also});
     let F = materialize(B ${lookback ? '| join kind=leftanti Seen on Id ' : ''}| summarize First = min(Bin) by Id${t.also});
     let Sizes = F | summarize Size = count() by First${t.also};
     let Moves = materialize(B | join kind=inner F on Id${t.also} | summarize Ids = count() by First, Bin${t.also});
     let Grid = range Offset from 0 to ${steps.over('(End - Start)')} step 1
       | extend Bin = ${steps.later(steps.bin('Start'), 'Offset')} | where Bin <= End | project Bin, One = 1;
     Grid | project First = Bin, One | join kind=inner Grid on One | where First <= Bin
       ${cohort ? `| where First == ${steps.bin('Cohort')}` : ''}
       ${dims ? `| join kind=inner (B | summarize by ${dims} | extend One = 1) on One` : ''}
       | project First, Bin${t.also}
       | join kind=leftouter (Moves | project Bin, Since = First, Ids${t.also}) on ${pairOn}
       | summarize dcount_new_values = sumif(Ids, Since > First or (Since == First and First == Bin)),
                   dcount_retained_values = sumif(Ids, Since == First) by First, Bin${t.also}
       | lookup kind=leftouter Sizes on First${t.also}
       | extend Size = coalesce(Size, 0)
       | extend dcount_churn_values = Size - dcount_retained_values,
                retention_rate = iff(Size == 0, real(nan), todouble(dcount_retained_values) / Size)
       | extend churn_rate = 1.0 - retention_rate
       | sort by First asc, Bin asc`,
    values,
  );
  const measures = [
    'dcount_new_values',
    'dcount_retained_values',
    'dcount_churn_values',
    'retention_rate',
    'churn_rate',
  ];
  return timelineResult(call, t, rel, measures, [
    { from: 'First', name: `from_${t.timeline.name}` },
    { from: 'Bin', name: `to_${t.timeline.name}` },
  ]);
};

export const COHORT_PLUGINS: Readonly<Record<string, Plugin>> = {
  new_activity_metrics: {
    args: 'id, timeline, start, end, step, [cohort, dimension, …, table of earlier ids]',
    doc: 'What becomes of the ids first seen in each step.',
    plan: newActivity,
    min: 5,
  },
};
