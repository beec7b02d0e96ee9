/** Plugins that turn a table: `pivot`, `narrow`, `schema_merge`. */

import { bare, kindOf } from '../../../bind/syntax.ts';
import { columnsOf } from '../../../emit/expr.ts';
import type { KNode } from '../../../kusto-api.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import { planExpression } from '../../expressions.ts';
import type { Column, Expr, Item, Rel } from '../../ir.ts';
import { col } from '../basic.ts';
import { columnArg, constantArg, inputColumns, type Plugin, type PluginCall, runProgram } from './call.ts';
import { inferredColumns } from './inferred.ts';

/** Aggregates that `pivot` may use. */
const PIVOT_AGGREGATES = /^(min|max|take_any|any|sum|dcount|avg|stdev|variance|make_list|make_bag|make_set|count)$/;

/** Limits every aggregate of an expression to the rows that fulfil a condition. */
function onlyWhere(e: Expr, condition: Expr): Expr {
  if (e.op === 'aggregate') return { ...e, condition };
  return e.op === 'call' ? { ...e, args: e.args.map((a) => onlyWhere(a, condition)) } : e;
}

function aggregateOf(call: PluginCall): { expr: Expr; node?: KNode; rest: readonly KNode[] } {
  const second = call.args[1];
  const count: Expr = { op: 'aggregate', fn: 'count', args: [], type: 'long' };
  if (!second || kindOf(bare(second)) !== 'FunctionCallExpression') return { expr: count, rest: call.args.slice(1) };
  const expr = planExpression(second, { ...call.scope, aggregates: true }, call.planner);
  const aggregate = (e: Expr): Expr | undefined =>
    e.op === 'aggregate' ? e : e.op === 'call' ? e.args.map(aggregate).find(Boolean) : undefined;
  const used = aggregate(expr);
  if (used?.op !== 'aggregate' || !PIVOT_AGGREGATES.test(used.fn))
    throw new PlanError(
      second,
      'KQL0129',
      'pivot() cannot use this aggregate.',
      'min, max, take_any, sum, dcount, avg, stdev, variance, make_list, make_bag, make_set, count',
    );
  return { expr, node: second, rest: call.args.slice(2) };
}

/** Most columns a pivot may make. */
const MAX_COLUMNS = 1000;

const pivot = (call: PluginCall): Rel => {
  const turned = columnArg(call, call.args[0]!);
  const { expr, rest } = aggregateOf(call);
  const used = columnsOf(expr);
  const keys = rest.length
    ? rest.map((n) => columnArg(call, n))
    : inputColumns(call).filter((c) => c !== turned && !used.has(c.id));
  const text = cast(col(turned), 'string');
  let values: string[];
  if (call.schema) {
    const names = new Set(keys.map((k) => k.name));
    values = call.schema.columns.map((c) => c.name).filter((name) => !names.has(name));
  } else {
    call.planner.context.rowWise = false;
    const found = runProgram(call, 'T | summarize by Value | sort by Value asc', {
      T: call.planner.select(call.input!, [{ name: 'Value', expr: text }]),
    });
    values = call.planner.context.data(found).map(([v]) => String(v ?? ''));
    if (values.length === 0) values = inferredColumns(call.node).filter((n) => !keys.some((k) => k.name === n));
  }
  if (values.length > MAX_COLUMNS)
    throw new PlanError(
      call.args[0]!,
      'KQL0130',
      `pivot() would make ${values.length} columns; at most ${MAX_COLUMNS} are possible.`,
      'where, summarize',
    );
  const groups: Item[] = keys.map((k) => ({ ...call.planner.context.column(k.name, k.type), expr: col(k) }));
  const cells: Item[] = values.map((v) => {
    const literal: Expr = { op: 'literal', type: 'string', value: v };
    const value = onlyWhere(expr, { op: 'call', fn: '==', args: [text, literal], type: 'bool' });
    return { ...call.planner.context.column(v || 'Column1', expr.type), expr: value };
  });
  const all = [...groups, ...cells];
  const columns: Column[] = all.map(({ expr: _, ...c }) => c);
  return { op: 'aggregate', input: call.input!, keys: groups, values: cells, columns };
};

/** One row for each cell: number of the row, name of the column, value as text. */
const narrow = (call: PluginCall): Rel => {
  const columns = inputColumns(call);
  const names = Object.fromEntries(
    columns.map((c, i): [string, Expr] => [`N${i}`, { op: 'literal', type: 'string', value: c.name }]),
  );
  const pairs = columns.map((_, i) => `pack_array(N${i}, C${i})`).join(', ');
  const rel = runProgram(
    call,
    `T | serialize Row = row_number(0) | mv-expand Pair = pack_array(${pairs}) | project Row, Column = tostring(Pair[0]), Value = tostring(Pair[1])`,
    {
      T: call.planner.select(
        call.input!,
        columns.map((c, i) => ({ name: `C${i}`, expr: cast(col(c), 'string') })),
      ),
      ...names,
    },
  );
  return rel;
};

const SCHEMA_COLUMNS = [
  ['ColumnName', 'string'],
  ['ColumnOrdinal', 'int'],
  ['DataType', 'string'],
  ['ColumnType', 'string'],
] as const;

/** Schemas, as `getschema` lists them, one after the other: one schema that holds all of them. */
const schemaMerge = (call: PluginCall): Rel => {
  const inputs = SCHEMA_COLUMNS.map(([name]) => {
    const c = call.input!.columns.find((x) => x.name === name);
    if (!c)
      throw new PlanError(
        call.node,
        'KQL0131',
        `schema_merge() needs the columns of getschema; '${name}' is missing.`,
        'getschema',
      );
    return { name, expr: col(c) };
  });
  const keepOrder = constantArg(call, call.named.get('PreserveOrder') ?? call.args[0]) ?? true;
  return {
    op: 'host',
    fn: 'schema_merge',
    inputs: [call.planner.select(call.input!, inputs)],
    options: { keepOrder },
    columns: SCHEMA_COLUMNS.map(([name, type]) => call.planner.context.column(name, type)),
  };
};

export const SHAPE_PLUGINS: Readonly<Record<string, Plugin>> = {
  pivot: {
    args: 'column, [aggregate, column, …]',
    doc: 'Values of a column as columns, each with an aggregate of its rows; `count()` unless said otherwise.',
    plan: pivot,
    min: 1,
    readsSchema: false,
  },
  narrow: {
    args: '',
    doc: 'One row for each cell: number of the row, name of the column, value as text.',
    plan: narrow,
    min: 0,
    max: 0,
  },
  schema_merge: {
    args: '[PreserveOrder]',
    doc: 'One schema that holds several, as `getschema` lists them.',
    plan: schemaMerge,
    min: 0,
    max: 1,
    names: ['PreserveOrder'],
  },
};
