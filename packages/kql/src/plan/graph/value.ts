/** Graphs in the plan: a pair of relations, nodes and edges, tied by text keys in hidden columns. */
import { child, kindOf, list, must, nameOf, parameters } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { keep } from '../operators/basic.ts';
import type { Planner } from '../planner.ts';
import type { Env } from '../scope.ts';

export interface GraphValue {
  readonly kind: 'graph';
  /** Properties are the visible columns. */
  readonly nodes: Rel;
  readonly edges: Rel;
  /** Hidden text columns. */
  readonly key: Column;
  readonly source: Column;
  readonly target: Column;
  /** Keys carry their partition in front of this mark. */
  readonly partitioned?: boolean;
  /** Hidden columns of the nodes, where a query asks for them. */
  readonly degrees?: { readonly in: Column; readonly out: Column };
}

/** Between a partition and the key inside it. */
export const PARTITION_MARK = '\u0001';

export const ref = (c: Column): Expr => ({ op: 'column', id: c.id, type: c.type });
const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });
const last = (rel: Rel, back = 1): Column => rel.columns[rel.columns.length - back]!;

/** The key of a node as text; in a partitioned graph the partition is part of it, so no edge leaves its partition. */
function keyOf(value: Expr, partition: Expr | undefined): Expr {
  const own = cast(value, 'string');
  if (!partition) return own;
  return { op: 'call', fn: 'strcat', args: [cast(partition, 'string'), text(PARTITION_MARK), own], type: 'string' };
}

function without(rel: Rel, planner: Planner, extra: { name: string; expr: Expr }[]): Rel {
  return planner.select(rel, [...keep(rel).filter((p) => !p.hidden), ...extra.map((x) => ({ ...x, hidden: true }))]);
}

/** One row for each key; columns that only one of several node tables has come from that table. */
function merged(tables: { rel: Rel; key: Column }[], planner: Planner): { rel: Rel; key: Column } {
  const names = new Map<string, { type: KqlType; in: number[] }>();
  tables.forEach(({ rel }, i) => {
    for (const c of rel.columns.filter((x) => !x.hidden)) {
      const known = names.get(c.name);
      if (known) known.in.push(i);
      else names.set(c.name, { type: c.type, in: [i] });
    }
  });
  const columns = [...names].map(([name, { type }]) => planner.context.column(name, type));
  const key = planner.context.column('node_key', 'string', true);
  const from = planner.context.column('node_table', 'long', true);
  const inputs = tables.map(({ rel, key: own }, i) => {
    const map: Record<string, Expr> = {
      [key.id]: ref(own),
      [from.id]: { op: 'literal', type: 'long', value: String(i) },
    };
    for (const c of columns) {
      const mine = rel.columns.find((x) => !x.hidden && x.name === c.name);
      if (mine) map[c.id] = cast(ref(mine), c.type);
    }
    return { rel, map };
  });
  const all: Rel = { op: 'union', inputs, columns: [...columns, key, from] };
  const out = columns.map((c) => planner.context.column(c.name, c.type));
  const outKey = planner.context.column('node_key', 'string', true);
  const values = out.map((c, i) => {
    const sources = names.get(c.name)!.in;
    const only: Expr | undefined =
      sources.length < tables.length
        ? {
            op: 'call',
            fn: '==',
            args: [ref(from), { op: 'literal', type: 'long', value: String(sources[0]) }],
            type: 'bool',
          }
        : undefined;
    const expr: Expr = {
      op: 'aggregate',
      fn: 'take_any',
      args: [ref(columns[i]!)],
      ...(only ? { condition: only } : {}),
      type: c.type,
    };
    return { ...c, expr };
  });
  return {
    rel: {
      op: 'aggregate',
      input: all,
      keys: [{ ...outKey, expr: ref(key) }],
      values,
      columns: [...out, outKey],
    },
    key: outKey,
  };
}

/** The nodes that only edges name: their key, and the value it was made of. */
function endpoints(
  edges: Rel,
  ends: readonly { key: Column; value: Expr }[],
  type: KqlType,
  name: string,
  planner: Planner,
): { rel: Rel; key: Column; value: Column } {
  const value = planner.context.column(name, type);
  const key = planner.context.column('node_key', 'string', true);
  const all: Rel = {
    op: 'union',
    inputs: ends.map((e) => ({ rel: edges, map: { [key.id]: ref(e.key), [value.id]: cast(e.value, type) } })),
    columns: [value, key],
  };
  const outValue = planner.context.column(name, type);
  const outKey = planner.context.column('node_key', 'string', true);
  const any: Expr = { op: 'aggregate', fn: 'take_any', args: [ref(value)], type };
  return {
    rel: {
      op: 'aggregate',
      input: all,
      keys: [{ ...outKey, expr: ref(key) }],
      values: [{ ...outValue, expr: any }],
      columns: [outValue, outKey],
    },
    key: outKey,
    value: outValue,
  };
}

/** Plans `make-graph`. */
export function makeGraph(n: KNode, input: Rel, env: Env, planner: Planner): GraphValue {
  const scope = { env, columns: input.columns, rel: input };
  const source = planExpression(must(n, 'SourceColumn'), scope, planner);
  const target = planExpression(must(n, 'TargetColumn'), scope, planner);
  const partitionNode = child(n, 'PartitionedByClause');
  const partitionName = partitionNode && must(partitionNode, 'Entity');
  const partition = partitionName && planExpression(partitionName, scope, planner);
  const edges = planner.shared(
    without(input, planner, [
      { name: 'source_key', expr: keyOf(source, partition) },
      { name: 'target_key', expr: keyOf(target, partition) },
      { name: 'source_value', expr: source },
      { name: 'target_value', expr: target },
    ]),
  );
  const [sourceKey, targetKey] = [last(edges, 4), last(edges, 3)];
  const ends = [
    { key: sourceKey, value: ref(last(edges, 2)) },
    { key: targetKey, value: ref(last(edges, 1)) },
  ];
  const graph = {
    kind: 'graph' as const,
    edges,
    source: sourceKey,
    target: targetKey,
    partitioned: partition !== undefined,
  };
  const clause = child(n, 'WithClause');
  const implicit = clause && kindOf(clause) === 'MakeGraphWithImplicitIdClause';
  if (!clause || implicit) {
    const made = endpoints(edges, ends, source.type, implicit ? nameOf(must(clause, 'Name')) : 'node', planner);
    if (implicit) return { ...graph, nodes: made.rel, key: made.key };
    const hidden = made.rel.columns.map((c) => ({ ...c, hidden: true }));
    return { ...graph, nodes: { ...made.rel, columns: hidden }, key: made.key };
  }
  const tables = list(clause, 'TablesAndKeys').map((t) => {
    const rel = planner.table(must(t, 'Table'), { env });
    const inner = { env, columns: rel.columns, rel };
    const column = must(t, 'Column');
    const own = partitionName && planExpression(partitionName, inner, planner);
    const keyed = without(rel, planner, [
      { name: 'node_key', expr: keyOf(planExpression(column, inner, planner), own) },
    ]);
    return { rel: keyed, key: last(keyed), name: nameOf(column) };
  });
  const { rel: given, key: givenKey } = merged(tables, planner);
  const known = planner.shared(given);
  // Ends of edges that no table describes become nodes with nothing but their key.
  const name = tables[0]!.name;
  const type = known.columns.find((c) => c.name === name)!.type;
  const ended = endpoints(edges, ends, type, name, planner);
  const outputs = ended.rel.columns.map((c) => planner.context.column(c.name, c.type, c.hidden ?? false));
  const missing: Rel = {
    op: 'join',
    kind: 'leftanti',
    left: ended.rel,
    right: known,
    on: [{ left: ref(ended.key), right: ref(givenKey) }],
    columns: outputs,
    outputs: outputs.map((c, i) => ({ id: c.id, side: 'left' as const, from: ended.rel.columns[i]!.id })),
  };
  const columns = known.columns.map((c) => planner.context.column(c.name, c.type, c.hidden ?? false));
  const key = columns.find((_c, i) => known.columns[i] === givenKey || known.columns[i]!.id === givenKey.id)!;
  const knownMap = Object.fromEntries(columns.map((c, i) => [c.id, ref(known.columns[i]!)]));
  const missingMap: Record<string, Expr> = { [key.id]: ref(outputs[1]!) };
  const named = columns.find((c) => c.name === name)!;
  missingMap[named.id] = ref(outputs[0]!);
  const partitionColumn = partitionName && columns.find((c) => c.name === nameOf(partitionName));
  if (partitionColumn) {
    const parts: Expr = { op: 'call', fn: 'split', args: [ref(outputs[1]!), text(PARTITION_MARK)], type: 'dynamic' };
    missingMap[partitionColumn.id] = cast({ op: 'path', of: parts, path: [0], type: 'dynamic' }, partitionColumn.type);
  }
  const nodes: Rel = {
    op: 'union',
    inputs: [
      { rel: known, map: knownMap },
      { rel: missing, map: missingMap },
    ],
    columns,
  };
  return { ...graph, nodes, key };
}

/** Edges whose ends both are among the nodes. */
function between(graph: GraphValue, nodes: Rel, planner: Planner): Rel {
  let edges = graph.edges;
  for (const end of [graph.source, graph.target]) {
    const columns = edges.columns;
    edges = {
      op: 'where',
      input: edges,
      condition: {
        op: 'inQuery',
        left: ref(end),
        rel: planner.project(nodes, [nodes.columns.find((c) => c.id === graph.key.id)!]),
        negated: false,
        ignoreCase: false,
        type: 'bool',
      },
      columns,
    };
  }
  return edges;
}

/** Plans an operator that turns a graph into another graph. */
export function graphOperator(n: KNode, graph: GraphValue, env: Env, planner: Planner): GraphValue {
  switch (kindOf(n)) {
    case 'GraphWhereNodesOperator': {
      const scope = { env, columns: graph.nodes.columns, rel: graph.nodes };
      const condition = cast(planExpression(must(n, 'Condition'), scope, planner), 'bool');
      const nodes = planner.shared({ op: 'where', input: graph.nodes, condition, columns: graph.nodes.columns });
      return { ...graph, nodes, edges: between(graph, nodes, planner) };
    }
    case 'GraphWhereEdgesOperator': {
      const scope = { env, columns: graph.edges.columns, rel: graph.edges };
      const condition = cast(planExpression(must(n, 'Condition'), scope, planner), 'bool');
      return { ...graph, edges: { op: 'where', input: graph.edges, condition, columns: graph.edges.columns } };
    }
    case 'GraphMarkComponentsOperator':
      return markComponents(n, graph, planner);
    default:
      throw new PlanError(n, 'KQL0043', 'This graph operator is not supported.');
  }
}

function markComponents(n: KNode, graph: GraphValue, planner: Planner): GraphValue {
  const options = parameters(n);
  const kind = options.get('kind')?.value ?? 'weak';
  if (kind !== 'weak' && kind !== 'strong')
    throw new PlanError(
      options.get('kind')!.node,
      'KQL0091',
      `The kind of components is weak or strong, not ${kind}.`,
      'weak',
    );
  const name = options.get('with_component_id')?.value ?? 'ComponentId';
  const nodes = planner.shared(graph.nodes);
  const found = [planner.context.column('node_key', 'string'), planner.context.column(name, 'long')];
  const components: Rel = {
    op: 'host',
    fn: 'graph_components',
    inputs: [planner.project(nodes, [graph.key]), planner.project(graph.edges, [graph.source, graph.target])],
    options: { strong: kind === 'strong' },
    columns: found,
  };
  const columns = nodes.columns.filter((c) => c.name !== name || c.hidden);
  const outputs = [...columns, found[1]!].map((c) => planner.context.column(c.name, c.type, c.hidden ?? false));
  const joined: Rel = {
    op: 'join',
    kind: 'inner',
    left: nodes,
    right: components,
    on: [{ left: ref(graph.key), right: ref(found[0]!) }],
    columns: outputs,
    outputs: outputs.map((c, i) => ({
      id: c.id,
      side: i < columns.length ? ('left' as const) : ('right' as const),
      from: i < columns.length ? columns[i]!.id : found[1]!.id,
    })),
  };
  return { ...graph, nodes: joined, key: outputs[columns.findIndex((c) => c.id === graph.key.id)]! };
}

/** The graph with the number of edges into and out of each node; nodes without edges have null. */
export function withDegrees(graph: GraphValue, planner: Planner): GraphValue {
  let nodes = graph.nodes;
  let key = graph.key;
  const degrees: Column[] = [];
  for (const end of [graph.target, graph.source]) {
    const own = planner.context.column('node_key', 'string');
    const count = planner.context.column('degree', 'long');
    const counted: Rel = {
      op: 'aggregate',
      input: graph.edges,
      keys: [{ ...own, expr: ref(end) }],
      values: [{ ...count, expr: { op: 'aggregate', fn: 'count', args: [], type: 'long' } }],
      columns: [own, count],
    };
    const sides = [
      ...nodes.columns.map((c) => ({ c, side: 'left' as const })),
      { c: { ...count, hidden: true }, side: 'right' as const },
    ];
    const outputs = sides.map(({ c }) => planner.context.column(c.name, c.type, c.hidden ?? false));
    const at = nodes.columns.findIndex((c) => c.id === key.id);
    const before = degrees.map((d) => nodes.columns.findIndex((c) => c.id === d.id));
    nodes = {
      op: 'join',
      kind: 'leftouter',
      left: nodes,
      right: counted,
      on: [{ left: ref(key), right: ref(own) }],
      columns: outputs,
      outputs: outputs.map((c, i) => ({ id: c.id, side: sides[i]!.side, from: sides[i]!.c.id })),
    };
    key = outputs[at]!;
    degrees.splice(0, degrees.length, ...before.map((i) => outputs[i]!), outputs[outputs.length - 1]!);
  }
  return { ...graph, nodes, key, degrees: { in: degrees[0]!, out: degrees[1]! } };
}
