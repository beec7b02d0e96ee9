/** `graph-match` and `graph-shortest-paths`: the pattern becomes options of a search, conditions and values become columns. */
import { bare, child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { MatchOptions, MatchOutput, PatternEdge } from '../../host/graph.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { itemParts } from '../items.ts';
import type { Planner } from '../planner.ts';
import type { Env, Scope } from '../scope.ts';
import { type GraphValue, PARTITION_MARK, ref, withDegrees } from './value.ts';

interface NodeVariable {
  readonly name: string | undefined;
  readonly tests: number[];
}

interface EdgeVariable extends Omit<PatternEdge, 'tests' | 'innerTests'> {
  readonly name: string | undefined;
  readonly variable: boolean;
  readonly tests: number[];
  readonly innerTests: number[];
}

interface Pattern {
  readonly nodes: NodeVariable[];
  readonly edges: EdgeVariable[];
}

const MAX_LENGTH = 100;

function bound(node: KNode, planner: Planner, env: Env): number {
  const e = planExpression(node, { env }, planner);
  const value = e.op === 'literal' ? Number(e.value) : Number.NaN;
  if (!Number.isInteger(value) || value < 0 || value > MAX_LENGTH)
    throw new PlanError(node, 'KQL0092', `The length of an edge is a whole number from 0 to ${MAX_LENGTH}.`, '*1..5');
  return value;
}

function readPattern(n: KNode, planner: Planner, env: Env): Pattern {
  const nodes: NodeVariable[] = [];
  const edges: EdgeVariable[] = [];
  const nodeAt = (element: KNode): number => {
    const declared = child(element, 'Name');
    const name = declared && nameOf(declared);
    const known = name ? nodes.findIndex((v) => v.name === name) : -1;
    if (known >= 0) return known;
    nodes.push({ name: name || undefined, tests: [] });
    return nodes.length - 1;
  };
  for (const sequence of list(n, 'Patterns')) {
    const elements = list(sequence, 'PatternElements');
    let left = -1;
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i]!;
      if (kindOf(element) === 'GraphMatchPatternNode') {
        if (i === 0) left = nodeAt(element);
        continue;
      }
      const after = elements[i + 1];
      if (left < 0 || !after)
        throw new PlanError(element, 'KQL0093', 'An edge of a graph pattern stands between two nodes.', '(a)-[e]->(b)');
      const to = nodeAt(after);
      const text = textOf(element);
      const range = child(element, 'Range');
      const name = child(element, 'Name');
      edges.push({
        name: name ? nameOf(name) || undefined : undefined,
        from: left,
        to,
        direction: text.startsWith('<') ? 'in' : text.endsWith('>') ? 'out' : 'any',
        variable: range !== undefined,
        min: range ? bound(must(range, 'RangeStart'), planner, env) : 1,
        max: range ? bound(must(range, 'RangeEnd'), planner, env) : 1,
        tests: [],
        innerTests: [],
      });
      left = to;
    }
  }
  if (edges.length === 0) throw new PlanError(n, 'KQL0093', 'A graph pattern needs an edge.', '(a)-[e]->(b)');
  return { nodes, edges };
}

/** Values computed per node or per edge before the search. */
class Feed {
  readonly added: { name: string; expr: Expr }[] = [];
  private readonly known = new Map<string, number>();
  readonly base: Rel;
  private readonly keys: readonly Column[];

  constructor(base: Rel, keys: readonly Column[]) {
    this.base = base;
    this.keys = keys;
  }

  /** Position of a value in the rows. */
  value(expr: Expr): number {
    const key = JSON.stringify(expr);
    const at = this.known.get(key) ?? this.keys.length + this.added.length;
    if (!this.known.has(key)) {
      this.known.set(key, at);
      this.added.push({ name: 'value', expr });
    }
    return at;
  }

  rel(planner: Planner): Rel {
    return planner.select(this.base, [...this.keys.map((k) => ({ name: k.name, expr: ref(k) })), ...this.added]);
  }
}

class MatchPlan {
  readonly outputs: { readonly output: MatchOutput; readonly column: Column }[] = [];
  readonly nodeFeed: Feed;
  readonly edgeFeed: Feed;
  private readonly pattern: Pattern;
  private readonly graph: GraphValue;
  private readonly planner: Planner;
  private readonly env: Env;

  constructor(pattern: Pattern, graph: GraphValue, planner: Planner, env: Env) {
    this.pattern = pattern;
    this.graph = graph;
    this.planner = planner;
    this.env = env;
    this.nodeFeed = new Feed(graph.nodes, [graph.key]);
    this.edgeFeed = new Feed(graph.edges, [graph.source, graph.target]);
  }

  /** Inside functions over nodes, `node_id()` and the degrees are those of the node at hand. */
  private nodeScope(): Scope {
    return {
      env: this.env,
      columns: this.graph.nodes.columns,
      rel: this.graph.nodes,
      variables: {
        property: () => undefined,
        call: (name, args) =>
          /^node_(id|degree_in|degree_out)$/.test(name) && !args.length ? this.nodeFunction(name) : undefined,
      },
    };
  }

  /** `node_id`: the key, without its partition; `node_degree_in`, `node_degree_out`: the number of edges at that end. */
  private nodeFunction(name: string): Expr {
    if (name !== 'node_id') {
      const degree = name === 'node_degree_in' ? this.graph.degrees?.in : this.graph.degrees?.out;
      const zero: Expr = { op: 'literal', type: 'long', value: '0' };
      return { op: 'call', fn: 'coalesce', args: [ref(degree!), zero], type: 'long' };
    }
    const key = ref(this.graph.key);
    if (!this.graph.partitioned) return key;
    const parts: Expr = {
      op: 'call',
      fn: 'split',
      args: [key, { op: 'literal', type: 'string', value: PARTITION_MARK }],
      type: 'dynamic',
    };
    return cast({ op: 'path', of: parts, path: [-1], type: 'dynamic' }, 'string');
  }

  private edgeScope(): Scope {
    return { env: this.env, columns: this.graph.edges.columns, rel: this.graph.edges };
  }

  private node(name: string): number {
    return this.pattern.nodes.findIndex((v) => v.name === name);
  }

  private edge(name: string): number {
    return this.pattern.edges.findIndex((v) => v.name === name);
  }

  /** A column of the search's result. */
  private out(output: MatchOutput, type: KqlType): Expr {
    const same = this.outputs.find((o) => JSON.stringify(o.output) === JSON.stringify(output));
    if (same) return ref(same.column);
    const column = this.planner.context.column(output.kind, type);
    this.outputs.push({ output, column });
    return ref(column);
  }

  private columnOf(rel: Rel, name: string, at: KNode): Expr {
    const c = rel.columns.find((x) => x.name === name && !x.hidden);
    if (!c) {
      const what = rel === this.graph.nodes ? 'nodes' : 'edges';
      throw new PlanError(at, 'KS142', `The ${what} of this graph have no property named '${name}'.`);
    }
    return ref(c);
  }

  /** The variable of a function's argument: an edge, or the nodes inside a variable length edge. */
  private target(arg: KNode): { edge: number; inner: boolean } {
    const n = bare(arg);
    if (kindOf(n) === 'FunctionCallExpression' && nameOf(must(n, 'Name')) === 'inner_nodes') {
      const inside = list(must(n, 'ArgumentList'), 'Expressions')[0];
      const edge = inside ? this.edge(nameOf(bare(inside))) : -1;
      if (edge < 0) throw new PlanError(n, 'KQL0094', 'inner_nodes() takes an edge of the pattern.');
      return { edge, inner: true };
    }
    const edge = kindOf(n) === 'NameReference' ? this.edge(nameOf(n)) : -1;
    if (edge < 0) throw new PlanError(arg, 'KQL0094', 'An edge of the pattern, or inner_nodes(edge), is needed here.');
    return { edge, inner: false };
  }

  /** Names and functions inside `where` and `project`. */
  readonly scope = (): Scope => ({
    env: this.env,
    columns: [],
    variables: {
      property: (variable, name, at) => {
        const node = this.node(variable);
        if (node >= 0) {
          const e = this.columnOf(this.graph.nodes, name, at);
          return this.out({ kind: 'node', of: node, value: this.nodeFeed.value(e) }, e.type);
        }
        const edge = this.edge(variable);
        if (edge < 0) return undefined;
        const e = this.columnOf(this.graph.edges, name, at);
        if (!this.pattern.edges[edge]!.variable)
          return this.out({ kind: 'edge', of: edge, value: this.edgeFeed.value(e) }, e.type);
        return this.out({ kind: 'edges', of: edge, value: this.edgeFeed.value(cast(e, 'dynamic')) }, 'dynamic');
      },
      whole: (variable) => {
        const bag = (rel: Rel): Expr => ({
          op: 'call',
          fn: 'bag_pack',
          args: rel.columns
            .filter((c) => !c.hidden)
            .flatMap((c): Expr[] => [{ op: 'literal', type: 'string', value: c.name }, ref(c)]),
          type: 'dynamic',
        });
        const node = this.node(variable);
        if (node >= 0)
          return this.out({ kind: 'node', of: node, value: this.nodeFeed.value(bag(this.graph.nodes)) }, 'dynamic');
        const edge = this.edge(variable);
        if (edge < 0) return undefined;
        const kind = this.pattern.edges[edge]!.variable ? 'edges' : 'edge';
        return this.out({ kind, of: edge, value: this.edgeFeed.value(bag(this.graph.edges)) }, 'dynamic');
      },
      call: (name, args, at) => this.call(name, args, at),
    },
  });

  private call(name: string, args: readonly KNode[], at: KNode): Expr | undefined {
    if (name === 'inner_nodes' && args[0]) {
      const { edge } = this.target(at);
      const keys = this.graph.nodes.columns.filter((c) => !c.hidden);
      const bag: Expr = {
        op: 'call',
        fn: 'bag_pack',
        args: keys.flatMap((c): Expr[] => [{ op: 'literal', type: 'string', value: c.name }, ref(c)]),
        type: 'dynamic',
      };
      return this.out({ kind: 'inner', of: edge, value: this.nodeFeed.value(bag) }, 'dynamic');
    }
    if (/^node_(id|degree_in|degree_out)$/.test(name)) {
      const variable = args[0] ? this.node(nameOf(bare(args[0]))) : -1;
      if (variable < 0)
        throw new PlanError(at, 'KQL0094', `${name}() takes a node of the pattern.`, '(n)-[e]->(m) … node_id(n)');
      const e = this.nodeFunction(name);
      return this.out({ kind: 'node', of: variable, value: this.nodeFeed.value(e) }, e.type);
    }
    if (!['map', 'all', 'any'].includes(name)) return undefined;
    if (args.length !== 2)
      throw new PlanError(at, 'KQL0016', `${name}() takes an edge and an expression over its properties.`);
    const { edge, inner } = this.target(args[0]!);
    const feed = inner ? this.nodeFeed : this.edgeFeed;
    const e = planExpression(args[1]!, inner ? this.nodeScope() : this.edgeScope(), this.planner);
    if (name === 'map')
      return this.out({ kind: inner ? 'inner' : 'edges', of: edge, value: feed.value(cast(e, 'dynamic')) }, 'dynamic');
    const kind = `${name}-${inner ? 'inner' : name === 'all' ? 'edges' : 'edge'}` as MatchOutput['kind'];
    return this.out({ kind, of: edge, value: feed.value(cast(e, 'bool')) }, 'bool');
  }

  /** Takes a condition that is about one element only into the search; false when it must wait for whole matches. */
  early(condition: KNode): boolean {
    const n = bare(condition);
    if (kindOf(n) === 'FunctionCallExpression' && nameOf(must(n, 'Name')) === 'all') {
      const args = list(must(n, 'ArgumentList'), 'Expressions');
      if (args.length !== 2) return false;
      const { edge, inner } = this.target(args[0]!);
      const e = planExpression(args[1]!, inner ? this.nodeScope() : this.edgeScope(), this.planner);
      const test = cast(e, 'bool');
      if (inner) this.pattern.edges[edge]!.innerTests.push(this.nodeFeed.value(test));
      else this.pattern.edges[edge]!.tests.push(this.edgeFeed.value(test));
      return true;
    }
    const used = new Set<string>();
    let functions = false;
    const walk = (x: KNode): void => {
      if (kindOf(x) === 'NameReference' && (this.node(nameOf(x)) >= 0 || this.edge(nameOf(x)) >= 0)) {
        const parent = x.Parent;
        if (parent && kindOf(parent) === 'PathExpression' && child(parent, 'Expression') === x) used.add(nameOf(x));
        else functions = true;
      }
      for (let i = 0; i < x.ChildCount; i++) {
        const c = x.GetChild(i);
        if (c) walk(c);
      }
    };
    walk(n);
    const [name] = used;
    if (functions || used.size !== 1 || name === undefined) return false;
    const node = this.node(name);
    const edge = this.edge(name);
    if (node < 0 && this.pattern.edges[edge]!.variable) return false;
    const rel = node >= 0 ? this.graph.nodes : this.graph.edges;
    const scope: Scope = {
      env: this.env,
      columns: [],
      variables: { property: (v, property, at) => (v === name ? this.columnOf(rel, property, at) : undefined) },
    };
    const test = cast(planExpression(n, scope, this.planner), 'bool');
    if (node >= 0) this.pattern.nodes[node]!.tests.push(this.nodeFeed.value(test));
    else this.pattern.edges[edge]!.tests.push(this.edgeFeed.value(test));
    return true;
  }
}

function conjuncts(n: KNode): KNode[] {
  const x = bare(n);
  if (kindOf(x) !== 'AndExpression') return [x];
  return [...conjuncts(must(x, 'Left')), ...conjuncts(must(x, 'Right'))];
}

/** Plans `graph-match` or `graph-shortest-paths` over a graph. */
export function matchGraph(n: KNode, given: GraphValue, env: Env, planner: Planner): Rel {
  const graph = /\bnode_degree_(in|out)\b/.test(textOf(n)) ? withDegrees(given, planner) : given;
  const shortest = kindOf(n) === 'GraphShortestPathsOperator';
  const pattern = readPattern(n, planner, env);
  const options = parameters(n);
  const option = (name: string, allowed: readonly string[]): string => {
    const given = options.get(name);
    if (given && !allowed.includes(given.value))
      throw new PlanError(
        given.node,
        'KQL0091',
        `${name} is one of ${allowed.join(', ')}, not ${given.value}.`,
        allowed[0],
      );
    return given?.value ?? allowed[0]!;
  };
  const cycles = option('cycles', ['unique_edges', 'all', 'none']) as MatchOptions['cycles'];
  const all = option('output', ['any', 'all']) === 'all';
  if (shortest && list(n, 'Patterns').length > 1)
    throw new PlanError(list(n, 'Patterns')[1]!, 'KQL0095', 'Shortest paths take one sequence.', '(a)-[e*1..5]->(b)');
  if (shortest && !pattern.edges.some((e) => e.variable))
    throw new PlanError(n, 'KQL0095', 'Shortest paths need an edge of variable length.', '(a)-[e*1..5]->(b)');
  const match = new MatchPlan(pattern, graph, planner, env);
  const where = child(n, 'WhereClause');
  const late = where ? conjuncts(must(where, 'Condition')).filter((c) => !match.early(c)) : [];
  const scope = match.scope();
  const conditions = late.map((c) => cast(planExpression(c, scope, planner), 'bool'));
  const project = child(n, 'ProjectClause');
  if (!project)
    throw new PlanError(
      n,
      'KQL0096',
      'A graph pattern needs a project clause that says what to return.',
      'project a.name',
    );
  const parts = itemParts(list(project, 'Expressions'), scope, planner, 'Column', new Set());
  const searchOptions: MatchOptions & { readonly all: boolean } = {
    nodes: pattern.nodes.map(({ tests }) => ({ tests })),
    edges: pattern.edges.map(({ name: _n, variable: _v, ...e }) => e),
    cycles,
    all,
    outputs: match.outputs.map((o) => o.output),
  };
  let rel: Rel = {
    op: 'host',
    fn: shortest ? 'graph_shortest_paths' : 'graph_match',
    inputs: [match.nodeFeed.rel(planner), match.edgeFeed.rel(planner)],
    options: searchOptions,
    columns: match.outputs.map((o) => o.column),
  };
  for (const condition of conditions) rel = { op: 'where', input: rel, condition, columns: rel.columns };
  return planner.select(rel, parts);
}
