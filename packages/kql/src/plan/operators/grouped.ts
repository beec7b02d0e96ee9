/**
 * Makes a pipeline work on groups of rows, each by itself: the inner queries of `mv-apply` (one group for each outer row)
 * and `partition` (one for each value of the key). The values that tell the groups apart travel through every stage.
 */
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { type Column, type Expr, inputsOf, type Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { col } from './basic.ts';

export interface Groups {
  /** Where the pipeline starts. A relation that only hands on the rows of its input, made for this purpose. */
  readonly base: Rel;
  /** Columns of `base` that together tell the groups apart. */
  readonly keys: readonly Column[];
  /** Columns of `base` that have one value in a group and must reach the end as well. */
  readonly carried: readonly Column[];
  /** The operator, for errors. */
  readonly node: KNode;
  /** One row for each group, with `keys` under their own ids: pipelines that read a table of their own start from it. */
  readonly each?: Rel;
}

const isBase = (rel: Rel, g: Groups): boolean =>
  rel === g.base || (rel.op === 'select' && g.base.op === 'select' && rel.items === g.base.items);

/** True when rows of the group reach a relation. */
export function readsGroup(rel: Rel, g: Groups): boolean {
  return isBase(rel, g) || inputsOf(rel).some((r) => readsGroup(r, g));
}

const same = (c: Column) => ({ ...c, hidden: true, expr: col(c) });

const keyExprs = (g: Groups): Expr[] => g.keys.map(col);

const shares = new WeakMap<Groups, Map<Rel, Rel>>();

/** The relation with every stage between the base and it working on one group at a time. */
export function grouped(rel: Rel, g: Groups, planner: Planner): Rel {
  if (isBase(rel, g)) return rel;
  const all = [...g.keys, ...g.carried];
  const missing = (columns: readonly Column[]) =>
    all.filter((c) => !columns.some((x) => x.id === c.id)).map((c) => ({ ...c, hidden: true }));
  switch (rel.op) {
    case 'where': {
      const { input, exprs } = inner(grouped(rel.input, g, planner), [rel.condition], g, planner);
      return { ...rel, input, condition: exprs[0]!, columns: [...rel.columns, ...missing(rel.columns)] };
    }
    case 'sort': {
      const input = grouped(rel.input, g, planner);
      return { ...rel, input, columns: [...rel.columns, ...missing(rel.columns)] };
    }
    case 'limit': {
      const input = grouped(rel.input, g, planner);
      const by = [...(rel.by ?? []), ...g.keys.map((k) => k.id)];
      return { ...rel, input, by, columns: [...rel.columns, ...missing(rel.columns)] };
    }
    case 'select': {
      const made = inner(
        grouped(rel.input, g, planner),
        rel.items.map((i) => i.expr),
        g,
        planner,
      );
      const items = rel.items.map((i, at) => ({ ...i, expr: made.exprs[at]! }));
      const extra = missing(rel.columns);
      return { ...rel, input: made.input, items: [...items, ...extra.map(same)], columns: [...rel.columns, ...extra] };
    }
    case 'expand': {
      const input = grouped(rel.input, g, planner);
      return { ...rel, input, columns: [...rel.columns, ...missing(rel.columns)] };
    }
    case 'aggregate':
      return aggregated(rel, g, planner, missing(rel.columns));
    case 'join':
      return joined(rel, g, planner);
    case 'union': {
      const inputs = rel.inputs.map(({ rel: r, map }) => {
        const input = reach(r, g, planner);
        return { rel: input, map: { ...map, ...Object.fromEntries(all.map((c) => [c.id, col(c)])) } };
      });
      return { ...rel, inputs, columns: [...rel.columns, ...missing(rel.columns)] };
    }
    case 'host': {
      const [from] = rel.inputs;
      if (!from || rel.inputs.length > 1 || rel.each) break;
      const extra = missing(rel.columns);
      const input = grouped(from, g, planner);
      // Columns of the input stay where the algorithm expects them; those of the group come after.
      const keys = g.keys.map((k) => k.id);
      const each = { cells: from.columns.length, keys, carried: g.carried.map((c) => c.id) };
      return { ...rel, inputs: [input], each, columns: [...rel.columns, ...extra] };
    }
    case 'shared': {
      // What is computed once stays so.
      const known = shares.get(g) ?? new Map<Rel, Rel>();
      shares.set(g, known);
      const made = known.get(rel) ?? planner.shared(grouped(rel.input, g, planner));
      known.set(rel, made);
      return made;
    }
    case 'read':
    case 'rows':
    case 'range':
    case 'external':
      return reach(rel, g, planner);
    default:
  }
  throw new PlanError(
    g.node,
    'KQL0081',
    'An operator of this subquery cannot work on each group by itself.',
    'where, extend, project, summarize, top, sort, take, mv-expand, join',
  );
}

/** A relation of a subquery: its own stages, or a table that is the same for each group. */
function reach(rel: Rel, g: Groups, planner: Planner): Rel {
  if (
    readsGroup(rel, g) ||
    (g.each && rel.op !== 'read' && rel.op !== 'rows' && rel.op !== 'external' && rel.op !== 'range')
  )
    return grouped(rel, g, planner);
  const each = g.each ?? groupsOf(g);
  const all = g.each ? g.keys : [...g.keys, ...g.carried];
  return {
    op: 'join',
    kind: 'cross',
    left: rel,
    right: each,
    on: [],
    columns: [...rel.columns, ...all.map((k) => ({ ...k, hidden: true }))],
    outputs: [
      ...rel.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
      ...all.map((c) => ({ id: c.id, side: 'right' as const, from: c.id })),
    ],
  };
}

/** One row for each group. */
function groupsOf(g: Groups): Rel {
  return {
    op: 'aggregate',
    input: g.base,
    keys: g.keys.map((k) => ({ ...k, expr: col(k) })),
    values: g.carried.map((c) => ({ ...c, expr: { op: 'aggregate', fn: 'take_any', args: [col(c)], type: c.type } })),
    columns: [...g.keys, ...g.carried],
  };
}

/** Expressions of a stage: window functions stay in their group, single values of the group become columns. */
function inner(input: Rel, exprs: readonly Expr[], g: Groups, planner: Planner): { input: Rel; exprs: Expr[] } {
  let rel = input;
  const change = (e: Expr): Expr => {
    switch (e.op) {
      case 'window': {
        const args = e.args.map(change);
        return e.fn === 'sorted_row' ? { ...e, args } : { ...e, args, by: [...(e.by ?? []), ...keyExprs(g)] };
      }
      case 'call':
        return { ...e, args: e.args.map(change) };
      case 'path':
        return { ...e, of: change(e.of) };
      case 'scalarQuery': {
        if (!readsGroup(e.rel, g)) return e;
        const value = e.rel.columns[0]!;
        const single: Rel = { ...oneEach(grouped(e.rel, g, planner), g) };
        const made = planner.context.column(value.name, value.type, true);
        rel = withLookup(rel, single, [{ from: value, to: made }], g);
        return col(made);
      }
      case 'inQuery':
      case 'listQuery':
        if (readsGroup(e.rel, g))
          throw new PlanError(g.node, 'KQL0081', 'A list of the rows of a group is not supported here.', 'join');
        return e.op === 'inQuery' ? { ...e, left: change(e.left) } : e;
      default:
        return e;
    }
  };
  return { exprs: exprs.map(change), input: rel };
}

const oneEach = (rel: Rel, g: Groups): Rel =>
  rel.op === 'limit' && rel.count === 1 && rel.by
    ? rel
    : { op: 'limit', input: rel, count: 1, by: g.keys.map((k) => k.id), columns: rel.columns };

/** Adds columns of a relation that has at most one row for each group. */
function withLookup(left: Rel, right: Rel, added: readonly { from: Column; to: Column }[], g: Groups): Rel {
  return {
    op: 'join',
    kind: 'leftouter',
    left,
    right,
    on: keyExprs(g).map((k) => ({ left: k, right: k })),
    columns: [...left.columns, ...added.map((a) => a.to)],
    outputs: [
      ...left.columns.map((c) => ({ id: c.id, side: 'left' as const, from: c.id })),
      ...added.map((a) => ({ id: a.to.id, side: 'right' as const, from: a.from.id })),
    ],
  };
}

function aggregated(
  rel: Extract<Rel, { op: 'aggregate' }>,
  g: Groups,
  planner: Planner,
  missing: readonly Column[],
): Rel {
  const below = grouped(rel.input, g, planner);
  const present = new Set(rel.columns.map((c) => c.id));
  const any = (c: Column) => ({
    ...c,
    hidden: true,
    expr: { op: 'aggregate', fn: 'take_any', args: [col(c)], type: c.type } as Expr,
  });
  const out: Rel = {
    ...rel,
    input: below,
    keys: [...rel.keys, ...g.keys.filter((k) => !present.has(k.id)).map(same)],
    values: [...rel.values, ...g.carried.filter((c) => !present.has(c.id)).map(any)],
    columns: [...rel.columns, ...missing],
  };
  return rel.keys.length === 0 && loses(rel.input, g) ? withEmpty(rel, out, g, planner) : out;
}

/** True when a stage may take all rows of a group away. */
function loses(rel: Rel, g: Groups): boolean {
  if (isBase(rel, g)) return false;
  if (rel.op === 'where' || rel.op === 'join' || rel.op === 'expand' || (rel.op === 'limit' && rel.count === 0))
    return true;
  return inputsOf(rel).some((r) => loses(r, g));
}

/** A total over no rows is still a row: groups that lost all their rows come back with the total of nothing. */
function withEmpty(rel: Extract<Rel, { op: 'aggregate' }>, totals: Rel, g: Groups, planner: Planner): Rel {
  const marker = planner.context.column('found', 'long', true);
  const marked: Rel = {
    op: 'select',
    input: totals,
    items: [
      ...totals.columns.map((c) => ({ ...c, expr: col(c) })),
      { ...marker, expr: { op: 'literal', type: 'long', value: '1' } as Expr },
    ],
    columns: [...totals.columns, marker],
  };
  const ids = [...g.keys, ...g.carried];
  const groups = groupsOf(g);
  const values = rel.values.map((v) => ({ from: v, to: planner.context.column(v.name, v.type, true) }));
  const found = planner.context.column('found', 'long', true);
  const both = withLookup(groups, marked, [...values, { from: marker, to: found }], g);
  const nothing: Rel = {
    ...rel,
    input: { op: 'rows', columns: [...rel.input.columns, ...g.keys], rows: [] },
  };
  const items = values.map(({ from, to }) => {
    const empty: Expr = {
      op: 'scalarQuery',
      rel: { ...nothing, columns: [from], values: rel.values.filter((v) => v.id === from.id) } as Rel,
      type: from.type,
    };
    const missing: Expr = { op: 'call', fn: 'isnull', args: [col(found)], type: 'bool' };
    const expr: Expr = { op: 'call', fn: 'iff', args: [missing, cast(empty, to.type), col(to)], type: to.type };
    return { ...from, expr };
  });
  return {
    op: 'select',
    input: both,
    items: [...items, ...ids.map(same)],
    columns: [...rel.columns, ...ids.map((c) => ({ ...c, hidden: true }))],
  };
}

function joined(rel: Extract<Rel, { op: 'join' }>, g: Groups, planner: Planner): Rel {
  const [inLeft, inRight] = [readsGroup(rel.left, g) || !!g.each, readsGroup(rel.right, g) || !!g.each];
  const all = [...g.keys, ...g.carried];
  const keepsOther = (side: 'left' | 'right') =>
    rel.kind === 'fullouter' || rel.kind.startsWith(side) ? !['leftsemi', 'rightsemi'].includes(rel.kind) : false;
  if (inLeft !== inRight && keepsOther(inLeft ? 'right' : 'left')) {
    throw new PlanError(
      g.node,
      'KQL0081',
      `A join of kind ${rel.kind} keeps rows that belong to no group.`,
      'join kind=inner, join kind=leftouter',
    );
  }
  let left = inLeft ? reach(rel.left, g, planner) : rel.left;
  let kind = rel.kind;
  if (kind === 'innerunique' && inLeft && !inRight) {
    // The engine's own way would keep one row a key of all groups together.
    left = firstOfEachKey(left, rel, g, planner);
    kind = 'inner';
  }
  const right = inRight ? reach(rel.right, g, planner) : rel.right;
  const on = inLeft && inRight ? [...rel.on, ...keyExprs(g).map((k) => ({ left: k, right: k }))] : rel.on;
  const side = inLeft && !rel.kind.startsWith('right') ? 'left' : 'right';
  const have = new Set(rel.outputs.map((o) => o.id));
  const extra = all.filter((c) => !have.has(c.id));
  return {
    ...rel,
    kind: kind === 'cross' && on.length ? 'inner' : kind,
    left,
    right,
    on,
    columns: [...rel.columns, ...extra.map((c) => ({ ...c, hidden: true }))],
    outputs: [...rel.outputs, ...extra.map((c) => ({ id: c.id, side, from: c.id }) as const)],
  };
}

function firstOfEachKey(left: Rel, rel: Extract<Rel, { op: 'join' }>, g: Groups, planner: Planner): Rel {
  const made = rel.on.map((o) => ({ ...planner.context.column('key', o.left.type, true), expr: o.left }));
  const columns = [...left.columns, ...made.map(({ expr: _, ...c }) => c)];
  const withKeys: Rel = {
    op: 'select',
    input: left,
    items: [...left.columns.map((c) => ({ ...c, expr: col(c) })), ...made],
    columns,
  };
  return { op: 'limit', input: withKeys, count: 1, by: [...made, ...g.keys].map((c) => c.id), columns: left.columns };
}

/** How often the pipeline starts from its base. */
export function baseReads(rel: Rel, g: Groups): number {
  if (isBase(rel, g)) return 1;
  return inputsOf(rel).reduce((n, r) => n + baseReads(r, g), 0);
}
