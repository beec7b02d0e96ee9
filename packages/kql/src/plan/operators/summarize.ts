import { child, children, kindOf, list, members, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { mapParts } from '../../optimise/expr.ts';
import { isAggregate } from '../aggregates.ts';
import { cast, coerceArguments } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Item, Rel } from '../ir.ts';
import { named } from '../items.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { col } from './basic.ts';
import { ordered, usesWindow } from './order.ts';
import type { OperatorPlan } from './registry.ts';

interface Named {
  readonly name: string;
  readonly expr: Expr;
}

/** An aggregate argument list that gives several columns: `arg_max(x, *)`, `percentiles(x, 5, 95)`, `take_any(*)`. */
function several(
  n: KNode,
  input: Rel,
  keyNames: ReadonlySet<string>,
  scope: Scope,
  planner: Planner,
): Named[] | undefined {
  let call = n;
  let given: string[] = [];
  if (kindOf(n) === 'SimpleNamedExpression') {
    given = [nameOf(must(n, 'Name'))];
    call = must(n, 'Expression');
  } else if (kindOf(n) === 'CompoundNamedExpression') {
    given = list(must(n, 'Names'), 'Names').map(nameOf);
    call = must(n, 'Expression');
  }
  if (kindOf(call) !== 'FunctionCallExpression') return undefined;
  const fn = nameOf(must(call, 'Name'));
  const args = list(must(call, 'ArgumentList'), 'Expressions');
  const plan = (x: KNode) => planExpression(x, scope, planner);
  const out = (() => {
    if (/^arg_?(max|min)$/.test(fn)) return argExtreme(fn, call, args, input, keyNames, scope, planner);
    if ((fn === 'take_any' || fn === 'any') && args.length > 0) {
      return expandStar(args, input, keyNames, scope, planner).map(
        (p): Named => ({
          name: fn === 'any' ? `any_${p.name}` : p.name,
          expr: { op: 'aggregate', fn: 'take_any', args: [p.expr], type: p.expr.type },
        }),
      );
    }
    if (fn === 'percentiles') {
      const value = plan(args[0]!);
      const base = resultName(args[0]!, planner.context.schema) ?? '';
      return args.slice(1).map((p): Named => {
        const at = cast(plan(p), 'real');
        const label = at.op === 'literal' ? String(at.value).replaceAll('.', '_') : '';
        return { name: `percentile_${base}_${label}`, expr: percentile(value, at) };
      });
    }
    if (/^covariancep?(if)?$/.test(fn) && args.length > 1) {
      const inner: Scope = { ...scope, aggregates: true };
      const [x, y] = args.map((a) => resultName(a, planner.context.schema) ?? '');
      return [{ name: `${fn}_${x}_${y}`, expr: planExpression(call, inner, planner) }];
    }
    if ((fn === 'percentiles_array' || fn === 'percentilesw_array') && args[0]) {
      const inner: Scope = { ...scope, aggregates: true };
      const base = resultName(args[0], planner.context.schema) ?? '';
      return [{ name: `percentiles_${base}`, expr: planExpression(call, inner, planner) }];
    }
    if (fn === 'percentilew' || fn === 'percentilesw') {
      if (args.length < 3)
        throw new PlanError(call, 'KQL0016', `${fn}() takes at least 3 arguments, not ${args.length}.`);
      const value = plan(args[0]!);
      const v = value.type === 'dynamic' ? cast(value, 'real') : value;
      const weight = cast(plan(args[1]!), 'long');
      return args.slice(2).map((p): Named => {
        const at = cast(plan(p), 'real');
        const label = at.op === 'literal' ? String(at.value).replaceAll('.', '_') : '';
        return {
          name: `percentile_${resultName(args[0]!, planner.context.schema) ?? ''}_${label}`,
          expr: { op: 'aggregate', fn: 'percentilew', args: [v, weight, at], type: v.type },
        };
      });
    }
    if (fn === 'percentile') {
      const value = plan(args[0]!);
      const at = cast(plan(args[1]!), 'real');
      const label = at.op === 'literal' ? String(at.value).replaceAll('.', '_') : '';
      return [
        {
          name: `percentile_${resultName(args[0]!, planner.context.schema) ?? ''}_${label}`,
          expr: percentile(value, at),
        },
      ];
    }
    return undefined;
  })();
  return out?.map((p, i) => (given[i] ? { ...p, name: given[i]! } : p));
}

function percentile(value: Expr, at: Expr): Expr {
  const v = value.type === 'dynamic' ? cast(value, 'real') : value;
  return { op: 'aggregate', fn: 'percentile', args: [v, at], type: v.type };
}

function argExtreme(
  fn: string,
  call: KNode,
  args: readonly KNode[],
  input: Rel,
  keyNames: ReadonlySet<string>,
  scope: Scope,
  planner: Planner,
): Named[] {
  if (!args[0]) throw new PlanError(call, 'KQL0016', `${fn}() needs at least one argument.`);
  const by = planExpression(args[0], scope, planner);
  const name = fn.replace(/^arg_?/, 'arg_');
  const byName = resultName(args[0], planner.context.schema);
  const rest = expandStar(args.slice(1), input, new Set([...keyNames, ...(byName ? [byName] : [])]), scope, planner);
  const engine = name as 'arg_max' | 'arg_min';
  const first: Named = {
    name: byName ?? `${engine.slice(4)}_`,
    expr: { op: 'aggregate', fn: engine, args: [by], type: by.type },
  };
  return [
    first,
    ...rest.map(
      (p): Named => ({ name: p.name, expr: { op: 'aggregate', fn: engine, args: [by, p.expr], type: p.expr.type } }),
    ),
  ];
}

function expandStar(
  args: readonly KNode[],
  input: Rel,
  without: ReadonlySet<string>,
  scope: Scope,
  planner: Planner,
): Named[] {
  return args.flatMap((a, i): Named[] =>
    kindOf(a) === 'StarExpression'
      ? input.columns.filter((c) => !c.hidden && !without.has(c.name)).map((c) => ({ name: c.name, expr: col(c) }))
      : [{ name: resultName(a, planner.context.schema) ?? `arg${i + 1}`, expr: planExpression(a, scope, planner) }],
  );
}

/** True when an expression holds an aggregate. */
function holdsAggregate(e: Expr): boolean {
  if (e.op === 'aggregate') return true;
  return (e.op === 'call' || e.op === 'window') && e.args.some(holdsAggregate);
}

/** True when a text calls an aggregate, also where only its type is asked for. */
function callsAggregate(n: KNode): boolean {
  if (kindOf(n) === 'FunctionCallExpression' && isAggregate(nameOf(must(n, 'Name')))) return true;
  return children(n).some(callsAggregate);
}

/** The parts of a summarize: group keys and aggregates, with names that do not clash. */
export function summarizeParts(
  keyNodes: readonly KNode[],
  valueNodes: readonly KNode[],
  input: Rel,
  scope: Scope,
  planner: Planner,
  /** What an expression without an aggregate stands for, where one is allowed. */
  plain?: (e: Expr) => Expr | undefined,
): { keys: Item[]; values: Item[] } {
  const keyParts = keyNodes.flatMap((k) => (kindOf(k) === 'StarExpression' ? [] : [named(k, scope, planner)]));
  let unnamed = 0;
  const taken = new Set<string>();
  const naming = (name: string | undefined): string => {
    const made = freeName(name ?? `Column${++unnamed}`, taken);
    taken.add(made);
    return made;
  };
  const keys = keyParts.map((p) => ({
    ...planner.context.column(naming(p.generated ? undefined : p.name), p.expr.type),
    expr: p.expr,
  }));
  const keyNames = new Set(
    keyParts.flatMap((p, i) => (p.expr.op === 'column' ? [p.name, keys[i]!.name] : [keys[i]!.name])),
  );
  const inner: Scope = { ...scope, aggregates: true };
  const values: Item[] = [];
  for (const v of valueNodes) {
    const many = several(v, input, keyNames, scope, planner);
    const parts = many ?? [named(v, inner, planner)];
    for (const p of parts) {
      const generated = 'generated' in p && p.generated === true;
      // A constant is the same for every row of a group.
      const alone = plain ? plain(p.expr) : p.expr.op === 'literal' ? p.expr : undefined;
      const expr = holdsAggregate(p.expr) || callsAggregate(v) ? p.expr : alone;
      if (!expr)
        throw new PlanError(
          v,
          'KQL0052',
          'Only aggregates are possible here; other columns go after by.',
          'take_any()',
        );
      values.push({ ...planner.context.column(naming(generated ? undefined : p.name), expr.type), expr });
    }
  }
  return { keys, values };
}

/** What `arg_max(x, *)` gives of one more column. */
function starOf(nodes: readonly KNode[], values: readonly Item[]): ((c: Column) => Expr) | undefined {
  const call = nodes
    .map((v) => (/NamedExpression$/.test(kindOf(v)) ? must(v, 'Expression') : v))
    .find((v) => kindOf(v) === 'FunctionCallExpression' && /^arg_?(max|min)$/.test(nameOf(must(v, 'Name'))));
  if (!call || !list(must(call, 'ArgumentList'), 'Expressions').some((a) => kindOf(a) === 'StarExpression'))
    return undefined;
  const first = values.map((v) => v.expr).find((e) => e.op === 'aggregate' && /^arg_(max|min)$/.test(e.fn));
  if (first?.op !== 'aggregate') return undefined;
  return (c) => ({ ...first, args: [first.args[0]!, col(c)], type: c.type });
}

/** Window functions become columns of their own before the rows are grouped. */
function windowsFirst(input: Rel, items: readonly Item[], planner: Planner): { input: Rel; items: Item[] } {
  const made: Item[] = [];
  const lift = (e: Expr): Expr => {
    if (e.op !== 'window') return mapParts(e, lift);
    const item: Item = { ...planner.context.column('window', e.type, true), expr: e };
    made.push(item);
    return col(item);
  };
  const lifted = items.map((item) => ({ ...item, expr: lift(item.expr) }));
  const kept = input.columns.map((c): Item => ({ ...c, expr: col(c) }));
  const columns = [...input.columns, ...made.map(({ expr: _, ...c }) => c)];
  return { input: { op: 'select', input, items: [...kept, ...made], columns }, items: lifted };
}

const summarize: OperatorPlan = (n, input, scope, planner) => {
  const by = child(n, 'ByClause');
  const o = ordered(n, input!, scope, planner);
  const { keys, values } = summarizeParts(
    by ? members(child(by, 'Expressions')) : [],
    list(n, 'Aggregates'),
    input!,
    o.scope,
    planner,
  );
  const all = [...keys, ...values];
  if (usesWindow(n)) {
    const computed = windowsFirst(o.input, all, planner);
    return {
      op: 'aggregate',
      input: computed.input,
      keys: computed.items.slice(0, keys.length),
      values: computed.items.slice(keys.length),
      columns: all.map(({ expr: _, ...c }) => c),
    };
  }
  const rel: Rel = { op: 'aggregate', input: o.input, keys, values, columns: all.map(({ expr: _, ...c }) => c) };
  const star = starOf(list(n, 'Aggregates'), values);
  if (star) planner.open.star(rel, star);
  return rel;
};

export const SUMMARIZE_OPERATORS: Readonly<Record<string, OperatorPlan>> = { SummarizeOperator: summarize };
export { coerceArguments };
