/** Calls of functions that the text or its caller made: parameters become names, the body is planned in place. */
import { child, kindOf, list, members, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import { cast } from './coerce.ts';
import { MAX_DEPTH, PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Rel } from './ir.ts';
import type { Planner } from './planner.ts';
import { Env, type FunctionValue, type Scope, type Value } from './scope.ts';
import { inStored, rowArguments } from './stored.ts';
import { typeName } from './type-name.ts';

/** Calls a function made by `let`: parameters become names, the body is planned in place. */
export function callFunction(
  n: KNode,
  fn: FunctionValue,
  nodes: readonly KNode[],
  scope: Scope,
  planner: Planner,
  invokedOn?: Rel,
): Value {
  const env = new Env(fn.env);
  let first = invokedOn;
  let argNodes = nodes;
  let taken: ReadonlySet<string> = new Set();
  if (fn.stored?.rowParameters) {
    if (!first && argNodes[0]) {
      first = planner.table(argNodes[0], scope);
      argNodes = argNodes.slice(1);
    }
    if (!first) throw new PlanError(n, 'KQL0016', `${fn.name}() needs a table.`, `invoke ${fn.name}()`);
    ({ input: first, rest: argNodes, taken } = rowArguments(n, fn, argNodes, first, scope, planner));
  }
  const params = list(must(fn.declaration, 'Parameters'), 'Parameters').concat();
  const named = new Map<string, KNode>();
  const positional: KNode[] = [];
  for (const a of argNodes) {
    if (kindOf(a) === 'SimpleNamedExpression') named.set(nameOf(must(a, 'Name')), must(a, 'Expression'));
    else positional.push(a);
  }
  let at = 0;
  for (const [i, p] of params.entries()) {
    const declared = must(p, 'NameAndType');
    const name = nameOf(must(declared, 'Name'));
    const typeNode = must(declared, 'Type');
    if (i === 0 && first) {
      env.set(name, { kind: 'table', rel: first });
      continue;
    }
    if (taken.has(name)) continue;
    const arg = named.get(name) ?? positional[at++];
    const fallback = child(p, 'DefaultValue');
    if (!arg && !fallback) throw new PlanError(n, 'KQL0016', `${fn.name}() needs a value for '${name}'.`);
    if (kindOf(typeNode) === 'SchemaTypeExpression') env.set(name, { kind: 'table', rel: planner.table(arg!, scope) });
    else {
      const e = arg
        ? planExpression(arg, scope, planner)
        : planExpression(must(fallback!, 'Value'), { env: fn.env }, planner);
      env.set(name, { kind: 'scalar', expr: cast(e, typeName(typeNode)) });
    }
  }
  const body = must(fn.declaration, 'Body');
  if (++planner.context.depth > MAX_DEPTH) throw new PlanError(n, 'KQL0042', 'Functions call each other too deeply.');
  try {
    return inStored(n, fn, planner, () => {
      planner.statements(members(child(body, 'Statements')), env);
      const last = child(body, 'Expression');
      if (!last) throw new PlanError(n, 'KQL0044', `The function ${fn.name}() gives no value.`);
      return planner.value(last, { env });
    });
  } finally {
    planner.context.depth--;
  }
}

/** The relation of a value that is a table. */
export function tableOf(v: Value): Rel | undefined {
  return v.kind === 'table' ? v.rel : undefined;
}

/** The table a view gives, when it needs no arguments. */
export function viewTable(name: string, scope: Scope, planner: Planner): Rel | undefined {
  const value = scope.env.get(name);
  if (value?.kind !== 'function') return undefined;
  if (list(must(value.declaration, 'Parameters'), 'Parameters').some((p) => !child(p, 'DefaultValue')))
    return undefined;
  return tableOf(callFunction(value.declaration, value, [], scope, planner));
}
