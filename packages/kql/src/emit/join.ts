import { stringLike } from '../functions/declare.ts';
import type { Rel } from '../plan/ir.ts';
import { Block } from './block.ts';
import { columnsOf } from './expr.ts';
import { quoteName } from './params.ts';
import type { SqlWriter } from './rel.ts';

type Join = Extract<Rel, { op: 'join' }>;

/** One side of a join as a subquery with its key expressions as columns. */
function side(
  join: Join,
  which: 'left' | 'right',
  need: ReadonlySet<string>,
  writer: SqlWriter,
): { sql: string; keys: string[]; notNull: boolean[] } {
  const rel = join[which];
  const wanted = new Set<string>();
  for (const o of join.outputs) if (o.side === which && need.has(o.id)) wanted.add(o.from);
  const outputs = [...wanted];
  const exprs = join.on.map((k) => k[which]);
  for (const e of exprs) columnsOf(e, wanted);
  const block = writer.ready(writer.block(rel, wanted), exprs, false);
  const e = writer.expressions(block);
  const notNull = exprs.map((x) => x.op === 'column' && (block.items.get(x.id)?.notNull ?? false));
  const prefix = writer.shared.fresh('key$');
  const keys = exprs.map((x, i) => {
    const id = `${prefix}$${i}`;
    block.items.set(id, { sql: e.sql(x), cheap: false });
    return id;
  });
  for (const id of [...block.items.keys()]) if (!outputs.includes(id) && !keys.includes(id)) block.items.delete(id);
  const types = new Map(rel.columns.map((c) => [c.id, c.type]));
  for (const id of mayMiss(join.kind, which) ? outputs : []) {
    const item = block.items.get(id)!;
    if (!stringLike(types.get(id)!)) block.items.set(id, { ...item, sql: `toNullable(${item.sql})`, cheap: false });
  }
  if (block.limit === undefined) block.order = [];
  let sql = block.render();
  if (which === 'left' && join.kind === 'innerunique' && keys.length) {
    sql = `SELECT * FROM (${sql}) LIMIT 1 BY ${keys.map(quoteName).join(', ')}`;
  }
  return { sql, keys, notNull };
}

/** Rows of the other side may come out with nothing of this one. */
function mayMiss(kind: Join['kind'], side: 'left' | 'right'): boolean {
  return kind === 'fullouter' || kind === (side === 'left' ? 'rightouter' : 'leftouter');
}

const SQL_KIND: Readonly<Record<Join['kind'], string>> = {
  inner: 'INNER JOIN',
  innerunique: 'INNER JOIN',
  leftouter: 'LEFT JOIN',
  rightouter: 'RIGHT JOIN',
  fullouter: 'FULL JOIN',
  leftsemi: 'LEFT SEMI JOIN',
  leftanti: 'LEFT ANTI JOIN',
  rightsemi: 'RIGHT SEMI JOIN',
  rightanti: 'RIGHT ANTI JOIN',
  cross: 'CROSS JOIN',
};

/**
 * The default join as a filter of its right side, where the left one only decides whether a row stays: what is needed of it
 * is in the keys of the right side as well.
 */
function asFilter(join: Join, need: ReadonlySet<string>): Join | undefined {
  if (join.kind !== 'innerunique' || join.on.length === 0) return undefined;
  const twins = new Map<string, string>();
  for (const { left, right } of join.on)
    if (left.op === 'column' && right.op === 'column' && left.type === right.type) twins.set(left.id, right.id);
  const needed = join.outputs.filter((o) => need.has(o.id));
  if (needed.some((o) => o.side === 'left' && !twins.has(o.from))) return undefined;
  return {
    ...join,
    kind: 'leftsemi',
    left: join.right,
    right: join.left,
    on: join.on.map((k) => ({ left: k.right, right: k.left })),
    outputs: needed.map((o) => ({ id: o.id, side: 'left', from: o.side === 'left' ? twins.get(o.from)! : o.from })),
  };
}

/** Rows of the left side whose key occurs on the right, as a condition: the engine can use its indexes for it. */
function semiBlock(join: Join, need: ReadonlySet<string>, writer: SqlWriter): Block {
  const outputs = join.outputs.filter((o) => need.has(o.id));
  const wanted = new Set(outputs.map((o) => o.from));
  const exprs = join.on.map((k) => k.left);
  for (const e of exprs) columnsOf(e, wanted);
  const block = writer.ready(writer.block(join.left, wanted), exprs);
  const keys = exprs.map((e) => writer.expressions(block).sql(e));
  const right = side(join, 'right', new Set(), writer);
  const left = keys.length === 1 ? keys[0] : `(${keys.join(', ')})`;
  block.where.push(`${left} IN (${right.sql})`);
  block.order = [];
  const items = new Map(outputs.map((o) => [o.id, block.items.get(o.from)!]));
  block.items = items;
  return block;
}

/** A join as a block over two subqueries. Keys compare as the language does: null equals null. */
export function joinBlock(given: Join, need: ReadonlySet<string>, writer: SqlWriter): Block {
  const join = asFilter(given, need) ?? given;
  const texts = join.on.length > 0 && join.on.every((k) => stringLike(k.left.type));
  if (join.kind === 'leftsemi' && texts) return semiBlock(join, need, writer);
  const left = side(join, 'left', need, writer);
  const right = side(join, 'right', need, writer);
  const [l, r] = [writer.shared.fresh('l'), writer.shared.fresh('r')];
  // Null equals null: only where both keys may be null does that need a slower comparison.
  const plain = join.on.every((p, i) => stringLike(p.left.type) || left.notNull[i] || right.notNull[i]);
  const on = left.keys
    .map((k, i) => `${l}.${quoteName(k)} ${plain ? '=' : '<=>'} ${r}.${quoteName(right.keys[i]!)}`)
    .join(' AND ');
  const condition = join.kind === 'cross' ? '' : ` ON ${on}`;
  const block = new Block(
    writer.shared,
    `(${left.sql}) AS ${l} ${SQL_KIND[join.kind]} (${right.sql}) AS ${r}${condition}`,
  );
  for (const o of join.outputs) {
    if (need.has(o.id))
      block.items.set(o.id, { sql: `${o.side === 'left' ? l : r}.${quoteName(o.from)}`, cheap: true });
  }
  block.sealed = false;
  return block;
}
