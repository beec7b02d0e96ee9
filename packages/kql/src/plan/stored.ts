/** Saved functions as names of the query: known on first use, planned in place of the call. */
import { declarationOf } from '../bind/extras.ts';
import { nearest } from '../bind/nearest.ts';
import { child, kindOf, list, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { StoredFunction } from '../types.ts';
import { cast } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Expr, Rel } from './ir.ts';
import type { Planner } from './planner.ts';
import { Env, type FunctionValue, type Scope, type Value } from './scope.ts';
import { read } from './table-names.ts';
import { typeName } from './type-name.ts';

/** Deepest chain of saved functions that call each other. */
const MAX_CALLS = 8;

/** The outermost names of a query. */
export class StoredEnv extends Env {
  private readonly functions: ReadonlyMap<string, StoredFunction>;

  constructor(functions: ReadonlyMap<string, StoredFunction>) {
    super();
    this.functions = functions;
  }

  override get(name: string): Value | undefined {
    const known = super.get(name);
    const stored = known ? undefined : this.functions.get(name);
    const declaration = stored && declarationOf(stored);
    if (!stored || !declaration) return known;
    const value: FunctionValue = { kind: 'function', declaration, env: this, name, stored };
    this.set(name, value);
    return value;
  }
}

/** True when a bare name cannot be a call of this function. */
export function needsArguments(fn: FunctionValue): boolean {
  return list(must(fn.declaration, 'Parameters'), 'Parameters').some((p) => !child(p, 'DefaultValue'));
}

/** Plans the body of a saved function; what is wrong inside is reported at the call, where the reader is. */
export function inStored<T>(n: KNode, fn: FunctionValue, planner: Planner, body: () => T): T {
  if (!fn.stored) return body();
  const { calls } = planner.context;
  if (calls.includes(fn.name))
    throw new PlanError(
      n,
      'KQL0101',
      `The saved function ${fn.name}() calls itself: ${[...calls, fn.name].join(' → ')}.`,
    );
  if (calls.length >= MAX_CALLS)
    throw new PlanError(n, 'KQL0101', `Saved functions may call each other ${MAX_CALLS} deep, not deeper.`);
  calls.push(fn.name);
  try {
    return planner.strictly(body);
  } catch (e) {
    if (!(e instanceof PlanError)) throw e;
    const message = e.message.startsWith('In the saved function')
      ? e.message
      : `In the saved function ${fn.name}(): ${e.message}`;
    throw new PlanError(n, e.code, message, e.suggestion);
  } finally {
    calls.pop();
  }
}

/**
 * The input of `invoke` with the values that each row hands to the function as hidden columns of it. A text names the
 * column to read.
 */
export function rowArguments(
  n: KNode,
  fn: FunctionValue,
  argNodes: readonly KNode[],
  input: Rel,
  scope: Scope,
  planner: Planner,
): { readonly input: Rel; readonly rest: readonly KNode[]; readonly taken: ReadonlySet<string> } {
  const wanted = new Set(fn.stored?.rowParameters ?? []);
  if (wanted.size === 0) return { input, rest: argNodes, taken: wanted };
  const rows: Scope = { env: scope.env, columns: input.columns, rel: input };
  const named = new Map<string, KNode>();
  const positional: KNode[] = [];
  for (const a of argNodes) {
    if (kindOf(a) === 'SimpleNamedExpression') named.set(nameOf(must(a, 'Name')), a);
    else positional.push(a);
  }
  const parts: { name: string; expr: Expr }[] = [];
  const rest: KNode[] = [];
  for (const p of list(must(fn.declaration, 'Parameters'), 'Parameters').slice(1)) {
    const declared = must(p, 'NameAndType');
    const name = nameOf(must(declared, 'Name'));
    const given = named.get(name);
    const argument = given ?? positional.shift();
    if (!wanted.has(name)) {
      if (argument) rest.push(argument);
      continue;
    }
    const fallback = child(p, 'DefaultValue');
    const node = argument ? (given ? must(given, 'Expression') : argument) : fallback && must(fallback, 'Value');
    if (!node) throw new PlanError(n, 'KQL0016', `${fn.name}() needs a value for '${name}'.`);
    const value = planExpression(node, argument ? rows : { env: fn.env }, planner);
    const expr =
      value.op === 'literal' && value.type === 'string'
        ? columnNamed(String(value.value), input, n, fn, planner)
        : value;
    parts.push({ name, expr: cast(expr, typeName(must(declared, 'Type'))) });
  }
  const kept = input.columns.map((c) => ({
    name: c.name,
    expr: { op: 'column', id: c.id, type: c.type } as Expr,
    hidden: c.hidden ?? false,
  }));
  return {
    input: planner.select(input, [...kept, ...parts.map((p) => ({ ...p, hidden: true }))]),
    rest,
    taken: wanted,
  };
}

function columnNamed(name: string, input: Rel, n: KNode, fn: FunctionValue, planner: Planner): Expr {
  const c = input.columns.find((x) => x.name === name) ?? planner.legacyColumn(name, input.columns);
  if (c) return { op: 'column', id: c.id, type: c.type };
  const near = nearest(
    name,
    input.columns.filter((x) => !x.hidden).map((x) => x.name),
  );
  throw new PlanError(n, 'KS142', `${fn.name}() reads the column '${name}', which the input does not have.`, near);
}

/** `_GetWatchlist('alias')`, or undefined when the call is none. */
export function watchlistCall(
  name: string,
  n: KNode,
  args: readonly KNode[],
  scope: Scope,
  planner: Planner,
): Rel | undefined {
  const { schema } = planner.context;
  if (name === '_GetWatchlistAlias') {
    const column = planner.context.column('WatchlistAlias', 'string');
    const rows = [...schema.watchlists.keys()].map((value): Expr[] => [{ op: 'literal', type: 'string', value }]);
    return { op: 'rows', columns: [column], rows };
  }
  if (name !== '_GetWatchlist') return undefined;
  const alias = args[0] && planExpression(args[0], { env: scope.env }, planner);
  if (alias?.op !== 'literal' || alias.type !== 'string')
    throw new PlanError(n, 'KQL0102', 'The alias of a watchlist is a constant text.', "_GetWatchlist('alias')");
  const wanted = String(alias.value);
  const table =
    schema.watchlists.get(wanted) ??
    [...schema.watchlists].find(([known]) => known.toLowerCase() === wanted.toLowerCase())?.[1];
  if (table) return read(table, planner);
  const near = nearest(wanted, schema.watchlists.keys());
  throw new PlanError(
    args[0]!,
    'KQL0103',
    `There is no watchlist with the alias '${wanted}'.${near ? ` Did you mean '${near}'?` : ''}`,
    near,
  );
}
