/** Joins that a cheaper kind answers. */
import type { Rel } from '../plan/ir.ts';

/** True when no two rows agree in all of these columns. */
function unique(rel: Rel, ids: ReadonlySet<string>): boolean {
  switch (rel.op) {
    case 'aggregate':
      return rel.keys.length > 0 && rel.keys.every((k) => ids.has(k.id));
    case 'where':
    case 'sort':
    case 'limit':
      return unique(rel.input, ids);
    case 'select': {
      const sources = rel.items.flatMap((i) => (ids.has(i.id) && i.expr.op === 'column' ? [i.expr.id] : []));
      return unique(rel.input, new Set(sources));
    }
    default:
      return false;
  }
}

/** The default kind keeps one left row of each key: nothing to do where the left side has no more. */
export function plainJoin(rel: Extract<Rel, { op: 'join' }>): Rel {
  if (rel.kind !== 'innerunique') return rel;
  const keys = new Set(rel.on.flatMap((k) => (k.left.op === 'column' ? [k.left.id] : [])));
  return unique(rel.left, keys) ? { ...rel, kind: 'inner' } : rel;
}
