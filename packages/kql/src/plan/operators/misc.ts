/** `project-by-names`, and operators that check or only make sense on the reference's own clusters. */
import { child, list, must, nameOf } from '../../bind/syntax.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr } from '../ir.ts';
import type { OperatorPlan } from './registry.ts';
import { rowSchema } from './sources.ts';
import { wildcard } from './tables.ts';

/** Names in a constant: a text, or an array of texts. */
function namesIn(e: Expr): string[] | undefined {
  if (e.op !== 'literal' || e.value === null) return undefined;
  if (e.type === 'string') return [String(e.value)];
  if (e.type !== 'dynamic') return undefined;
  const parsed: unknown = JSON.parse(String(e.value));
  const all = Array.isArray(parsed) ? parsed : [parsed];
  return all.every((x) => typeof x === 'string') ? (all as string[]) : undefined;
}

const projectByNames: OperatorPlan = (n, input, scope, planner) => {
  const shown = input!.columns.filter((c) => !c.hidden);
  const out = new Set<Column>();
  for (const node of list(n, 'Expressions')) {
    const names = namesIn(planExpression(node, { env: scope.env }, planner));
    if (!names)
      throw new PlanError(
        node,
        'KQL0057',
        'The names must be constants.',
        '"Name", dynamic(["A", "B"]), column_names_of(T)',
      );
    for (const name of names) {
      const test = wildcard(name);
      for (const c of name.includes('*') ? shown : input!.columns) if (test.test(c.name)) out.add(c);
    }
  }
  if (out.size === 0) throw new PlanError(n, 'KQL0058', 'None of these names is a column.');
  return planner.project(input!, [...out]);
};

const assertSchema: OperatorPlan = (n, input, _scope, planner) => {
  const wanted = rowSchema(must(n, 'Schema'), planner);
  const shown = input!.columns.filter((c) => !c.hidden);
  const wrong = wanted.find((c, i) => shown[i]?.name !== c.name || shown[i]?.type !== c.type);
  if (wrong || wanted.length !== shown.length) {
    const have = shown.map((c) => `${c.name}:${c.type}`).join(', ');
    throw new PlanError(n, 'KQL0059', `The table has other columns: ${have}.`, have);
  }
  return input!;
};

/** Keeps a result on the server between runs: here every run reads the data as it is. */
const executeAndCache: OperatorPlan = (_n, input) => input!;

const macroExpand: OperatorPlan = (n) => {
  const group = child(n, 'EntityGroup');
  throw new PlanError(
    n.GetChild(0) ?? n,
    'KQL0043',
    `macro-expand${group ? ` over ${nameOf(group)}` : ''} is not supported: there are no entity groups here.`,
    'union',
  );
};

export const MISC_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  ProjectByNamesOperator: projectByNames,
  AssertSchemaOperator: assertSchema,
  ExecuteAndCacheOperator: executeAndCache,
  MacroExpandOperator: macroExpand,
};
