import { child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { callFunction } from '../calls.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel, SortKey } from '../ir.ts';
import { named } from '../items.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { isSerialized, rowOrdered, usesWindow } from './order.ts';
import type { OperatorPlan } from './registry.ts';

/** `where`: rows for which the condition is true. */
const where: OperatorPlan = (n, input, scope, planner) => {
  const condition = must(n, 'Condition');
  if (usesWindow(condition) && isSerialized(input!)) {
    const { rel, order } = rowOrdered(input!, planner);
    const source = { rel };
    const c = planExpression(condition, { ...scope, columns: rel.columns, rowOrder: order, source }, planner);
    const withTest = planner.select(source.rel, [...keep(rel), { name: 'test', expr: cast(c, 'bool'), hidden: true }]);
    const test = withTest.columns[withTest.columns.length - 1]!;
    return { op: 'where', input: withTest, condition: col(test), columns: withTest.columns.slice(0, -1) };
  }
  const c = cast(planExpression(condition, scope, planner), 'bool');
  const pushed = input!.op === 'join' && beforeUnique(input!, c);
  return pushed || { op: 'where', input: input!, condition: c, columns: input!.columns };
};

/**
 * A filter on the left side of an innerunique join goes before it: which row of a key is left is open, and the reference
 * takes one that the filter lets through.
 */
function beforeUnique(join: Extract<Rel, { op: 'join' }>, condition: Expr): Rel | undefined {
  if (join.kind !== 'innerunique') return undefined;
  const sources = new Map(join.outputs.filter((o) => o.side === 'left').map((o) => [o.id, o.from]));
  const toLeft = (e: Expr): Expr | undefined => {
    if (e.op === 'literal') return e;
    if (e.op === 'column') {
      const id = sources.get(e.id);
      return id === undefined ? undefined : { ...e, id };
    }
    if (e.op === 'path') {
      const of = toLeft(e.of);
      return of && { ...e, of };
    }
    if (e.op !== 'call') return undefined;
    const args = e.args.map(toLeft);
    return args.every((a) => a !== undefined) ? { ...e, args: args as Expr[] } : undefined;
  };
  const parts = condition.op === 'call' && condition.fn === 'and' ? condition.args : [condition];
  const moved = parts.map(toLeft);
  const inside = moved.filter((e) => e !== undefined);
  if (inside.length === 0) return undefined;
  const left = inside.reduce<Rel>(
    (input, e) => ({ op: 'where', input, condition: e, columns: input.columns }),
    join.left,
  );
  const rest = parts.filter((_e, i) => moved[i] === undefined);
  return rest.reduce<Rel>((input, e) => ({ op: 'where', input, condition: e, columns: join.columns }), {
    ...join,
    left,
  });
}

export const col = (c: Column): Expr => ({ op: 'column', id: c.id, type: c.type });

/** All columns of a relation as select parts. */
export function keep(rel: Rel): { name: string; expr: Expr; hidden: boolean }[] {
  return rel.columns.map((c) => ({ name: c.name, expr: col(c), hidden: c.hidden ?? false }));
}

/** The keys of `sort by` and `top`: descending unless said otherwise, nulls at the small end. */
export function sortKeys(nodes: readonly KNode[], scope: Scope, planner: Planner): SortKey[] {
  return nodes.map((n) => {
    const ordered = kindOf(n) === 'OrderedExpression';
    const expr = planExpression(ordered ? must(n, 'Expression') : n, scope, planner);
    const ordering = ordered ? child(n, 'Ordering') : undefined;
    const word = ordering && child(ordering, 'AscOrDescKeyword');
    if (word && textOf(word).startsWith('granny'))
      throw new PlanError(word, 'KQL0067', 'Rows cannot be sorted in this order.', 'asc, desc');
    const descending = !word || textOf(word) !== 'asc';
    const nulls = ordering && child(ordering, 'NullsClause');
    const place = nulls ? textOf(must(nulls, 'FirstOrLastKeyword')) : undefined;
    const sortable = expr.type === 'dynamic' ? cast(expr, 'string') : expr;
    return { expr: sortable, descending, nullsFirst: place ? place === 'first' : !descending };
  });
}

/** A number of rows: a constant, or a value of its own such as `toscalar(…)`, that is not negative. */
export function rowCount(node: KNode, scope: Scope, planner: Planner): number {
  const e = planExpression(node, { env: scope.env }, planner);
  const value = numberOf(e) ?? (usesData(e) ? numberIn(e, planner) : undefined);
  if (value === undefined || !(value >= 0) || value > Number.MAX_SAFE_INTEGER)
    throw new PlanError(node, 'KQL0050', 'The number of rows must be a constant, not negative.', 'take 10');
  return Math.floor(value);
}

/** True when a value comes from stored rows. */
function usesData(e: Expr): boolean {
  return e.op === 'scalarQuery' || (e.op === 'call' && e.args.some(usesData));
}

/** The number an expression gives when it is run: the rows of a statement must be known before they are asked for. */
function numberIn(e: Expr, planner: Planner): number | undefined {
  const column = planner.context.column('number', 'real');
  const value = planner.context.data({ op: 'rows', columns: [column], rows: [[cast(e, 'real')]] })[0]?.[0];
  return value === null || value === undefined ? undefined : Number(value);
}

/** The number a constant expression gives: literals, arithmetic and conversions of them. */
function numberOf(e: Expr): number | undefined {
  if (e.op === 'literal')
    return ['int', 'long', 'real', 'decimal'].includes(e.type) && e.value !== null ? Number(e.value) : undefined;
  if (e.op !== 'call') return undefined;
  const args = e.args.map(numberOf);
  const [a, b] = args;
  if (a === undefined || args.includes(undefined)) return undefined;
  const whole = e.type === 'int' || e.type === 'long';
  switch (e.fn) {
    case '+':
      return a + b!;
    case '-':
      return a - b!;
    case '*':
      return a * b!;
    case '/':
      return b === 0 ? undefined : whole ? Math.trunc(a / b!) : a / b!;
    case 'negate':
      return -a;
    case 'toint':
    case 'tolong':
      return Math.trunc(a);
    case 'todouble':
      return a;
    default:
      return undefined;
  }
}

const count = (n: KNode, scope: Scope, planner: Planner): number => rowCount(must(n, 'Expression'), scope, planner);

const sort: OperatorPlan = (n, input, scope, planner) => ({
  op: 'sort',
  input: input!,
  keys: sortKeys(list(n, 'Expressions'), scope, planner),
  columns: input!.columns,
});

const take: OperatorPlan = (n, input, scope, planner) => ({
  op: 'limit',
  input: input!,
  count: count(n, scope, planner),
  columns: input!.columns,
});

const top: OperatorPlan = (n, input, scope, planner) => {
  const sorted: Rel = {
    op: 'sort',
    input: input!,
    keys: sortKeys([must(n, 'ByExpression')], scope, planner),
    columns: input!.columns,
  };
  return { op: 'limit', input: sorted, count: count(n, scope, planner), columns: input!.columns };
};

const countRows: OperatorPlan = (n, input, _scope, planner) => {
  const as = child(n, 'AsIdentifier');
  const name = as ? nameOf(must(as, 'Identifier')) : 'Count';
  const c = planner.context.column(name, 'long');
  return {
    op: 'aggregate',
    input: input!,
    keys: [],
    values: [{ ...c, expr: { op: 'aggregate', fn: 'count', args: [], type: 'long' } }],
    columns: [c],
  };
};

const distinct: OperatorPlan = (n, input, scope, planner) => {
  const nodes = list(n, 'Expressions');
  const parts = nodes.flatMap((e) =>
    kindOf(e) === 'StarExpression'
      ? input!.columns.filter((c) => !c.hidden).map((c) => ({ name: c.name, expr: col(c) }))
      : [named(e, scope, planner)],
  );
  const keys = parts.map((p) => ({ ...planner.context.column(p.name, p.expr.type), expr: p.expr }));
  return { op: 'aggregate', input: input!, keys, values: [], columns: keys.map(({ expr: _, ...c }) => c) };
};

const render: OperatorPlan = (n, input, _scope, planner) => {
  const properties: Record<string, string> = {};
  const clause = child(n, 'WithClause');
  const all = [...parameters(n), ...(clause ? parameters(clause, 'Properties') : [])];
  for (const [name, { value, node }] of all) {
    const text = typeof node.LiteralValue === 'string' ? node.LiteralValue : value;
    properties[name] = text;
  }
  planner.context.render = { visualization: textOf(must(n, 'ChartType')), properties };
  return input!;
};

const schemaOf: OperatorPlan = (_n, input, _scope, planner) => {
  const names = ['ColumnName', 'ColumnOrdinal', 'DataType', 'ColumnType'];
  const types = ['string', 'int', 'string', 'string'] as const;
  const columns = names.map((x, i) => planner.context.column(x, types[i]!));
  const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });
  const rows = input!.columns
    .filter((c) => !c.hidden)
    .map((c, i): Expr[] => [
      text(c.name),
      { op: 'literal', type: 'int', value: String(i) },
      text(DOTNET[c.type]),
      text(c.type),
    ]);
  return { op: 'rows', columns, rows };
};

const DOTNET: Readonly<Record<Column['type'], string>> = {
  string: 'System.String',
  int: 'System.Int32',
  long: 'System.Int64',
  real: 'System.Double',
  bool: 'System.SByte',
  datetime: 'System.DateTime',
  dynamic: 'System.Object',
  guid: 'System.Guid',
  timespan: 'System.TimeSpan',
  decimal: 'System.Data.SqlTypes.SqlDecimal',
};

const as: OperatorPlan = (n, input, scope, planner) => {
  const name = nameOf(must(n, 'Name'));
  const kept = parameters(n).get('hint.materialized')?.value === 'true' ? planner.shared(input!) : input!;
  const rel = planner.nameRel(kept, name);
  scope.env.set(name, { kind: 'table', rel });
  return rel;
};

const consume: OperatorPlan = (_n, input) => ({ op: 'limit', input: input!, count: 0, columns: input!.columns });

const invoke: OperatorPlan = (n, input, scope, planner) => {
  const call = must(n, 'Function');
  const name = nameOf(must(call, 'Name'));
  const fn = scope.env.get(name);
  if (fn?.kind !== 'function')
    throw new PlanError(call, 'KQL0015', `The function ${name}() is not defined in this query.`);
  const v = callFunction(call, fn, list(must(call, 'ArgumentList'), 'Expressions'), { env: scope.env }, planner, input);
  if (v.kind !== 'table') throw new PlanError(call, 'KQL0041', `The function ${name}() does not give a table.`);
  return v.rel;
};

export const BASIC_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  FilterOperator: where,
  SortOperator: sort,
  TakeOperator: take,
  TopOperator: top,
  CountOperator: countRows,
  DistinctOperator: distinct,
  RenderOperator: render,
  GetSchemaOperator: schemaOf,
  AsOperator: as,
  ConsumeOperator: consume,
  InvokeOperator: invoke,
};
