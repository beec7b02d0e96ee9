/** Functions whose meaning depends on where they stand rather than on their arguments' values. */
import { child, kindOf, members, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { cast, meet } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import { fold } from './fold.ts';
import type { Column, Expr, Rel } from './ir.ts';
import { isoTicks } from './literals.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';
import { CONTEXT_FUNCTIONS } from './special-context.ts';

type Special = (n: KNode, args: readonly KNode[], scope: Scope, planner: Planner) => Expr;

const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });

function window(fn: string, min: number, max: number, type: KqlType | 'first'): Special {
  return (n, nodes, scope, planner) => {
    if (!scope.rowOrder) {
      throw new PlanError(n, 'KQL0030', `${fn}() needs rows in a fixed order.`, 'sort by … | serialize');
    }
    if (nodes.length < min || nodes.length > max) {
      throw new PlanError(n, 'KQL0016', `${fn}() takes ${min} to ${max} arguments, not ${nodes.length}.`);
    }
    const args = nodes.map((a) => planExpression(a, scope, planner));
    const result = type === 'first' ? args[0]!.type : type;
    const order: Expr = { op: 'column', id: scope.rowOrder.id, type: 'long' };
    const restart = fn === 'row_number' || fn === 'row_cumsum' ? args[1] : undefined;
    if (restart) args[1] = planner.restartGroup(restart, scope);
    if ((fn === 'prev' || fn === 'next') && args[2]) args[2] = cast(args[2], result);
    return { op: 'window', fn, args: [...args, order], type: result };
  };
}

/** The start of a session needs the rows before: a table algorithm over the numbered rows, joined back by the number. */
function session(n: KNode, nodes: readonly KNode[], scope: Scope, planner: Planner): Expr {
  const { rowOrder, source } = scope;
  if (!rowOrder || !source)
    throw new PlanError(n, 'KQL0030', 'row_window_session() needs rows in a fixed order.', 'sort by … | serialize');
  if (nodes.length < 3 || nodes.length > 4)
    throw new PlanError(n, 'KQL0016', `row_window_session() takes 3 to 4 arguments, not ${nodes.length}.`);
  const value = cast(planExpression(nodes[0]!, scope, planner), 'datetime');
  const [fromFirst, between] = [nodes[1]!, nodes[2]!].map((node) => {
    const e = cast(planExpression(node, { env: scope.env }, planner), 'timespan');
    if (e.op !== 'literal' || typeof e.value !== 'string')
      throw new PlanError(node, 'KQL0016', 'The distances must be constant timespans.', '1h');
    return e.value;
  });
  const restart: Expr = nodes[3]
    ? cast(planExpression(nodes[3], scope, planner), 'bool')
    : { op: 'literal', type: 'bool', value: false };
  const item = (name: string, expr: Expr) => ({ ...planner.context.column(name, expr.type, true), expr });
  const same = (c: Column) => ({ ...c, expr: columnOf(c) });
  const extra = [item('session_value', value), item('session_restart', restart)];
  const before = source.rel;
  const bare = extra.map(({ expr: _, ...c }) => c);
  const numbered = planner.shared({
    op: 'select',
    input: before,
    items: [...before.columns.map(same), ...extra],
    columns: [...before.columns, ...bare],
  });
  const order: Column = { ...rowOrder, hidden: true };
  const feed: Rel = {
    op: 'sort',
    input: { op: 'select', input: numbered, items: [order, ...bare].map(same), columns: [order, ...bare] },
    keys: [{ expr: columnOf(order), descending: false, nullsFirst: true }],
    columns: [order, ...bare],
  };
  const [number, start] = [
    planner.context.column('session_row', 'long', true),
    planner.context.column('session_start', 'datetime', true),
  ];
  const options = { fromFirst, between };
  const found: Rel = { op: 'host', fn: 'sessions', inputs: [feed], options, columns: [number, start] };
  const joined: Rel = {
    op: 'join',
    kind: 'leftouter',
    left: numbered,
    right: found,
    on: [{ left: columnOf(order), right: columnOf(number) }],
    columns: [...before.columns, start],
    outputs: [
      ...before.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
      { id: start.id, side: 'right', from: start.id },
    ],
  };
  const keys = [{ expr: columnOf(order), descending: false, nullsFirst: true }];
  source.rel = { op: 'sort', input: joined, keys, columns: joined.columns };
  return columnOf(start);
}

const columnOf = (c: Column): Expr => ({ op: 'column', id: c.id, type: c.type });

const SPECIAL: Readonly<Record<string, Special>> = {
  now: (_n, nodes, scope, planner) => {
    const at: Expr = { op: 'literal', type: 'datetime', value: isoTicks(planner.context.now) };
    return nodes[0]
      ? fold({ op: 'call', fn: '+', args: [at, planExpression(nodes[0], scope, planner)], type: 'datetime' })
      : at;
  },
  ago: (n, nodes, scope, planner) => {
    const span = nodes[0] && planExpression(nodes[0], scope, planner);
    if (!span) throw new PlanError(n, 'KQL0016', 'ago() takes 1 argument, not 0.', 'ago(7d)');
    const at: Expr = { op: 'literal', type: 'datetime', value: isoTicks(planner.context.now) };
    return fold({ op: 'call', fn: '-', args: [at, cast(span, 'timespan')], type: 'datetime' });
  },
  column_ifexists: (_n, nodes, scope, planner) => {
    const wanted = planExpression(nodes[0]!, scope, planner);
    const name = wanted.op === 'literal' ? String(wanted.value) : '';
    const column = scope.columns?.find((c) => c.name === name) ?? planner.legacyColumn(name, scope.columns);
    return column ? { op: 'column', id: column.id, type: column.type } : planExpression(nodes[1]!, scope, planner);
  },
  gettype: (_n, nodes, scope, planner) => {
    const e = planExpression(nodes[0]!, scope, planner);
    return e.type === 'dynamic' ? { op: 'call', fn: 'dynamic_type', args: [e], type: 'string' } : text(e.type);
  },
  ingestion_time: (n, _nodes, scope, planner) => {
    const column = planner.ingestionTime(scope);
    if (!column) throw new PlanError(n, 'KQL0031', 'ingestion_time() needs the rows of a table.');
    return { op: 'column', id: column.id, type: column.type };
  },
  column_names_of: (n, nodes, scope, planner) => {
    if (nodes.length !== 1)
      throw new PlanError(n, 'KQL0016', `column_names_of() takes 1 argument, not ${nodes.length}.`);
    const names = planner.table(nodes[0]!, { env: scope.env }).columns.filter((c) => !c.hidden);
    return { op: 'literal', type: 'dynamic', value: JSON.stringify(names.map((c) => c.name)) };
  },
  pack_all: (_n, _nodes, scope) => ({
    op: 'call',
    fn: 'bag_pack',
    args: (scope.columns ?? [])
      .filter((c) => !c.hidden)
      .flatMap((c): Expr[] => [text(c.name), { op: 'column', id: c.id, type: c.type }]),
    type: 'dynamic',
  }),
  bag_pack_columns: (_n, nodes, scope, planner) => ({
    op: 'call',
    fn: 'bag_pack',
    args: nodes.flatMap((a): Expr[] => [text(nameOf(a)), planExpression(a, scope, planner)]),
    type: 'dynamic',
  }),
  max_of: extreme('max_of'),
  min_of: extreme('min_of'),
  prev: window('prev', 1, 3, 'first'),
  next: window('next', 1, 3, 'first'),
  row_number: window('row_number', 0, 2, 'long'),
  row_cumsum: window('row_cumsum', 1, 2, 'first'),
  row_window_session: session,
  row_rank_dense: rank('dense'),
  row_rank_min: rank('min'),
};
/** Dense ranks count the changes of a value along the rows; `min` is the number of the first row with the value. */
function rank(kind: 'dense' | 'min'): Special {
  return (n, nodes, scope, planner) => {
    const name = `row_rank_${kind}`;
    if (!scope.rowOrder)
      throw new PlanError(n, 'KQL0030', `${name}() needs rows in a fixed order.`, 'sort by … | serialize');
    if (nodes.length < 1 || nodes.length > 2)
      throw new PlanError(n, 'KQL0016', `${name}() takes 1 to 2 arguments, not ${nodes.length}.`);
    const value = planExpression(nodes[0]!, scope, planner);
    const order: Expr = { op: 'column', id: scope.rowOrder.id, type: 'long' };
    const restart = nodes[1] ? [planner.restartGroup(planExpression(nodes[1], scope, planner), scope)] : [];
    if (kind === 'min') {
      const one: Expr = { op: 'literal', type: 'long', value: '1' };
      const number: Expr = { op: 'window', fn: 'row_number', args: [one, ...restart, order], type: 'long' };
      return { op: 'window', fn: name, args: [number, value, ...restart, order], type: 'long' };
    }
    const changed: Expr = { op: 'window', fn: 'row_changed', args: [value, ...restart, order], type: 'bool' };
    return { op: 'window', fn: 'row_changes', args: [changed, ...restart, order], type: 'long' };
  };
}

const ALIASES: Readonly<Record<string, string>> = { columnifexists: 'column_ifexists' };

function extreme(fn: string): Special {
  return (n, nodes, scope, planner) => {
    const args = nodes.map((a) => planExpression(a, scope, planner));
    const type = meet(args.map((a) => a.type));
    if (!type || args.length === 0) throw new PlanError(n, 'KQL0016', `The arguments of ${fn}() must have one type.`);
    return { op: 'call', fn, args: args.map((a) => cast(a, type)), type };
  };
}

/** Every name that `specialFunction` plans. */
export function specialFunctionNames(): string[] {
  return [...Object.keys(SPECIAL), ...Object.keys(ALIASES)];
}

/** Plans a special function, or returns undefined for an ordinary one. */
export function specialFunction(
  name: string,
  n: KNode,
  args: readonly KNode[],
  scope: Scope,
  planner: Planner,
): Expr | undefined {
  const own = ALIASES[name] ?? name;
  // With one argument it converts, as `todatetime`.
  if (own === 'make_datetime' && args.length === 1) return cast(planExpression(args[0]!, scope, planner), 'datetime');
  if (Object.hasOwn(SPECIAL, own)) return SPECIAL[own]!(n, args, scope, planner);
  return Object.hasOwn(CONTEXT_FUNCTIONS, own) ? CONTEXT_FUNCTIONS[own]!(n, args, scope, planner) : undefined;
}

export { child, kindOf, members, must };
