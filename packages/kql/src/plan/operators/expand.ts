import { bare, child, kindOf, list, must, nameOf, parameters } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { typeName } from '../type-name.ts';
import type { OperatorPlan } from './registry.ts';

interface Expand {
  readonly name: string;
  readonly expr: Expr;
  readonly type: KqlType;
  /** Position of the column it replaces, or -1. */
  readonly replaces: number;
}

function expands(nodes: readonly KNode[], input: Rel, scope: Scope, planner: Planner): Expand[] {
  const taken = new Set(input.columns.filter((c) => !c.hidden).map((c) => c.name));
  return nodes.map((m): Expand => {
    const e = must(m, 'Expression');
    const named = kindOf(e) === 'SimpleNamedExpression';
    const inner = named ? must(e, 'Expression') : e;
    let expr = planExpression(inner, scope, planner);
    if (expr.type === 'string') expr = { op: 'call', fn: 'parse_json', args: [expr], type: 'dynamic' };
    if (expr.type !== 'dynamic')
      throw new PlanError(inner, 'KQL0080', `Only dynamic values can be expanded, not ${expr.type}.`, 'todynamic()');
    const clause = child(m, 'ToTypeOf');
    const typeNode = clause ? list(must(clause, 'TypeOf'), 'Types')[0] : undefined;
    const type = typeNode ? typeName(typeNode) : 'dynamic';
    const plain = kindOf(bare(inner)) === 'NameReference';
    const name = named
      ? nameOf(must(e, 'Name'))
      : plain
        ? nameOf(bare(inner))
        : freeName(resultName(inner, planner.context.schema) ?? 'Column1', taken);
    return { name, expr, type, replaces: input.columns.findIndex((c) => c.name === name && !c.hidden) };
  });
}

/** Expands arrays of a relation into rows. */
export function expandRel(n: KNode, input: Rel, scope: Scope, planner: Planner, limit: number | undefined): Rel {
  const list1 = expands(list(n, 'Expressions'), input, scope, planner);
  const index = parameters(n).get('with_itemindex');
  const shape = (parameters(n).get('kind') ?? parameters(n).get('bagexpansion'))?.value;
  const columns: Column[] = [...input.columns];
  const made = list1.map((x) => {
    const c = planner.context.column(x.name, x.type);
    if (x.replaces >= 0) columns[x.replaces] = c;
    else columns.push(c);
    return { id: c.id, expr: x.expr, type: x.type };
  });
  const indexColumn = index ? planner.context.column(index.value, 'long') : undefined;
  if (indexColumn) columns.push(indexColumn);
  planner.context.rowWise = false;
  return {
    op: 'expand',
    input,
    expands: made,
    ...(indexColumn ? { indexId: indexColumn.id } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(shape === 'array' ? { pairs: true } : {}),
    columns,
  };
}

const mvExpand: OperatorPlan = (n, input, scope, planner) => {
  const clause = child(n, 'RowLimitClause');
  const limitNode = clause ? (child(clause, 'RowLimit') ?? child(clause, 'LimitExpression')) : undefined;
  const limit = limitNode ? planExpression(limitNode, { env: scope.env }, planner) : undefined;
  const count = limit?.op === 'literal' ? Number(limit.value) : undefined;
  return expandRel(n, input!, scope, planner, count);
};

export const EXPAND_OPERATORS: Readonly<Record<string, OperatorPlan>> = { MvExpandOperator: mvExpand };
