/** Relations that read no table: rows written in the text, ranges, and rows handed in from outside. */
import { nullSql } from '../functions/casts.ts';
import { sqlType } from '../functions/declare.ts';
import type { Expr, Rel } from '../plan/ir.ts';
import { Block } from './block.ts';
import { quoteName } from './params.ts';
import type { SqlWriter } from './rel.ts';

export function rowsBlock(rel: Extract<Rel, { op: 'rows' }>, need: ReadonlySet<string>, writer: SqlWriter): Block {
  const holder = new Block(writer.shared, 'system.one');
  const e = writer.expressions(holder);
  const columns = rel.columns.map((c, i) => ({ c, i })).filter(({ c }) => need.has(c.id));
  if (rel.rows.length === 1) {
    columns.forEach(({ c, i }) => {
      const value = rel.rows[0]![i]!;
      const plain = value.op === 'literal';
      const parsed =
        value.op === 'call' &&
        value.fn === 'parse_json' &&
        value.args[0]!.type === 'string' &&
        value.args[0]!.op === 'literal';
      holder.items.set(c.id, {
        sql: e.sql(value),
        cheap: plain,
        ...(parsed ? { jsonBase: e.sql(value.args[0]!) } : {}),
      });
    });
    return holder;
  }
  const cell = (x: Expr) => e.sql(x);
  const row = (r: readonly Expr[]) => `tuple(${[...columns.map(({ i }) => cell(r[i]!)), '0'].join(', ')})`;
  const structure = [...columns.map(({ c }) => `${quoteName(c.id)} ${sqlType(c.type)}`), '`end$` UInt8'].join(', ');
  const types = `Array(Tuple(${structure}))`;
  holder.items.set('row$', {
    sql: `arrayJoin(CAST([${rel.rows.map(row).join(', ')}], '${types.replaceAll("'", "\\'")}'))`,
    cheap: false,
  });
  const block = new Block(
    writer.shared,
    rel.rows.length === 0
      ? `(SELECT ${[...columns.map(({ c }) => `CAST(${nullSql(c.type)}, '${sqlType(c.type).replaceAll("'", "\\'")}') AS ${quoteName(c.id)}`), '0 AS `end$`'].join(', ')} FROM system.one WHERE false)`
      : `(SELECT ${[...columns.map(({ c }, k) => `\`row$\`.${k + 1} AS ${quoteName(c.id)}`), '0 AS `end$`'].join(', ')} FROM (${holder.render()}))`,
  );
  for (const { c, i } of columns) {
    const notNull = rel.rows.every((r) => r[i]!.op === 'literal' && (r[i] as { value: unknown }).value !== null);
    block.items.set(c.id, { sql: quoteName(c.id), cheap: true, ...(notNull ? { notNull } : {}) });
  }
  return block;
}

export function externalBlock(
  rel: Extract<Rel, { op: 'external' }>,
  need: ReadonlySet<string>,
  writer: SqlWriter,
): Block {
  writer.params.values[rel.param] ??= { type: 'String', value: '[]' };
  const cells = `SELECT arrayJoin(JSONExtract({${rel.param}:String}, 'Array(Array(String))')) AS cells`;
  const out = new Block(writer.shared, `(${cells})`);
  for (const [i, c] of rel.columns.entries())
    if (need.has(c.id)) out.items.set(c.id, { sql: `cells[${i + 1}]`, cheap: true });
  return out;
}

export function rangeBlock(rel: Extract<Rel, { op: 'range' }>, writer: SqlWriter): Block {
  const column = rel.columns[0]!;
  const holder = new Block(writer.shared, 'system.one');
  const e = writer.expressions(holder);
  const raw = (x: Expr) =>
    column.type === 'datetime' && x.type === 'datetime' ? `reinterpretAsInt64(${e.sql(x)})` : e.sql(x);
  let [from, step] = [raw(rel.from), raw(rel.step)];
  const to = raw(rel.to);
  const count = `greatest(toInt64(floor((${to} - ${from}) / ${step})) + 1, 0)`;
  const numbers = `arrayJoin(range(toUInt64(assumeNotNull(${count}))))`;
  let source = `(SELECT ${numbers} AS \`n$\` FROM system.one)`;
  if (holder.hasNames) {
    // Names that the expressions use exist in the holder only, so its values are handed on as columns.
    holder.items.set('n$', { sql: numbers, cheap: false });
    holder.items.set('from$', { sql: from, cheap: false });
    holder.items.set('step$', { sql: step, cheap: false });
    source = `(${holder.render()})`;
    [from, step] = ['`from$`', '`step$`'];
  }
  const value = `${from} + \`n$\` * ${step}`;
  const typed =
    column.type === 'datetime'
      ? `reinterpret(toInt64(${value}), 'DateTime64(7,\\'UTC\\')')`
      : column.type === 'real'
        ? `toFloat64(${value})`
        : column.type === 'int'
          ? `toInt32(${value})`
          : `toInt64(${value})`;
  const inner = new Block(writer.shared, source);
  inner.items.set(column.id, { sql: typed, cheap: false });
  return inner.wrap();
}
