/** The items of `project`, `extend`, `print` and their kin: expressions and the names of their columns. */
import { kindOf, list, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import { cast } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import { resultName } from './names.ts';
import type { Planner } from './planner.ts';
import { freeName, type Scope } from './scope.ts';
import { severalColumns } from './several.ts';

/** A named or nameable expression; `generated` marks names such as `Column1`. */
export function named(node: KNode, scope: Scope, planner: Planner): { name: string; expr: Expr; generated: boolean } {
  if (kindOf(node) === 'SimpleNamedExpression') {
    return {
      name: nameOf(must(node, 'Name')),
      expr: planExpression(must(node, 'Expression'), scope, planner),
      generated: false,
    };
  }
  const expr = planExpression(node, scope, planner);
  const name = resultName(node, planner.context.schema, scope.aggregates);
  return { name: name ?? '', expr, generated: name === undefined };
}

/** The items of project, extend and print, with names that do not clash. */
export function itemParts(
  nodes: readonly KNode[],
  scope: Scope,
  planner: Planner,
  prefix: string,
  existing: ReadonlySet<string>,
  replace = false,
): { name: string; expr: Expr }[] {
  const taken = new Set(replace ? [] : existing);
  for (const n of nodes) if (kindOf(n) === 'SimpleNamedExpression') taken.add(nameOf(must(n, 'Name')));
  let count = 0;
  const out: { name: string; expr: Expr }[] = [];
  for (const [i, n] of nodes.entries()) {
    if (kindOf(n) === 'StarExpression') {
      for (const c of scope.columns ?? [])
        if (!c.hidden) out.push({ name: c.name, expr: { op: 'column', id: c.id, type: c.type } });
      continue;
    }
    const values = several(n, scope, planner, prefix, replace);
    if (values) {
      for (const p of values) {
        const name = p.given ? p.name : freeName(p.name, new Set([...taken, ...existing]));
        taken.add(name);
        out.push({ name, expr: p.expr });
      }
      continue;
    }
    const p = named(n, scope, planner);
    const given = kindOf(n) === 'SimpleNamedExpression';
    const base =
      p.generated || (prefix === 'print_' && !given)
        ? prefix === 'print_'
          ? `print_${i}`
          : `Column${++count}`
        : p.name;
    const plainReplace = replace && !p.generated && !given && existing.has(base);
    const name =
      given || (plainReplace && p.expr.op === 'column')
        ? base
        : freeName(base, replace ? new Set([...taken, ...existing]) : taken);
    taken.add(name);
    out.push({ name, expr: p.expr });
  }
  return out;
}

/**
 * The columns of a call with several values, or of `(a, b) = …`. Values without a name keep their own in `project`;
 * `extend` and `print` drop them once a name is given. A dynamic array on the right gives its elements.
 */
function several(
  n: KNode,
  scope: Scope,
  planner: Planner,
  prefix: string,
  extend: boolean,
): { name: string; expr: Expr; given: boolean }[] | undefined {
  const compound = kindOf(n) === 'CompoundNamedExpression';
  const given = compound
    ? list(must(n, 'Names'), 'Names').map(nameOf)
    : kindOf(n) === 'SimpleNamedExpression'
      ? [nameOf(must(n, 'Name'))]
      : [];
  const inner = given.length ? must(n, 'Expression') : n;
  const columns = severalColumns(inner, scope, planner);
  if (columns) {
    if (given.length > columns.length)
      throw new PlanError(n, 'KQL0053', `There are ${given.length} names for ${columns.length} values.`);
    const kept = given.length && (extend || prefix === 'print_') ? columns.slice(0, given.length) : columns;
    return kept.map((c, i) => ({ name: given[i] ?? c.name, expr: c.expr, given: i < given.length }));
  }
  if (!compound) return undefined;
  const e = cast(planExpression(inner, scope, planner), 'dynamic');
  return given.map((name, i) => ({ name, expr: { op: 'path', of: e, path: [i], type: 'dynamic' }, given: true }));
}
