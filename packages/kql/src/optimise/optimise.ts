/**
 * The stage between plan and SQL: the same plan with less to do. Every rule keeps the answer, nulls included. Reads stay
 * the same objects, so that what is known about them still holds.
 */
import type { Expr, Item, Rel } from '../plan/ir.ts';
import { mapParts } from './expr.ts';
import { pushWhere } from './filters.ts';
import { plainJoin } from './joins.ts';
import { pushLimit } from './limits.ts';
import { plainNumbers } from './numbers.ts';

/** Most of a map hands columns on as they are; it is copied only when something in it changes. */
function rewritten(map: Readonly<Record<string, Expr>>, expr: (e: Expr) => Expr): Readonly<Record<string, Expr>> {
  let copy: Record<string, Expr> | undefined;
  for (const id in map) {
    const e = map[id]!;
    if (e.op === 'column' || e.op === 'literal') continue;
    const made = expr(e);
    if (made !== e) {
      copy ??= { ...map };
      copy[id] = made;
    }
  }
  return copy ?? map;
}

export function optimise(root: Rel): Rel {
  /** References to one shared table stay references to one. */
  const shared = new Map<Rel, Rel>();

  const expr = (e: Expr): Expr => {
    if (e.op === 'scalarQuery' || e.op === 'listQuery') return { ...e, rel: visit(e.rel) };
    if (e.op === 'inQuery') return { ...e, left: expr(e.left), rel: visit(e.rel) };
    return plainNumbers(mapParts(e, expr));
  };
  const items = (all: readonly Item[]): Item[] => all.map((i) => ({ ...i, expr: expr(i.expr) }));

  const visit = (rel: Rel): Rel => {
    switch (rel.op) {
      case 'read':
      case 'external':
        return rel;
      case 'rows':
        return { ...rel, rows: rel.rows.map((r) => r.map(expr)) };
      case 'range':
        return { ...rel, from: expr(rel.from), to: expr(rel.to), step: expr(rel.step) };
      case 'where':
        return pushWhere({ ...rel, input: visit(rel.input), condition: expr(rel.condition) });
      case 'select':
        return { ...rel, input: visit(rel.input), items: items(rel.items) };
      case 'aggregate':
        return { ...rel, input: visit(rel.input), keys: items(rel.keys), values: items(rel.values) };
      case 'sort':
        return { ...rel, input: visit(rel.input), keys: rel.keys.map((k) => ({ ...k, expr: expr(k.expr) })) };
      case 'limit':
        return pushLimit({ ...rel, input: visit(rel.input) });
      case 'join':
        return plainJoin({
          ...rel,
          left: visit(rel.left),
          right: visit(rel.right),
          on: rel.on.map((k) => ({ left: expr(k.left), right: expr(k.right) })),
        });
      case 'union':
        return {
          ...rel,
          inputs: rel.inputs.map(({ rel: input, map }) => ({
            rel: visit(input),
            map: rewritten(map, expr),
          })),
        };
      case 'expand':
        return { ...rel, input: visit(rel.input), expands: rel.expands.map((x) => ({ ...x, expr: expr(x.expr) })) };
      case 'host':
        return { ...rel, inputs: rel.inputs.map(visit) };
      case 'shared': {
        const known = shared.get(rel);
        if (known) return known;
        const made: Rel = { ...rel, input: visit(rel.input) };
        shared.set(rel, made);
        return made;
      }
    }
  };
  return visit(root);
}
