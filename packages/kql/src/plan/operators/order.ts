import { children, kindOf, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';

const WINDOW = new Set([
  'prev',
  'next',
  'row_number',
  'row_cumsum',
  'row_rank_dense',
  'row_rank_min',
  'row_window_session',
]);

/** True when the text of a node calls a window function. */
export function usesWindow(n: KNode): boolean {
  if (kindOf(n) === 'FunctionCallExpression' && WINDOW.has(nameOf(must(n, 'Name')))) return true;
  return children(n).some(usesWindow);
}

/** Relations that `serialize` made. */
const serialized = new WeakSet<Rel>();

/** A copy of a relation whose rows count as being in a fixed order. */
export function markSerialized(rel: Rel): Rel {
  const copy = { ...rel };
  serialized.add(copy);
  return copy;
}

/** True when the rows of a relation are in a fixed order. */
export function isSerialized(rel: Rel): boolean {
  if (serialized.has(rel) || rel.op === 'sort' || rel.op === 'range') return true;
  return (
    (rel.op === 'where' || rel.op === 'select' || rel.op === 'limit' || rel.op === 'expand') && isSerialized(rel.input)
  );
}

/** The relation with a hidden column that numbers its rows in their order. */
export function rowOrdered(rel: Rel, planner: Planner): { rel: Rel; order: Column } {
  const carry = (make: (inner: Rel, order: Column) => Rel, input: Rel): { rel: Rel; order: Column } => {
    const inner = rowOrdered(input, planner);
    return { rel: make(inner.rel, inner.order), order: inner.order };
  };
  const pass = (r: Rel, order: Column): readonly Column[] => [...r.columns, { ...order, hidden: true }];
  switch (rel.op) {
    case 'where':
    case 'limit':
      return carry((input, order) => ({ ...rel, input, columns: pass(rel, order) }), rel.input);
    case 'select':
      return carry(
        (input, order) => ({
          ...rel,
          input,
          items: [...rel.items, { ...order, hidden: true, expr: { op: 'column', id: order.id, type: 'long' } }],
          columns: pass(rel, order),
        }),
        rel.input,
      );
    case 'sort': {
      const order = planner.context.column('row_order', 'long', true);
      const numbered: Expr = { op: 'window', fn: 'sorted_row', args: rel.keys.map((k) => k.expr), type: 'long' };
      const input: Rel = {
        op: 'select',
        input: rel,
        items: [
          ...rel.columns.map((c) => ({ ...c, expr: { op: 'column', id: c.id, type: c.type } as Expr })),
          { ...order, expr: numbered },
        ],
        columns: [...rel.columns, order],
      };
      return { rel: input, order };
    }
    default: {
      const order = planner.context.column('row_order', 'long', true);
      const numbered: Expr = { op: 'window', fn: 'sorted_row', args: [], type: 'long' };
      const input: Rel = {
        op: 'select',
        input: rel,
        items: [
          ...rel.columns.map((c) => ({ ...c, expr: { op: 'column', id: c.id, type: c.type } as Expr })),
          { ...order, expr: numbered },
        ],
        columns: [...rel.columns, order],
      };
      // The numbers become the order, or the engine would hand the rows on as its windows left them.
      const keys = [
        { expr: { op: 'column', id: order.id, type: 'long' } as Expr, descending: false, nullsFirst: true },
      ];
      return { rel: { op: 'sort', input, keys, columns: input.columns }, order };
    }
  }
}

/** Gives window functions an input with a row order. */
export function ordered(n: KNode, input: Rel, scope: Scope, planner: Planner): { input: Rel; scope: Scope } {
  if (!usesWindow(n)) return { input, scope };
  if (kindOf(n) !== 'SerializeOperator' && !isSerialized(input)) return { input, scope };
  const { rel, order } = rowOrdered(input, planner);
  const source = { rel };
  return {
    get input() {
      return source.rel;
    },
    scope: { ...scope, columns: rel.columns, rel, rowOrder: order, source },
  };
}
