/** `graph-to-table`: the nodes or edges of a graph as tables. */
import { child, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { keep } from '../operators/basic.ts';
import type { Planner } from '../planner.ts';
import type { Env } from '../scope.ts';
import { type GraphValue, ref } from './value.ts';

/** Identifiers are the hash of the key, as the reference engine gives them. */
const identifier = (key: Column): Expr => ({ op: 'call', fn: 'hash_xxhash64', args: [ref(key)], type: 'long' });

/** Plans `graph-to-table`. The first table is the result; named ones can be read by later statements. */
export function graphToTable(n: KNode, graph: GraphValue, env: Env, planner: Planner): Rel {
  const tables = list(n, 'OutputClause').map((clause): Rel => {
    const options = parameters(clause);
    const edges = textOf(must(clause, 'EntityKeyword')) === 'edges';
    const rel = edges ? graph.edges : graph.nodes;
    const ids: { name: string; expr: Expr }[] = [];
    const add = (option: string, key: Column): void => {
      const name = options.get(option)?.value;
      if (name) ids.push({ name, expr: identifier(key) });
    };
    if (edges) {
      add('with_source_id', graph.source);
      add('with_target_id', graph.target);
    } else add('with_node_id', graph.key);
    const table = planner.select(rel, [...ids, ...keep(rel).filter((p) => !p.hidden)]);
    const as = child(clause, 'AsClause');
    if (as) env.set(nameOf(must(as, 'Name')), { kind: 'table', rel: table });
    return table;
  });
  for (const [i, rel] of tables.slice(1).entries()) planner.context.more.push({ name: `Result${i + 2}`, rel });
  return tables[0]!;
}
