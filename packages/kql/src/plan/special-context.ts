/** More functions that need to know where they stand: typed extraction, sizes of rows, sessions, settings. */
import { kindOf, list } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { cast } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Column, Expr } from './ir.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';
import { typeName } from './type-name.ts';

export type Special = (n: KNode, args: readonly KNode[], scope: Scope, planner: Planner) => Expr | undefined;

const long = (value: number): Expr => ({ op: 'literal', type: 'long', value: String(value) });
const call = (fn: string, args: readonly Expr[], type: KqlType): Expr => ({ op: 'call', fn, args, type });

/** The type of a last argument `typeof(…)`; undefined when there is none. */
function typeOf(nodes: readonly KNode[]): KqlType | undefined {
  const last = nodes[nodes.length - 1];
  if (!last || kindOf(last) !== 'TypeOfLiteralExpression') return undefined;
  const named = list(last, 'Types')[0];
  return named && typeName(named);
}

/** A function whose result is brought to the type that the last argument names. */
function typed(fn: string, result: KqlType): Special {
  return (_n, nodes, scope, planner) => {
    const to = typeOf(nodes);
    if (!to) return undefined;
    const args = nodes.slice(0, -1).map((a) => planExpression(a, scope, planner));
    return cast(planner.scalarCall(_n, fn, args, result), to);
  };
}

/** Bytes of one value: numbers and times have a size, texts and dynamic values that of their UTF-8 text. */
function size(e: Expr): Expr {
  switch (e.type) {
    case 'bool':
      return long(1);
    case 'int':
      return long(4);
    case 'long':
    case 'real':
    case 'datetime':
    case 'timespan':
      return long(8);
    case 'guid':
    case 'decimal':
      return long(16);
    case 'string':
      return call('string_size', [e], 'long');
    case 'dynamic':
      return call('string_size', [call('dynamic_to_json', [e], 'string')], 'long');
  }
}

const read = (c: Column): Expr => ({ op: 'column', id: c.id, type: c.type });

const dataSize: Special = (_n, nodes, scope, planner) => {
  const values = nodes.flatMap((a) =>
    kindOf(a) === 'StarExpression'
      ? (scope.columns ?? []).filter((c) => !c.hidden).map(read)
      : [planExpression(a, scope, planner)],
  );
  return values.map(size).reduce((a, b) => call('+', [a, b], 'long'), long(0));
};

/** Start of the session a row is in: rows that are not far apart, and not too far from the first. */
const session: Special = (n, nodes, scope, planner) => {
  const order = scope.rowOrder;
  if (!order)
    throw new PlanError(n, 'KQL0030', 'row_window_session() needs rows in a fixed order.', 'sort by … | serialize');
  if (nodes.length < 3 || nodes.length > 4)
    throw new PlanError(n, 'KQL0016', `row_window_session() takes 3 to 4 arguments, not ${nodes.length}.`);
  const [at, fromFirst, between, restart] = nodes.map((a) => planExpression(a, scope, planner));
  const time = cast(at!, 'datetime');
  const place: Expr = { op: 'column', id: order.id, type: 'long' };
  const before: Expr = { op: 'window', fn: 'prev', args: [time, place], type: 'datetime' };
  const far = call('>=', [call('-', [time, before], 'timespan'), cast(between!, 'timespan')], 'bool');
  const apart = call(
    'or',
    [call('isnull', [before], 'bool'), far, ...(restart ? [cast(restart, 'bool')] : [])],
    'bool',
  );
  const group = planner.restartGroup(
    call('coalesce', [apart, { op: 'literal', type: 'bool', value: false }], 'bool'),
    scope,
  );
  return {
    op: 'window',
    fn: 'row_window_session',
    args: [time, cast(fromFirst!, 'timespan'), group, place],
    type: 'datetime',
  };
};

const columnExists: Special = (n, nodes, scope, planner) => {
  const e = nodes[0] && planExpression(nodes[0], scope, planner);
  if (e?.op !== 'literal' || typeof e.value !== 'string')
    throw new PlanError(n, 'KQL0017', 'The name of the column must be a constant text.');
  return { op: 'literal', type: 'bool', value: (scope.columns ?? []).some((c) => c.name === e.value) };
};

const binAuto: Special = (n, nodes, scope, planner) => {
  const size = scope.env.get('query_bin_auto_size');
  const at = scope.env.get('query_bin_auto_at');
  if (size?.kind !== 'scalar')
    throw new PlanError(n, 'KQL0032', 'bin_auto() needs the size of the bins.', 'set query_bin_auto_size = 1h;');
  const value = planExpression(nodes[0]!, scope, planner);
  const step = size.expr;
  if (at?.kind !== 'scalar') return planner.scalarCall(n, 'bin', [value, step], value.type);
  return planner.scalarCall(n, 'bin_at', [value, step, at.expr], value.type);
};

export const CONTEXT_FUNCTIONS: Readonly<Record<string, Special>> = {
  extract: typed('extract', 'string'),
  extractjson: typed('extract_json', 'string'),
  extract_json: typed('extract_json', 'string'),
  percentile_tdigest: typed('percentile_tdigest', 'dynamic'),
  percentiles_array_tdigest: (n, nodes, scope, planner) => {
    if (!typeOf(nodes)) return undefined;
    const args = nodes.slice(0, -1).map((a) => planExpression(a, scope, planner));
    return planner.scalarCall(n, 'percentiles_array_tdigest', args, 'dynamic');
  },
  estimate_data_size: dataSize,
  row_window_session: session,
  iscolumnexists: columnExists,
  bin_auto: binAuto,
};

/** Functions that exist and cannot be answered here: why, and what to write instead. */
export const REFUSED: Readonly<Record<string, readonly [reason: string, instead?: string]>> = {
  hash_combine: ['Its way of mixing hashes is not published.', 'hash(strcat(a, "|", b))'],
  hash_many: ['Its way of mixing hashes is not published.', 'hash(strcat(a, "|", b))'],
  extent_id: ['Rows are not kept in extents here.'],
  extentid: ['Rows are not kept in extents here.'],
  extent_tags: ['Rows are not kept in extents here.'],
  row_id: ['Stored rows have no number of their own here.', 'serialize | extend id = row_number()'],
  rowstore_ordinal_range: ['There is no row store here.'],
  cursor_after: ['Tables have no cursor here.', 'where ingestion_time() > datetime(…)'],
  cursor_before_or_at: ['Tables have no cursor here.', 'where ingestion_time() <= datetime(…)'],
  cursor_current: ['Tables have no cursor here.', 'now()'],
  current_cursor: ['Tables have no cursor here.', 'now()'],
  current_cluster_endpoint: ['A query does not know where it runs.'],
  current_database: ['A query does not know where it runs.'],
  current_node_id: ['A query does not know where it runs.'],
  current_principal: ['A query does not know who runs it.'],
  current_principal_details: ['A query does not know who runs it.'],
  current_principal_is_member_of: ['A query does not know who runs it.'],
  stored_query_result: ['Results are not stored under a name here.', 'materialize()'],
  row_rank: ['This is an old name.', 'row_rank_dense()'],
};
