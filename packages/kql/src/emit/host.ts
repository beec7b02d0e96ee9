import { castSql } from '../functions/casts.ts';
import { hostArguments } from '../functions/host.ts';
import { HOST_ROWS } from '../host/limits.ts';
import type { Rel } from '../plan/ir.ts';
import { Block } from './block.ts';
import { quoteName } from './params.ts';
import type { SqlWriter } from './rel.ts';

/** A table algorithm: its inputs as JSON arrays of rows, its result taken apart again. */
export function hostBlock(rel: Extract<Rel, { op: 'host' }>, writer: SqlWriter): Block {
  const each = rel.each;
  const inputs = rel.inputs.map((input) => {
    const ids = input.columns.map((c) => c.id);
    const rows = new Block(writer.shared, `(${writer.subquery(input, ids)})`);
    const cells = hostArguments(
      input.columns.slice(0, each?.cells).map((c) => ({
        sql: quoteName(c.id),
        type: c.type,
        expr: { op: 'column', id: c.id, type: c.type },
      })),
      {
        once: (sql) => rows.once(sql),
        param: (v) => writer.params.add(v, 'String'),
        typed: (v, t) => writer.params.add(v, t),
      },
    );
    rows.items.set('rows$', {
      sql: `concat('[', arrayStringConcat(groupArray(${HOST_ROWS + 1})(${cells}), ','), ']')`,
      cheap: false,
    });
    for (const id of each?.keys ?? []) rows.items.set(id, { sql: quoteName(id), cheap: true });
    // Another name, or the cells would mean the aggregate.
    for (const id of each?.carried ?? []) rows.items.set(`any$${id}`, { sql: `any(${quoteName(id)})`, cheap: true });
    if (each) rows.groupBy = each.keys.map(quoteName);
    return { name: writer.shared.fresh('input'), sql: rows.render() };
  });
  const options = writer.params.add(JSON.stringify(rel.options ?? null), 'String');
  const documents = inputs.map((i) => `${i.name}.\`rows$\``).join(`, ',', `);
  const args = `concat('[[', ${documents}, '],', ${options}, ']')`;
  const name = writer.params.add(`relation.${rel.fn}`, 'String');
  const from = inputs.map((i) => `(${i.sql}) AS ${i.name}`).join(' CROSS JOIN ');
  const handedOn = [...(each?.keys ?? []), ...(each?.carried ?? [])];
  const out = [
    `JSONExtractArrayRaw(arrayJoin(JSONExtractArrayRaw(kqlHost(${name}, ${args})))) AS \`cells$\``,
    ...(each?.keys ?? []).map(quoteName),
    ...(each?.carried ?? []).map((id) => `${quoteName(`any$${id}`)} AS ${quoteName(id)}`),
  ];
  const source = `(SELECT ${out.join(', ')} FROM ${from})`;
  const block = new Block(writer.shared, source);
  for (const id of handedOn) block.items.set(id, { sql: quoteName(id), cheap: true });
  rel.columns.forEach((c, i) => {
    if (handedOn.includes(c.id)) return;
    const raw = `\`cells$\`[${i + 1}]`;
    const json = block.once(`if(${raw} = 'null', '', ${raw})`);
    const sql =
      c.type === 'dynamic'
        ? json
        : c.type === 'timespan'
          ? `toInt64OrNull(trim(BOTH '"' FROM ${json}))`
          : castSql(json, 'dynamic', c.type, block);
    block.items.set(c.id, { sql, cheap: false });
  });
  return block.wrap();
}
