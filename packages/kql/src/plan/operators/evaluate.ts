/** `evaluate`: one of the plugins of `plugins/registry.ts` over the input. */

import { nearest } from '../../bind/nearest.ts';
import { child, kindOf, list, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import type { Rel } from '../ir.ts';
import { typeName } from '../type-name.ts';
import { col } from './basic.ts';
import type { OutputSchema, Plugin, PluginCall } from './plugins/call.ts';
import { pluginNames, pluginOf } from './plugins/registry.ts';
import type { OperatorPlan } from './registry.ts';

function outputSchema(n: KNode): OutputSchema | undefined {
  const clause = child(n, 'Schema');
  if (!clause) return undefined;
  const row = child(clause, 'Schema') ?? clause;
  return {
    star: child(row, 'AsteriskToken') !== undefined,
    columns: list(row, 'Columns').map((c) => ({
      name: nameOf(must(c, 'Name')),
      type: typeName(must(c, 'Type')),
    })),
    node: clause,
  };
}

/** Brings the result of a plugin to the columns that the text declares. */
function declared(rel: Rel, schema: OutputSchema, call: PluginCall): Rel {
  const own = schema.columns.map(({ name, type }) => {
    const c = rel.columns.find((x) => x.name === name && !x.hidden);
    if (!c) throw new PlanError(schema.node, 'KQL0123', `${call.name}() gives no column named '${name}'.`);
    return { name, expr: cast(col(c), type) };
  });
  const names = new Set(own.map((p) => p.name));
  const rest = schema.star
    ? rel.columns.filter((c) => !c.hidden && !names.has(c.name)).map((c) => ({ name: c.name, expr: col(c) }))
    : [];
  return call.planner.select(rel, [...rest, ...own]);
}

function check(call: PluginCall, plugin: Plugin): void {
  const { name, args, node } = call;
  for (const [given, value] of call.named) {
    if (plugin.namesAreFree || plugin.names?.includes(given)) continue;
    const near = nearest(given, plugin.names ?? []);
    throw new PlanError(value, 'KQL0124', `${name}() has no argument named '${given}'.`, near);
  }
  const max = plugin.max ?? Number.POSITIVE_INFINITY;
  const given = plugin.namesAreFree ? call.all.length : args.length;
  if (given < plugin.min || given > max) {
    const count =
      plugin.min === max ? `${max}` : `${plugin.min}${max === Number.POSITIVE_INFINITY ? ' or more' : ` to ${max}`}`;
    throw new PlanError(node, 'KQL0016', `${name}() takes ${count} argument${count === '1' ? '' : 's'}, not ${given}.`);
  }
  if (!call.input && !plugin.source)
    throw new PlanError(node, 'KQL0041', `${name}() needs a table before it.`, `T | evaluate ${name}(…)`);
}

const evaluate: OperatorPlan = (n, input, scope, planner) => {
  const node = must(n, 'FunctionCall');
  const nameNode = must(node, 'Name');
  const name = nameOf(nameNode);
  const plugin = pluginOf(name);
  if (!plugin) {
    const near = nearest(name, pluginNames());
    throw new PlanError(
      nameNode,
      'KQL0125',
      `There is no plugin named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`,
      near,
    );
  }
  if (typeof plugin === 'string') throw new PlanError(nameNode, 'KQL0126', plugin);
  const args: KNode[] = [];
  const named = new Map<string, KNode>();
  const all = list(must(node, 'ArgumentList'), 'Expressions');
  for (const a of all) {
    if (kindOf(a) === 'SimpleNamedExpression') named.set(nameOf(must(a, 'Name')), must(a, 'Expression'));
    else args.push(a);
  }
  const schema = outputSchema(n);
  const call: PluginCall = { node, name, args, named, all, input, scope, planner, ...(schema ? { schema } : {}) };
  check(call, plugin);
  const rel = plugin.plan(call);
  return schema && !plugin.readsSchema ? declared(rel, schema, call) : rel;
};

export const EVALUATE_OPERATORS: Readonly<Record<string, OperatorPlan>> = { EvaluateOperator: evaluate };
