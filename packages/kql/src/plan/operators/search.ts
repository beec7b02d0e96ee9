/** `search` and `find`: rows of several tables in which words or conditions hold. */
import { bare, child, children, kindOf, list, must, nameOf, parameters } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { anyColumn, FALSE, TRUE, wordAnywhere, wordIn } from '../star.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';
import { type Member, matching, membersOf } from './tables.ts';
import { unionOf } from './union.ts';

interface Search {
  readonly rel: Rel;
  readonly caseSensitive: boolean;
  readonly scope: Scope;
  /** Names that some table of the list has; one that this table lacks makes its comparison false. */
  readonly known: ReadonlySet<string>;
  /** Set when a word or a column of this table occurs. */
  matched: boolean;
}

/** The condition of search or find for one table. */
function condition(node: KNode, s: Search, planner: Planner): Expr {
  const n = bare(node);
  const kind = kindOf(n);
  if (kind === 'AndExpression' || kind === 'OrExpression') {
    const args = [must(n, 'Left'), must(n, 'Right')].map((x) => condition(x, s, planner));
    return { op: 'call', fn: kind === 'AndExpression' ? 'and' : 'or', args, type: 'bool' };
  }
  if (kind === 'FunctionCallExpression' && nameOf(must(n, 'Name')) === 'not') {
    const argument = list(must(n, 'ArgumentList'), 'Expressions')[0];
    if (argument) return { op: 'call', fn: 'not', args: [condition(argument, s, planner)], type: 'bool' };
  }
  if (kind === 'StringLiteralExpression' || kind === 'CompoundStringLiteralExpression') {
    s.matched = true;
    return wordAnywhere(n, String(n.LiteralValue), s.rel.columns, s.caseSensitive);
  }
  if (kind === 'StarExpression') {
    s.matched = true;
    return TRUE;
  }
  const lacking = columnNames(n).filter((name) => s.known.has(name) && !s.rel.columns.some((c) => c.name === name));
  if (lacking.length) return FALSE;
  s.matched = true;
  if (kind === 'SearchExpression') {
    const left = must(n, 'Left');
    const right = planExpression(must(n, 'Right'), { env: s.scope.env }, planner);
    if (right.op !== 'literal')
      throw new PlanError(must(n, 'Right'), 'KQL0063', 'The text after a colon must be a constant.', 'has');
    const value = String(right.value);
    if (kindOf(left) === 'StarExpression') return wordAnywhere(n, value, s.rel.columns, s.caseSensitive);
    const e = planExpression(left, s.scope, planner);
    return right.type === 'string' ? wordIn(n, e, value, s.caseSensitive) : anyColumn(n, '==', right, [columnOf(e, s)]);
  }
  return cast(planExpression(n, s.scope, planner), 'bool');
}

function columnOf(e: Expr, s: Search) {
  const found = e.op === 'column' ? s.rel.columns.find((c) => c.id === e.id) : undefined;
  return found ?? s.rel.columns[0]!;
}

/** Names an expression reads, the names of functions and members aside. */
export function columnNames(n: KNode): string[] {
  if (kindOf(n) === 'NameReference') return [nameOf(n)];
  if (kindOf(n) === 'FunctionCallExpression')
    return list(must(n, 'ArgumentList'), 'Expressions').flatMap((x) => columnNames(x));
  if (kindOf(n) === 'PathExpression') return columnNames(must(n, 'Expression'));
  return children(n).flatMap(columnNames);
}

/** Rows of each table for which the condition holds; tables that have none of the columns it names are left out. */
export function filtered(
  sources: readonly Member[],
  test: KNode,
  caseSensitive: boolean,
  scope: Scope,
  planner: Planner,
): Member[] {
  const known = new Set(sources.flatMap((m) => m.rel.columns.map((c) => c.name)));
  // A name that no table has may be one of those that open tables accept.
  for (const name of columnNames(test)) {
    if (known.has(name) || scope.env.get(name)) continue;
    for (const { rel } of sources) if (planner.open.column(name, { env: scope.env, rel })) known.add(name);
  }
  const out = sources.flatMap(({ rel, name }): Member[] => {
    const s: Search = {
      rel,
      caseSensitive,
      known,
      scope: { env: scope.env, columns: rel.columns, rel },
      matched: false,
    };
    const e = condition(test, s, planner);
    return s.matched ? [{ name, rel: { op: 'where', input: rel, condition: e, columns: rel.columns } }] : [];
  });
  return out;
}

/** The tables of `search in (…)` and `find in (…)`: those named, or the input, or all. */
export function sourcesOf(n: KNode, input: Rel | undefined, prefix: string, scope: Scope, planner: Planner): Member[] {
  const clause = child(n, 'InClause');
  if (clause) return membersOf(list(clause, 'Expressions'), { source: n, fuzzy: true, prefix }, scope, planner);
  if (input) {
    const name = planner.givenName(input) ?? (input.op === 'read' ? input.table : `${prefix}0`);
    return [{ rel: input, name }];
  }
  return matching(/^/, n, scope, planner);
}

const search: OperatorPlan = (n, input, scope, planner) => {
  const sources = sourcesOf(n, input, 'search_arg', scope, planner);
  const kind = parameters(n).get('kind')?.value ?? '';
  const found = filtered(sources, must(n, 'Condition'), /^case_?sensitive$/.test(kind), scope, planner);
  if (input && found.length === 1) {
    planner.context.rowWise = false;
    const { rel, name } = found[0]!;
    return planner.select(rel, [
      { name: '$table', expr: { op: 'literal', type: 'string', value: name } },
      ...rel.columns.map((c) => ({ name: c.name, expr: col(c), hidden: c.hidden ?? false })),
    ]);
  }
  return unionOf(found, planner, '$table');
};

export const SEARCH_OPERATORS: Readonly<Record<string, OperatorPlan>> = { SearchOperator: search };
