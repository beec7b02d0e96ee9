/** Moves filters towards the tables they filter. */
import type { Column, Expr, Item, JoinKind, Rel } from '../plan/ir.ts';
import { allOf, conjuncts, movable, reads, some, substitute } from './expr.ts';
import { timeOnColumns } from './time.ts';

type Where = Extract<Rel, { op: 'where' }>;

const where = (input: Rel, conditions: readonly Expr[]): Rel =>
  conditions.length === 0 ? input : { op: 'where', input, condition: allOf(conditions), columns: input.columns };

const hasWindow = (items: readonly Item[]): boolean => items.some((i) => some(i.expr, (x) => x.op === 'window'));

/**
 * A condition over the input of a SELECT. Undefined when that would compute something twice: only columns, constants and
 * times that end up as bare columns go down.
 */
function through(condition: Expr, source: (id: string) => Expr | undefined): Expr | undefined {
  const used = [...reads(condition)].map(source);
  if (used.some((x) => x === undefined)) return undefined;
  const moved = timeOnColumns(substitute(condition, source));
  if (used.every((x) => x!.op === 'column' || x!.op === 'literal')) return moved;
  const simple = !some(moved, (x) => x.op === 'call' && !COMPARISONS.has(x.fn));
  return simple && used.every((x) => x!.op !== 'call' || x!.type === 'datetime') ? moved : undefined;
}

const COMPARISONS: ReadonlySet<string> = new Set(['and', 'or', '<', '<=', '>', '>=', '==', 'between']);

/** Sides of a join whose rows may be filtered before it without another result. */
const FILTERS_LEFT: ReadonlySet<JoinKind> = new Set(['inner', 'leftouter', 'leftsemi', 'leftanti', 'cross']);
const FILTERS_RIGHT: ReadonlySet<JoinKind> = new Set([
  'inner',
  'innerunique',
  'rightouter',
  'rightsemi',
  'rightanti',
  'cross',
]);
/** A filter on the key of one side holds for the key of the other side too. */
const KEYS_MEET: ReadonlySet<JoinKind> = new Set([
  'inner',
  'innerunique',
  'leftouter',
  'rightouter',
  'leftsemi',
  'rightsemi',
]);

/** Conditions pushed below a relation: what it became, and what must stay above. */
interface Pushed {
  readonly rel: Rel;
  readonly rest: readonly Expr[];
}

function pushInto(rel: Rel, conditions: readonly Expr[]): Pushed {
  switch (rel.op) {
    case 'where':
      return { rel: pushWhere({ ...rel, condition: allOf([...conjuncts(rel.condition), ...conditions]) }), rest: [] };
    case 'sort':
      return { rel: { ...rel, input: filtered(rel.input, conditions) }, rest: [] };
    case 'select': {
      if (hasWindow(rel.items)) return { rel, rest: conditions };
      const items = new Map(rel.items.map((i) => [i.id, i.expr]));
      return split(
        rel,
        conditions,
        (c) => through(c, (id) => items.get(id)),
        (input) => ({ ...rel, input }),
      );
    }
    case 'expand': {
      const made = new Set([...rel.expands.map((x) => x.id), ...(rel.indexId ? [rel.indexId] : [])]);
      const own = (c: Expr): Expr | undefined => ([...reads(c)].some((id) => made.has(id)) ? undefined : c);
      return split(rel, conditions, own, (input) => ({ ...rel, input }));
    }
    case 'aggregate': {
      if (rel.keys.length === 0) return { rel, rest: conditions };
      const keys = new Map(rel.keys.map((k) => [k.id, k.expr]));
      const down = (c: Expr): Expr | undefined => (reads(c).size ? through(c, (id) => keys.get(id)) : undefined);
      return split(rel, conditions, down, (input) => ({ ...rel, input }));
    }
    case 'union':
      return pushUnion(rel, conditions);
    case 'join':
      return pushJoin(rel, conditions);
    default:
      return { rel, rest: conditions };
  }
}

function split<R extends Rel & { readonly input: Rel }>(
  rel: R,
  conditions: readonly Expr[],
  down: (c: Expr) => Expr | undefined,
  rebuilt: (input: Rel) => Rel,
): Pushed {
  const below: Expr[] = [];
  const rest: Expr[] = [];
  for (const c of conditions) {
    const moved = down(c);
    if (moved) below.push(moved);
    else rest.push(c);
  }
  return below.length ? { rel: rebuilt(filtered(rel.input, below)), rest } : { rel, rest };
}

function pushUnion(rel: Extract<Rel, { op: 'union' }>, conditions: readonly Expr[]): Pushed {
  const rest = new Set<Expr>();
  let moved = false;
  const read = reads(allOf(conditions));
  const columns = new Map(rel.columns.filter((c) => read.has(c.id)).map((c) => [c.id, c]));
  const inputs = rel.inputs.map(({ rel: input, map }) => {
    const source = (id: string): Expr | undefined => {
      const column = columns.get(id);
      return map[id] ?? (column ? absent(column) : undefined);
    };
    const below: Expr[] = [];
    for (const c of conditions) {
      const down = through(c, source);
      if (down) below.push(down);
      else rest.add(c);
    }
    moved ||= below.length > 0;
    return { rel: filtered(input, below), map };
  });
  return moved ? { rel: { ...rel, inputs }, rest: conditions.filter((c) => rest.has(c)) } : { rel, rest: conditions };
}

/** What a table without the column gives. */
const absent = (column: Column): Expr => ({
  op: 'literal',
  type: column.type,
  value: column.type === 'string' || column.type === 'guid' ? '' : null,
});

function pushJoin(rel: Extract<Rel, { op: 'join' }>, conditions: readonly Expr[]): Pushed {
  const from = new Map(rel.outputs.map((o) => [o.id, o]));
  const types = new Map([...rel.left.columns, ...rel.right.columns].map((c) => [c.id, c.type]));
  const keys = rel.on.filter((k) => k.left.op === 'column' && k.right.op === 'column' && k.left.type === k.right.type);
  const keyOf = { left: new Map<string, string>(), right: new Map<string, string>() };
  for (const { left, right } of keys) {
    if (left.op !== 'column' || right.op !== 'column') continue;
    keyOf.left.set(left.id, right.id);
    keyOf.right.set(right.id, left.id);
  }
  const below = { left: [] as Expr[], right: [] as Expr[] };
  const rest: Expr[] = [];
  for (const c of conditions) {
    const ids = [...reads(c)];
    const sides = new Set(ids.map((id) => from.get(id)?.side));
    const side = sides.size === 1 ? [...sides][0] : undefined;
    if (side === undefined) {
      rest.push(c);
      continue;
    }
    const onKeys = ids.every((id) => keyOf[side].has(from.get(id)!.from));
    const allowed =
      (side === 'left' ? FILTERS_LEFT : FILTERS_RIGHT).has(rel.kind) ||
      // One row of each key is kept: which one must not depend on the filter, unless that is about the key.
      (side === 'left' && rel.kind === 'innerunique' && onKeys);
    if (!allowed) {
      rest.push(c);
      continue;
    }
    const column = (id: string): Expr => ({ op: 'column', id, type: types.get(id)! });
    below[side].push(substitute(c, (id) => column(from.get(id)!.from)));
    if (onKeys && KEYS_MEET.has(rel.kind)) {
      const other = side === 'left' ? 'right' : 'left';
      below[other].push(substitute(c, (id) => column(keyOf[side].get(from.get(id)!.from)!)));
    }
  }
  if (below.left.length + below.right.length === 0) return { rel, rest };
  return { rel: { ...rel, left: filtered(rel.left, below.left), right: filtered(rel.right, below.right) }, rest };
}

/** A relation with conditions, as far down as they go. */
function filtered(input: Rel, conditions: readonly Expr[]): Rel {
  return conditions.length
    ? pushWhere({ op: 'where', input, condition: allOf(conditions), columns: input.columns })
    : input;
}

/** One filter, moved down as far as its conditions can go. */
export function pushWhere(rel: Where): Rel {
  const all = conjuncts(rel.condition).map(timeOnColumns).flatMap(conjuncts);
  const first = all.findIndex((c) => !movable(c));
  // What stands behind a condition that cannot move stays behind it.
  const free = first < 0 ? all : all.slice(0, first);
  const bound = first < 0 ? [] : all.slice(first);
  const input = rel.input;
  if (input.op === 'where') {
    return pushWhere({
      ...rel,
      input: input.input,
      condition: allOf([...conjuncts(input.condition), ...all]),
      columns: input.columns,
    });
  }
  const pushed = free.length ? pushInto(input, free) : { rel: input, rest: [] };
  return where(pushed.rel, [...pushed.rest, ...bound]);
}
