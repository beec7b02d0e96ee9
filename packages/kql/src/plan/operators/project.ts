import { bare, child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { PlanError } from '../errors.ts';
import { unknownName } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { itemParts } from '../items.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { col, keep } from './basic.ts';
import { markSerialized, ordered } from './order.ts';
import type { OperatorPlan } from './registry.ts';

interface Part {
  readonly name: string;
  readonly expr: Expr;
  readonly hidden?: boolean;
}

const project: OperatorPlan = (n, input, scope, planner) => {
  const o = ordered(n, input!, scope, planner);
  const parts = itemParts(list(n, 'Expressions'), o.scope, planner, 'Column', new Set());
  return planner.select(o.input, parts);
};

/** `extend` replaces a column in place or adds it at the end. */
export const extend: OperatorPlan = (n, input, scope, planner) => {
  const nodes = list(n, 'Expressions');
  if (nodes.length === 0) return input!;
  const o = ordered(n, input!, scope, planner);
  const existing = new Set(input!.columns.filter((c) => !c.hidden).map((c) => c.name));
  const parts = itemParts(nodes, o.scope, planner, 'Column', existing, true);
  const out: Part[] = keep(input!);
  for (const p of parts) {
    const at = out.findIndex((x) => x.name === p.name);
    if (at >= 0 && !out[at]!.hidden) out[at] = p;
    else {
      if (at >= 0) out.splice(at, 1);
      out.push(p);
    }
  }
  return planner.open.keep(planner.select(o.input, out));
};

function matcher(n: KNode): (name: string) => boolean {
  const raw = kindOf(n) === 'NameReference' ? nameOf(n) : textOf(n);
  const text = raw.replace(/^\[\s*['"]|['"]\s*\]$/g, '');
  if (text === '*') return () => true;
  if (!text.includes('*')) return (name) => name === text;
  const regex = new RegExp(
    `^${text
      .split('*')
      .map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
  return (name) => regex.test(name);
}

function isPattern(n: KNode): boolean {
  return kindOf(n) === 'StarExpression' || textOf(n).includes('*');
}

/** The column a plain name means: also one that only an open table may have. */
function named(n: KNode, input: Rel, scope: Scope, planner: Planner): Column {
  const name = nameOf(n);
  const c = input.columns.find((x) => x.name === name) ?? planner.open.column(name, { env: scope.env, rel: input });
  if (!c) throw unknownName(n, name, scope);
  return c;
}

/** Columns a list of names and patterns picks; a plain name that is not there is an error. */
function pick(n: KNode, input: Rel, scope: Scope, planner: Planner): Set<Column> {
  const out = new Set<Column>();
  for (const e of list(n, 'Expressions')) {
    const match = matcher(e);
    const found = input.columns.filter((c) => match(c.name) && (!c.hidden || !isPattern(e)));
    if (found.length === 0 && !isPattern(e)) found.push(named(e, input, scope, planner));
    for (const c of found) out.add(c);
  }
  return out;
}

function narrowed(input: Rel, columns: readonly Column[], planner: Planner): Rel {
  const parts = columns.map((c) => ({ name: c.name, expr: col(c), hidden: c.hidden ?? false }));
  return planner.open.keep(planner.select(input, parts));
}

const projectAway: OperatorPlan = (n, input, scope, planner) => {
  const gone = pick(n, input!, scope, planner);
  return narrowed(
    input!,
    input!.columns.filter((c) => !gone.has(c)),
    planner,
  );
};

const projectKeep: OperatorPlan = (n, input, scope, planner) => {
  const kept = pick(n, input!, scope, planner);
  const parts = input!.columns.filter((c) => kept.has(c)).map((c) => ({ name: c.name, expr: col(c) }));
  return planner.select(input!, parts);
};

const projectRename: OperatorPlan = (n, input, scope, planner) => {
  const names = new Map<Column, string>();
  for (const e of list(n, 'Expressions')) {
    if (kindOf(e) !== 'SimpleNamedExpression')
      throw new PlanError(e, 'KQL0051', 'Write the new name first.', 'New = Old');
    const from = bare(must(e, 'Expression'));
    names.set(named(from, input!, scope, planner), nameOf(must(e, 'Name')));
  }
  const taken = new Set(names.values());
  const parts = input!.columns
    .filter((c) => names.has(c) || !taken.has(c.name))
    .map((c) => ({ name: names.get(c) ?? c.name, expr: col(c), hidden: names.has(c) ? false : (c.hidden ?? false) }));
  return planner.open.keep(planner.select(input!, parts));
};

const projectReorder: OperatorPlan = (n, input, scope, planner) => {
  const shown = input!.columns.filter((c) => !c.hidden);
  const first: Column[] = [];
  for (const e of list(n, 'Expressions')) {
    const target = kindOf(e) === 'OrderedExpression' ? must(e, 'Expression') : e;
    const ordering = kindOf(e) === 'OrderedExpression' ? child(e, 'Ordering') : undefined;
    const word = ordering ? textOf(ordering) : '';
    const match = matcher(target);
    const matched = isPattern(target) ? shown.filter((c) => match(c.name)) : [named(target, input!, scope, planner)];
    const found = matched.filter((c) => !first.includes(c));
    const compare = word.startsWith('granny')
      ? new Intl.Collator('en', { numeric: true }).compare
      : (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    if (word) found.sort((a, b) => compare(a.name, b.name) * (word.endsWith('desc') ? -1 : 1));
    first.push(...found);
  }
  const rest = input!.columns.filter((c) => !first.includes(c));
  return narrowed(input!, [...first, ...rest], planner);
};

const print: OperatorPlan = (n, _input, scope, planner) => {
  const parts = itemParts(list(n, 'Expressions'), { env: scope.env }, planner, 'print_', new Set());
  const columns = parts.map((p) => planner.context.column(p.name, p.expr.type));
  return { op: 'rows', columns, rows: [parts.map((p) => p.expr)] };
};

const serialize: OperatorPlan = (n, input, scope, planner) =>
  markSerialized(list(n, 'Expressions').length ? extend(n, input, scope, planner) : input!);

export const PROJECT_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  ProjectOperator: project,
  ExtendOperator: extend,
  ProjectAwayOperator: projectAway,
  ProjectKeepOperator: projectKeep,
  ProjectRenameOperator: projectRename,
  ProjectReorderOperator: projectReorder,
  PrintOperator: print,
  SerializeOperator: serialize,
};
export { freeName, parameters };
