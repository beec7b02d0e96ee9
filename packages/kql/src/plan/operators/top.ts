/** Operators that keep the first of something: `top-nested`, `top-hitters`, `sample` and `sample-distinct`. */
import { bare, child, kindOf, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { aggregateCall, isAggregate } from '../aggregates.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import { type Column, type Expr, type Item, inputsOf, type Rel, type SortKey } from '../ir.ts';
import { named } from '../items.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { col, rowCount } from './basic.ts';
import type { OperatorPlan } from './registry.ts';

interface Level {
  readonly name: string;
  readonly total: string;
  /** Column of the base that holds the value of this level. */
  readonly value: Column;
  /** The aggregate, over columns of the base. */
  readonly aggregate: Expr;
  readonly count: number | undefined;
  readonly descending: boolean;
  readonly others: Expr | undefined;
}

const bareOf = (items: readonly Item[]): Column[] => items.map(({ expr: _, ...c }) => c);

function given(node: KNode): { name?: string; node: KNode } {
  const n = bare(node);
  return kindOf(n) === 'SimpleNamedExpression'
    ? { name: nameOf(must(n, 'Name')), node: must(n, 'Expression') }
    : { node: n };
}

/** The levels of a `top-nested`, and the input with a column for the value of each. */
function levelsOf(n: KNode, input: Rel, scope: Scope, planner: Planner): { base: Rel; levels: Level[] } {
  const taken = new Set<string>();
  const made: Item[] = [];
  let unnamed = 0;
  const name = (wanted: string): string => {
    const free = freeName(wanted, taken);
    taken.add(free);
    return free;
  };
  const clauses = list(n, 'Clauses').map((c) => {
    const of = given(must(c, 'OfExpression'));
    const expr = planExpression(of.node, scope, planner);
    const wanted = of.name ?? resultName(of.node, planner.context.schema) ?? `Column${++unnamed}`;
    const value = planner.context.column(wanted, expr.type, true);
    made.push({ ...value, expr });
    const order = must(c, 'ByExpression');
    const ordered = kindOf(order) === 'OrderedExpression';
    const by = given(ordered ? must(order, 'Expression') : order);
    const word = ordered ? textOf(must(must(order, 'Ordering'), 'AscOrDescKeyword')) : 'desc';
    const levelName = name(wanted);
    const total = name(by.name ?? `aggregated_${levelName}`);
    const count = child(c, 'Expression');
    const clause = child(c, 'WithOthersClause');
    const other = clause && planExpression(must(clause, 'Expression'), { env: scope.env }, planner);
    return { levelName, total, value, by: by.node, word, count, other, expr };
  });
  const base: Rel = {
    op: 'select',
    input,
    items: [...input.columns.map((c) => ({ ...c, expr: col(c) })), ...made],
    columns: [...input.columns, ...bareOf(made)],
  };
  const levels = clauses.map((c): Level => {
    const aggregate = oneAggregate(c.by, { env: scope.env, columns: base.columns, rel: base }, planner);
    return {
      name: c.levelName,
      total: c.total,
      value: c.value,
      aggregate,
      count: c.count && rowCount(given(c.count).node, scope, planner),
      descending: !/asc/.test(c.word),
      others: c.other && cast(c.other, c.expr.type),
    };
  });
  return { base, levels };
}

function oneAggregate(n: KNode, scope: Scope, planner: Planner): Expr {
  const call = kindOf(n) === 'FunctionCallExpression' ? nameOf(must(n, 'Name')) : '';
  if (!isAggregate(call) || /^arg_?(min|max)$/.test(call))
    throw new PlanError(n, 'KQL0056', 'top-nested orders by one aggregate with one value.', 'sum(), count(), max()');
  return aggregateCall(n, call, list(must(n, 'ArgumentList'), 'Expressions'), scope, planner);
}

interface Part {
  readonly rel: Rel;
  /** Level by level: the value and its total; `rest` marks the row of the others. */
  readonly values: readonly Column[];
  readonly totals: readonly Column[];
}

/** The best values of a level below those of the level above. */
function bestOf(base: Rel, levels: readonly Level[], at: number, above: Part | undefined, planner: Planner): Part {
  const level = levels[at]!;
  const keys = levels
    .slice(0, at + 1)
    .map((l): Item => ({ ...planner.context.column(l.name, l.value.type), expr: col(l.value) }));
  const total: Item = { ...planner.context.column(level.total, level.aggregate.type), expr: level.aggregate };
  const totals: Rel = {
    op: 'aggregate',
    input: base,
    keys,
    values: [total],
    columns: [...bareOf(keys), ...bareOf([total])],
  };
  let rel: Rel = totals;
  let values: Column[] = bareOf(keys);
  let sums: Column[] = bareOf([total]);
  if (above) {
    const on = above.values.map((v, i) => ({ left: col(v), right: col(values[i]!) }));
    const last = values[at]!;
    rel = {
      op: 'join',
      kind: 'inner',
      left: above.rel,
      right: totals,
      on,
      columns: [...above.rel.columns, last, sums[0]!],
      outputs: [
        ...above.rel.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
        ...[last, sums[0]!].map((c) => ({ id: c.id, side: 'right' as const, from: c.id })),
      ],
    };
    values = [...above.values, last];
    sums = [...above.totals, sums[0]!];
  }
  if (level.count !== undefined) {
    const keysOf = [sums[at]!, values[at]!].map(
      (c): SortKey => ({ expr: col(c), descending: level.descending, nullsFirst: !level.descending }),
    );
    const sorted: Rel = { op: 'sort', input: rel, keys: keysOf, columns: rel.columns };
    const by = above?.values.map((c) => c.id);
    rel = { op: 'limit', input: sorted, count: level.count, ...(by ? { by } : {}), columns: rel.columns };
  }
  return { rel, values, totals: sums };
}

/** The row that stands for the values that did not make it; the levels below total all of them. */
function othersOf(
  base: Rel,
  levels: readonly Level[],
  at: number,
  above: Part | undefined,
  best: Part,
  planner: Planner,
): Part {
  const keysOf = (part: Part, upTo: number) =>
    levels.slice(0, upTo).map((l, i) => ({ left: col(l.value), right: col(part.values[i]!) }));
  let rows: Rel = base;
  if (above) {
    rows = {
      op: 'join',
      kind: 'inner',
      left: base,
      right: above.rel,
      on: keysOf(above, at),
      columns: [...base.columns, ...above.totals],
      outputs: [
        ...base.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
        ...above.totals.map((c) => ({ id: c.id, side: 'right' as const, from: c.id })),
      ],
    };
  }
  const rest: Rel = {
    op: 'join',
    kind: 'leftanti',
    left: rows,
    right: best.rel,
    on: keysOf(best, at + 1),
    columns: rows.columns,
    outputs: rows.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
  };
  const item = (name: string, expr: Expr): Item => ({ ...planner.context.column(name, expr.type), expr });
  const aboveKeys = levels.slice(0, at).map((l) => item(l.name, col(l.value)));
  const aboveTotals = (above?.totals ?? []).map((c) => item(c.name, col(c)));
  const missing = (l: Level): Expr => l.others ?? cast({ op: 'literal', type: 'dynamic', value: null }, l.value.type);
  const labels = levels.slice(at).map((l, i) => item(l.name, i === 0 ? l.others! : missing(l)));
  const totals = levels.slice(at).map((l) => item(l.total, l.aggregate));
  const keys = [...aboveKeys, ...aboveTotals, ...labels];
  const rel: Rel = {
    op: 'aggregate',
    input: rest,
    keys,
    values: totals,
    columns: [...bareOf(keys), ...bareOf(totals)],
  };
  return {
    rel,
    values: bareOf([...aboveKeys, ...labels]),
    totals: bareOf([...aboveTotals, ...totals]),
  };
}

/** True when reading a relation again gives the same rows; others are computed once and kept. */
function repeatable(rel: Rel): boolean {
  if (rel.op === 'shared') return true;
  if (rel.op === 'limit' || rel.op === 'host') return false;
  return inputsOf(rel).every(repeatable);
}

const topNested: OperatorPlan = (n, input, scope, planner) => {
  planner.context.rowWise = false;
  const { base: read, levels } = levelsOf(n, repeatable(input!) ? input! : planner.shared(input!), scope, planner);
  const parts: { readonly part: Part; readonly restFrom: number }[] = [];
  let best: Part | undefined;
  for (let at = 0; at < levels.length; at++) {
    const above: Part | undefined = best;
    best = bestOf(read, levels, at, above, planner);
    if (levels[at]!.others) parts.push({ part: othersOf(read, levels, at, above, best, planner), restFrom: at });
  }
  parts.unshift({ part: best!, restFrom: levels.length });
  const values = levels.map((l) => planner.context.column(l.name, l.value.type));
  const totals = levels.map((l) => planner.context.column(l.total, l.aggregate.type));
  const rest = levels.map(() => planner.context.column('rest', 'long', true));
  const columns = [...levels.flatMap((_l, i) => [values[i]!, totals[i]!]), ...rest];
  const all: Rel = {
    op: 'union',
    inputs: parts.map(({ part, restFrom }) => ({
      rel: part.rel,
      map: Object.fromEntries([
        ...values.map((c, i) => [c.id, col(part.values[i]!)] as const),
        ...totals.map((c, i) => [c.id, col(part.totals[i]!)] as const),
        ...rest.map(
          (c, i) => [c.id, { op: 'literal', type: 'long', value: i >= restFrom ? '1' : '0' } as Expr] as const,
        ),
      ]),
    })),
    columns,
  };
  const keys = levels.flatMap((l, i): SortKey[] => [
    { expr: col(rest[i]!), descending: false, nullsFirst: true },
    { expr: col(totals[i]!), descending: l.descending, nullsFirst: !l.descending },
    { expr: col(values[i]!), descending: l.descending, nullsFirst: !l.descending },
  ]);
  return { op: 'sort', input: all, keys, columns };
};

const topHitters: OperatorPlan = (n, input, scope, planner) => {
  planner.context.rowWise = false;
  const count = rowCount(must(n, 'Expression'), scope, planner);
  const of = named(must(n, 'OfExpression'), scope, planner);
  const key: Item = { ...planner.context.column(of.name || 'Column1', of.expr.type), expr: of.expr };
  const clause = child(n, 'ByClause');
  const summed = clause && must(clause, 'Expression');
  const value = summed && planExpression(summed, scope, planner);
  if (summed && value && !['int', 'long', 'real', 'decimal', 'dynamic'].includes(value.type))
    throw new PlanError(summed, 'KQL0016', `A sum needs numbers, not ${value.type}.`, 'tolong(), todouble()');
  const number = value?.type === 'dynamic' ? cast(value, 'real') : value;
  const aggregate: Expr = number
    ? { op: 'aggregate', fn: 'sum', args: [number], type: number.type === 'int' ? 'long' : number.type }
    : { op: 'aggregate', fn: 'count', args: [], type: 'long' };
  const name = summed
    ? `approximate_sum_${resultName(summed, planner.context.schema) ?? ''}`
    : `approximate_count_${key.name}`;
  const total: Item = { ...planner.context.column(name, aggregate.type), expr: aggregate };
  const columns = bareOf([key, total]);
  const counted: Rel = { op: 'aggregate', input: input!, keys: [key], values: [total], columns };
  const keys: SortKey[] = [{ expr: col(total), descending: true, nullsFirst: false }];
  return { op: 'limit', input: { op: 'sort', input: counted, keys, columns }, count, columns };
};

const sampleDistinct: OperatorPlan = (n, input, scope, planner) => {
  planner.context.rowWise = false;
  const count = rowCount(must(n, 'Expression'), scope, planner);
  const of = named(must(n, 'OfExpression'), scope, planner);
  const key: Item = { ...planner.context.column(of.name || 'Column1', of.expr.type), expr: of.expr };
  const columns = bareOf([key]);
  return { op: 'limit', input: { op: 'aggregate', input: input!, keys: [key], values: [], columns }, count, columns };
};

const sample: OperatorPlan = (n, input, scope, planner) => {
  const count = rowCount(must(n, 'Expression'), scope, planner);
  const chance: Expr = { op: 'call', fn: 'rand', args: [], type: 'real' };
  const keys: SortKey[] = [{ expr: chance, descending: false, nullsFirst: false }];
  const columns = input!.columns;
  const mixed: Rel = { op: 'sort', input: input!, keys, columns };
  return { op: 'limit', input: mixed, count, columns };
};

export const TOP_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  TopNestedOperator: topNested,
  TopHittersOperator: topHitters,
  SampleOperator: sample,
  SampleDistinctOperator: sampleDistinct,
};
