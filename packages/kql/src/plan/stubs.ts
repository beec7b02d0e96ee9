/** Stand-ins for parts of a text that could not be planned, so that later parts can be checked too. They never run. */
import { kindOf } from '../bind/syntax.ts';
import { items, type KNode, type KType } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import type { Column, Rel } from './ir.ts';
import type { Planner } from './planner.ts';
import type { Value } from './scope.ts';

const TYPES: ReadonlySet<string> = new Set([
  'string',
  'int',
  'long',
  'real',
  'bool',
  'datetime',
  'dynamic',
  'guid',
  'timespan',
  'decimal',
]);
/** Operators after which the columns are those before. */
const SAME: ReadonlySet<string> = new Set([
  'FilterOperator',
  'SortOperator',
  'TakeOperator',
  'TopOperator',
  'SampleOperator',
  'RenderOperator',
  'AsOperator',
]);
const ADDING: ReadonlySet<string> = new Set([
  'ExtendOperator',
  'SerializeOperator',
  'ParseOperator',
  'ParseKvOperator',
]);

function typed(type: KType | null | undefined): KqlType {
  const name = type?.Name ?? '';
  return TYPES.has(name) ? (name as KqlType) : 'dynamic';
}

function tableOf(type: KType | null | undefined, planner: Planner): Column[] {
  return items(type?.Columns)
    .filter((c) => c.Name)
    .map((c) => planner.context.column(c.Name, typed(c.Type)));
}

/** A relation with the columns that the library expects after an operator; undefined when it does not know them. */
export function stubOf(operator: KNode, input: Rel | undefined, planner: Planner): Rel | undefined {
  const kind = kindOf(operator);
  if (SAME.has(kind)) return input;
  const pipe = operator.Parent;
  const type = pipe && kindOf(pipe) === 'PipeExpression' ? pipe.ResultType : operator.ResultType;
  const columns = tableOf(type, planner);
  if (columns.length === 0) return undefined;
  if (input && ADDING.has(kind)) {
    const names = new Set(columns.map((c) => c.name));
    columns.unshift(...input.columns.filter((c) => !names.has(c.name)));
  }
  return { op: 'rows', columns, rows: [] };
}

/** A value of the type that the library expects for an expression. */
export function stubValue(node: KNode, planner: Planner): Value | undefined {
  const type = node.ResultType;
  const columns = tableOf(type, planner);
  if (columns.length) return { kind: 'table', rel: { op: 'rows', columns, rows: [] } };
  if (!type || !TYPES.has(type.Name)) return undefined;
  return { kind: 'scalar', expr: { op: 'literal', type: typed(type), value: null } };
}
