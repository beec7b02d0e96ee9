/** Where graphs stand in a pipe: which nodes make one, and which operators read it. */
import { bare, child, kindOf, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { callFunction } from '../calls.ts';
import { PlanError } from '../errors.ts';
import type { Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { matchGraph } from './match.ts';
import { graphToTable } from './table.ts';
import { type GraphValue, graphOperator, makeGraph } from './value.ts';

/** Operators that turn a graph into another. */
const CHANGERS: ReadonlySet<string> = new Set([
  'GraphMarkComponentsOperator',
  'GraphWhereNodesOperator',
  'GraphWhereEdgesOperator',
]);
/** Operators that turn a graph into a table. */
const READERS: ReadonlySet<string> = new Set([
  'GraphMatchOperator',
  'GraphShortestPathsOperator',
  'GraphToTableOperator',
]);

/** True when a function's text makes a graph. */
const holdsGraph = (declaration: KNode): boolean => /\bmake-graph\b/.test(textOf(declaration));

/** The graph a node stands for, or undefined when it is something else. */
export function tryGraph(node: KNode, scope: Scope, planner: Planner): GraphValue | undefined {
  const n = bare(node);
  if (kindOf(n) === 'NameReference') {
    const value = scope.env.get(nameOf(n));
    if (value?.kind !== 'function' || !holdsGraph(value.declaration))
      return value?.kind === 'graph' ? value : undefined;
    const made = callFunction(n, value, [], scope, planner);
    return made.kind === 'graph' ? made : undefined;
  }
  if (kindOf(n) === 'FunctionCallExpression') {
    const fn = scope.env.get(nameOf(must(n, 'Name')));
    if (fn?.kind !== 'function' || !holdsGraph(fn.declaration)) return undefined;
    const value = callFunction(n, fn, list(must(n, 'ArgumentList'), 'Expressions'), scope, planner);
    return value.kind === 'graph' ? value : undefined;
  }
  if (kindOf(n) !== 'PipeExpression') return undefined;
  const operator = must(n, 'Operator');
  const kind = kindOf(operator);
  if (kind === 'MakeGraphOperator' && !child(operator, 'PartitionedByClause'))
    return makeGraph(operator, planner.table(must(n, 'Expression'), scope), scope.env, planner);
  if (!CHANGERS.has(kind)) return undefined;
  return graphOperator(operator, graphBefore(n, operator, scope, planner), scope.env, planner);
}

function graphBefore(pipe: KNode, operator: KNode, scope: Scope, planner: Planner): GraphValue {
  const graph = tryGraph(must(pipe, 'Expression'), scope, planner);
  if (graph) return graph;
  throw new PlanError(operator, 'KQL0090', 'A graph is needed here.', 'make-graph source --> target');
}

/** The table that a pipe makes of a graph, or undefined when its operator has nothing to do with graphs. */
export function graphPipe(n: KNode, scope: Scope, planner: Planner): Rel | undefined {
  const operator = must(n, 'Operator');
  const kind = kindOf(operator);
  if (kind === 'MakeGraphOperator') {
    const clause = child(operator, 'PartitionedByClause');
    if (!clause)
      throw new PlanError(
        operator,
        'KQL0090',
        'A graph is no result; ask it something.',
        'graph-match, graph-to-table',
      );
    const graph = makeGraph(operator, planner.table(must(n, 'Expression'), scope), scope.env, planner);
    return readGraph(must(clause, 'Subquery'), graph, scope, planner);
  }
  return READERS.has(kind) ? readGraph(operator, graphBefore(n, operator, scope, planner), scope, planner) : undefined;
}

/** Operators that turn a graph into a table, possibly after others, as in `partitioned-by`. */
function readGraph(n: KNode, graph: GraphValue, scope: Scope, planner: Planner): Rel {
  planner.context.rowWise = false;
  if (kindOf(n) === 'PipeExpression') {
    const inner = must(n, 'Expression');
    const operator = must(n, 'Operator');
    if (CHANGERS.has(kindOf(inner)))
      return readGraph(operator, graphOperator(inner, graph, scope.env, planner), scope, planner);
    return planner.apply(operator, readGraph(inner, graph, scope, planner), scope);
  }
  if (kindOf(n) === 'GraphToTableOperator') return graphToTable(n, graph, scope.env, planner);
  if (READERS.has(kindOf(n))) return matchGraph(n, graph, scope.env, planner);
  throw new PlanError(
    n,
    'KQL0043',
    'This operator cannot read a graph.',
    'graph-match, graph-shortest-paths, graph-to-table',
  );
}
