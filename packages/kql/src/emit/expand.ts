import { castSql } from '../functions/casts.ts';
import type { Rel } from '../plan/ir.ts';
import type { Block } from './block.ts';
import { columnsOf } from './expr.ts';
import { quoteName } from './params.ts';
import type { SqlWriter } from './rel.ts';

/**
 * `mv-expand`: the elements are joined to their rows as arrays of one length, so that the engine copies each element once.
 */
export function expandBlock(rel: Extract<Rel, { op: 'expand' }>, need: ReadonlySet<string>, writer: SqlWriter): Block {
  const made = new Set([...rel.expands.map((x) => x.id), ...(rel.indexId ? [rel.indexId] : [])]);
  const kept = new Set([...need].filter((id) => !made.has(id)));
  const wanted = new Set(kept);
  for (const x of rel.expands) columnsOf(x.expr, wanted);
  const block = writer.ready(
    writer.block(rel.input, wanted),
    rel.expands.map((x) => x.expr),
  );
  const e = writer.expressions(block);
  const scope = writer.shared.fresh('mv');
  const arrays = rel.expands.map((x, i) => ({
    id: `${scope}array$${i}`,
    sql: elementsSql(e.sql(x.expr), e.elements(x.expr), block, rel.pairs ?? false),
  }));
  for (const id of [...block.items.keys()]) if (!kept.has(id)) block.items.delete(id);
  for (const a of arrays) block.items.set(a.id, { sql: a.sql, cheap: false });
  const inner = block.wrap();
  const names = arrays.map((a) => quoteName(a.id));
  const single = names.length === 1;
  const size = single ? `length(${names[0]})` : `greatest(${names.map((n) => `length(${n})`).join(', ')})`;
  const count = rel.limit === undefined ? size : `least(${size}, ${rel.limit})`;
  const joined = names.map((n, i) => {
    const cut = single
      ? rel.limit === undefined
        ? n
        : `arraySlice(${n}, 1, ${rel.limit})`
      : `arrayResize(${n}, ${count}, 'null')`;
    return `${cut} AS ${quoteName(`${scope}element$${i}`)}`;
  });
  if (rel.indexId) joined.push(`range(toUInt64(${count})) AS ${quoteName(`${scope}pos`)}`);
  inner.from = `${inner.from} ARRAY JOIN ${joined.join(', ')}`;
  rel.expands.forEach((x, i) => {
    const raw = quoteName(`${scope}element$${i}`);
    const json = `if(${raw} = 'null', '', ${raw})`;
    const sql = x.type === 'dynamic' ? json : castSql(inner.once(json), 'dynamic', x.type, inner);
    inner.items.set(x.id, { sql, cheap: false });
  });
  if (rel.indexId) inner.items.set(rel.indexId, { sql: `toInt64(${quoteName(`${scope}pos`)})`, cheap: false });
  for (const a of arrays) inner.items.delete(a.id);
  return inner.wrap();
}

/**
 * Elements of an array, `{key: value}` objects of a bag, or the value itself, as JSON texts.
 * @param array SQL of the elements when the value is an array, where that is cheaper to have than the value
 */
function elementsSql(json: string, array: string | undefined, block: Block, pairs: boolean): string {
  const [open, middle, close] = pairs ? ['[', ',', ']'] : ['{', ':', '}'];
  const x = block.once(json);
  const direct = array && block.once(array);
  const quick = direct ? `notEmpty(${direct}), ${direct}, ` : '';
  return `multiIf(${quick}startsWith(${x}, '['), JSONExtractArrayRaw(${x}), startsWith(${x}, '{'), arrayMap(p -> concat('${open}', toJSONString(p.1), '${middle}', p.2, '${close}'), JSONExtractKeysAndValuesRaw(${x})), [${x}])`;
}
