/** What an `evaluate` plugin gets, and help for reading its arguments. */
import { bind } from '../../../bind/bind.ts';
import { bare, kindOf, nameOf, textOf } from '../../../bind/syntax.ts';
import type { KNode } from '../../../kusto-api.ts';
import type { KqlType } from '../../../types.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import { planExpression, unknownName } from '../../expressions.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import type { Planner } from '../../planner.ts';
import { Env, type Scope, type Value } from '../../scope.ts';
import { col } from '../basic.ts';

/** `: (*, Name:type, …)` after the call. */
export interface OutputSchema {
  readonly star: boolean;
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
  readonly node: KNode;
}

export interface PluginCall {
  readonly node: KNode;
  readonly name: string;
  /** Arguments in order; those written as `name = value` are in `named` instead. */
  readonly args: readonly KNode[];
  readonly named: ReadonlyMap<string, KNode>;
  /** All arguments as written. */
  readonly all: readonly KNode[];
  readonly input: Rel | undefined;
  readonly scope: Scope;
  readonly planner: Planner;
  readonly schema?: OutputSchema;
}

export interface Plugin {
  /** What the plugin takes and gives, for the reference; brackets mark what may be left out. */
  readonly args: string;
  readonly doc: string;
  readonly plan: (call: PluginCall) => Rel;
  /** Least and most arguments. */
  readonly min: number;
  readonly max?: number;
  /** Names that `name = value` may use. */
  readonly names?: readonly string[];
  /** Names before `=` are the reader's own, and name columns. */
  readonly namesAreFree?: boolean;
  /** The plugin itself does what the output schema says. */
  readonly readsSchema?: boolean;
  /** Works without an input table. */
  readonly source?: boolean;
}

/** The visible columns of the input. */
export const inputColumns = (call: PluginCall): Column[] => call.input!.columns.filter((c) => !c.hidden);

/** A column of the input, by an argument that must name one. */
export function columnArg(call: PluginCall, n: KNode, rel: Rel = call.input!): Column {
  const node = bare(n);
  const isName = kindOf(node) === 'NameReference' || kindOf(node) === 'BracketedName';
  if (!isName) throw new PlanError(n, 'KQL0120', `${call.name}() needs a column here.`, 'extend');
  const name = nameOf(node);
  const found = rel.columns.find((c) => c.name === name);
  if (!found) throw unknownName(node, name, { env: call.scope.env, columns: rel.columns });
  return found;
}

/** An argument that does not depend on rows. */
export function valueArg(call: PluginCall, n: KNode): Expr {
  return planExpression(n, { env: call.scope.env }, call.planner);
}

/** A constant argument as plain text, number or truth; `~` and a missing one give undefined. */
export function constantArg(call: PluginCall, n: KNode | undefined): string | boolean | undefined {
  if (!n) return undefined;
  const e = valueArg(call, n);
  if (e.op !== 'literal')
    throw new PlanError(n, 'KQL0121', `${call.name}() needs a constant here, not '${textOf(n)}'.`);
  if (e.value === null || e.value === '~') return undefined;
  return e.value;
}

/** A constant number in a range, or the default. */
export function numberArg(
  call: PluginCall,
  n: KNode | undefined,
  fallback: number,
  range?: readonly [number, number],
): number {
  const value = constantArg(call, n);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (typeof value === 'boolean' || Number.isNaN(number))
    throw new PlanError(n!, 'KQL0121', `${call.name}() needs a number here.`);
  if (range && (number < range[0] || number > range[1]))
    throw new PlanError(n!, 'KQL0122', `${call.name}() needs a number from ${range[0]} to ${range[1]} here.`);
  return number;
}

/** A column of the input under a name that a program of `runProgram` uses. */
export interface Renamed {
  readonly as: string;
  readonly column: Column;
}

/** A relation with columns under other names. */
export function renamed(call: PluginCall, rel: Rel, columns: readonly Renamed[]): Rel {
  return call.planner.select(
    rel,
    columns.map(({ as, column }) => ({ name: as, expr: col(column) })),
  );
}

/** The same columns under the names a reader expects, optionally brought to types. */
export function withNames(
  call: PluginCall,
  rel: Rel,
  names: readonly { readonly from: string; readonly name: string; readonly type?: KqlType }[],
): Rel {
  return call.planner.select(
    rel,
    names.map(({ from, name, type }) => {
      const e = col(rel.columns.find((c) => c.name === from && !c.hidden)!);
      return { name, expr: type ? cast(e, type) : e };
    }),
  );
}

/**
 * Plans a text of the language over given tables and values: most plugins are queries that nobody wants to type.
 * @param values what the names of the text stand for; nothing else is in reach but functions
 */
export function runProgram(call: PluginCall, text: string, values: Readonly<Record<string, Rel | Expr>>): Rel {
  const env = new Env();
  for (const [name, v] of Object.entries(values)) {
    const isRel = 'columns' in v;
    const value: Value = isRel ? { kind: 'table', rel: v } : { kind: 'scalar', expr: v };
    env.set(name, value);
  }
  const bound = bind(text, call.planner.context.schema);
  try {
    const value = call.planner.statements(bound.statements, env);
    if (value?.kind !== 'table') throw new Error(`The program of ${call.name} gives no table.`);
    return value.rel;
  } catch (e) {
    // Places inside the program mean nothing to a reader of the query.
    if (e instanceof PlanError) throw new PlanError(call.node, e.code, `${call.name}(): ${e.message}`, e.suggestion);
    throw e;
  }
}
