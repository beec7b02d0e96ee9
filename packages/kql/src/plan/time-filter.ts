import type { BoundSchema } from '../bind/schema.ts';
import type { Expr, Rel } from './ir.ts';

const COMPARES = new Set(['<', '<=', '>', '>=', '==', 'between', '!between']);

/** The table reads whose time column the text itself filters. */
export function timeFilteredReads(root: Rel, schema: BoundSchema): Set<Rel> {
  const out = new Set<Rel>();
  const seen = new Set<Rel>();
  /** Column id → reads whose time it carries. */
  const carries = new Map<string, Set<Rel>>();

  const link = (id: string, reads: ReadonlySet<Rel> | undefined): void => {
    if (!reads) return;
    const set = carries.get(id) ?? new Set();
    for (const r of reads) set.add(r);
    carries.set(id, set);
  };

  const queries = (e: Expr): void => {
    if (e.op === 'scalarQuery' || e.op === 'listQuery' || e.op === 'inQuery') visit(e.rel);
    if (e.op === 'inQuery') queries(e.left);
    if (e.op === 'call' || e.op === 'window' || e.op === 'aggregate') for (const a of e.args) queries(a);
    if (e.op === 'path') queries(e.of);
  };

  const timesIn = (e: Expr, into: Set<Rel>): void => {
    if (e.op === 'column') for (const r of carries.get(e.id) ?? []) into.add(r);
    else if (e.op === 'call') for (const a of e.args) timesIn(a, into);
  };

  const filters = (e: Expr): void => {
    if (e.op !== 'call') return;
    if (COMPARES.has(e.fn)) for (const a of e.args.slice(0, 2)) timesIn(a, out);
    if (e.fn === 'and' || e.fn === 'or') for (const a of e.args) filters(a);
  };

  function visit(rel: Rel): void {
    if (seen.has(rel)) return;
    seen.add(rel);
    switch (rel.op) {
      case 'read': {
        const table = schema.table(rel.table);
        if (!table?.timeColumn) return;
        for (const c of rel.columns) {
          if (c.type !== 'datetime') continue;
          const source = rel.sources[c.id];
          const twin = source === 'Timestamp' || source === 'TimeGenerated';
          if (source === table.timeColumn || twin) link(c.id, new Set([rel]));
        }
        return;
      }
      case 'where':
        visit(rel.input);
        queries(rel.condition);
        filters(rel.condition);
        return;
      case 'select':
        visit(rel.input);
        for (const i of rel.items) {
          queries(i.expr);
          if (i.expr.op === 'column') link(i.id, carries.get(i.expr.id));
        }
        return;
      case 'aggregate':
        visit(rel.input);
        for (const i of [...rel.keys, ...rel.values]) queries(i.expr);
        return;
      case 'join':
        visit(rel.left);
        visit(rel.right);
        for (const o of rel.outputs) link(o.id, carries.get(o.from));
        return;
      case 'union':
        for (const { rel: r, map } of rel.inputs) {
          visit(r);
          for (const id in map) {
            const e = map[id]!;
            if (e.op === 'column') link(id, carries.get(e.id));
          }
        }
        return;
      case 'rows':
        for (const row of rel.rows) row.forEach(queries);
        return;
      case 'range':
        [rel.from, rel.to, rel.step].forEach(queries);
        return;
      case 'external':
        return;
      case 'host':
        rel.inputs.forEach(visit);
        return;
      default:
        visit(rel.input);
        if (rel.op === 'expand') for (const x of rel.expands) queries(x.expr);
        if (rel.op === 'sort') for (const k of rel.keys) queries(k.expr);
    }
  }
  visit(root);
  return out;
}
