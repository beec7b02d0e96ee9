import type { BoundSchema } from '../bind/schema.ts';
import type { ReadScope } from '../data-scope.ts';
import { castSql, nullSql } from '../functions/casts.ts';
import { DATETIME, sqlType, stringLike } from '../functions/declare.ts';
import { termIndexExpression } from '../functions/term-index.ts';
import type { Expr, Item, Rel } from '../plan/ir.ts';
import { isoTicks } from '../plan/literals.ts';
import type { CompileOptions, KqlTable } from '../types.ts';
import { Block, type BlockItem, type EmitShared } from './block.ts';
import { expandBlock } from './expand.ts';
import { columnsOf, ExprWriter, type RelWriter } from './expr.ts';
import { extremes } from './extremes.ts';
import { hostBlock } from './host.ts';
import { joinBlock } from './join.ts';
import { Params, quoteName } from './params.ts';
import { externalBlock, rangeBlock, rowsBlock } from './sources.ts';
import { TooLarge } from './too-large.ts';

/** Most values (tables times columns) that one union may spell out; more is no readable answer and no runnable SQL. */
const UNION_CELLS = 250_000;

/** Columns of shared relations that are read somewhere, by the shared relation. */
export type SharedNeeds = ReadonlyMap<Rel, ReadonlySet<string>>;

/** Turns relations of the plan into SELECTs. */
export class SqlWriter implements RelWriter {
  /** Filled while writing. */
  readonly sharedNeeds = new Map<Rel, Set<string>>();
  private readonly knownNeeds: SharedNeeds | undefined;
  private readonly sharedSql = new Map<Rel, { readonly name: string; readonly sql: string }>();
  readonly params = new Params();
  readonly shared: EmitShared;
  private readonly schema: BoundSchema;
  private readonly options: Pick<CompileOptions, 'timeRange' | 'restrict' | 'schema'>;
  private readonly timeFiltered: ReadonlySet<Rel>;
  private counter = 0;
  private detachedDepth = 0;

  constructor(
    schema: BoundSchema,
    options: Pick<CompileOptions, 'timeRange' | 'restrict' | 'schema'>,
    timeFiltered: ReadonlySet<Rel>,
    knownNeeds?: SharedNeeds,
  ) {
    this.knownNeeds = knownNeeds;
    this.schema = schema;
    this.options = options;
    this.timeFiltered = timeFiltered;
    this.shared = { params: this.params, fresh: (prefix) => `${prefix}${++this.counter}` };
  }

  /** SELECT text of a relation, its named columns only. */
  subquery(rel: Rel, columns: readonly string[]): string {
    const need = new Set(columns);
    const block = this.block(rel, need);
    const items = new Map<string, BlockItem>();
    for (const id of columns) items.set(id, block.items.get(id)!);
    block.items = items;
    return block.render();
  }

  /**
   * SELECT text for a scalar subquery. Shared tables are written out in it: the engine runs scalar subqueries ahead of the
   * statement, where a materialised table that reads another one is still empty.
   */
  detached(rel: Rel, columns: readonly string[]): string {
    this.detachedDepth++;
    try {
      return this.subquery(rel, columns);
    } finally {
      this.detachedDepth--;
    }
  }

  expressions(block: Block): ExprWriter {
    return new ExprWriter(block, this);
  }

  /** A block that yields at least the needed columns. */
  block(rel: Rel, need: ReadonlySet<string>): Block {
    switch (rel.op) {
      case 'read':
        return this.read(rel, need);
      case 'rows':
        return rowsBlock(rel, need, this);
      case 'range':
        return rangeBlock(rel, this);
      case 'external':
        return externalBlock(rel, need, this);
      case 'where':
        return this.where(rel, need);
      case 'select':
        return this.select(rel, need);
      case 'aggregate':
        return this.aggregate(rel, need);
      case 'sort':
        return this.sort(rel, need);
      case 'limit': {
        const block = this.block(rel.input, rel.by ? new Set([...need, ...rel.by]) : need);
        const b = block.limit === undefined && !block.limitBy ? block : block.wrap();
        if (rel.by) {
          b.limitBy = `LIMIT ${rel.count} BY ${rel.by.map((id) => b.items.get(id)!.sql).join(', ')}`;
          b.sealed = true;
          return b.wrap();
        }
        b.limit = rel.count;
        return b;
      }
      case 'join':
        return joinBlock(rel, need, this);
      case 'union':
        return this.union(rel, need);
      case 'expand':
        return expandBlock(rel, need, this);
      case 'host':
        return hostBlock(rel, this);
      case 'shared':
        return this.sharedBlock(rel, need);
    }
  }

  /** A reference to a table that is computed once. */
  private sharedBlock(rel: Extract<Rel, { op: 'shared' }>, need: ReadonlySet<string>): Block {
    if (this.detachedDepth > 0) return this.block(rel.input, need);
    const needs = this.sharedNeeds.get(rel) ?? new Set<string>();
    this.sharedNeeds.set(rel, needs);
    for (const c of rel.columns) if (need.has(c.id)) needs.add(c.id);
    let known = this.sharedSql.get(rel);
    if (!known) {
      const wanted = [...(this.knownNeeds?.get(rel) ?? needs)];
      const name = this.shared.fresh('shared');
      const sql = wanted.length
        ? this.subquery(rel.input, wanted)
        : `SELECT 1 AS \`one$\` FROM (${this.block(rel.input, new Set()).render()})`;
      known = { name, sql };
      this.sharedSql.set(rel, known);
    }
    const block = new Block(this.shared, known.name);
    for (const c of rel.columns) if (need.has(c.id)) block.items.set(c.id, { sql: quoteName(c.id), cheap: true });
    return block;
  }

  /** `WITH … ` for the shared tables met so far, those that others read first. */
  sharedTables(): string {
    const all = [...this.sharedSql.values()];
    return all.length ? `WITH ${all.map((s) => `${s.name} AS MATERIALIZED (${s.sql})`).join(', ')} ` : '';
  }

  /** Wraps a block whose rows cannot be filtered in place, or whose items are too heavy to repeat. */
  ready(block: Block, uses: readonly Expr[], mustBeOpen = true): Block {
    const heavy = (b: Block) => uses.some((e) => directColumns(e, b).some((id) => b.items.get(id)?.cheap === false));
    const b = mustBeOpen && !block.open ? block.wrap() : block;
    return heavy(b) ? b.wrap() : b;
  }

  private read(rel: Extract<Rel, { op: 'read' }>, need: ReadonlySet<string>): Block {
    const table = this.schema.table(rel.table)!;
    const block = new Block(this.shared, table.physical);
    for (const c of rel.columns) {
      if (!need.has(c.id)) continue;
      const source = rel.sources[c.id];
      const column = source === undefined ? undefined : this.schema.column(table, source);
      const stored = column ? (column.sql ?? quoteName(column.name)) : nullSql(c.type);
      // Stored decimals are reals.
      const sql = column && c.type === 'decimal' ? castSql(stored, 'real', 'decimal', block) : stored;
      block.items.set(c.id, {
        sql: column?.sql ? `(${sql})` : sql,
        cheap: true,
        ...(column?.notNull ? { notNull: true } : {}),
        ...(column?.terms ? { terms: termIndexExpression(sql) } : {}),
      });
    }
    block.where.push(...this.injected(rel, table));
    if (rel.scope) this.inject(rel.scope, rel.table, block);
    return block;
  }

  /** The rows the caller may see. The columns are those of the table as stored, hidden ones included, for this alone. */
  private inject(scope: ReadScope, name: string, block: Block): void {
    const stored = this.options.schema.tables.find((t) => t.name === name)!;
    const ids = Object.entries(scope.sources);
    for (const [id, source] of ids) {
      const column = stored.columns.find((c) => c.name === source)!;
      block.items.set(id, { sql: column.sql ? `(${column.sql})` : quoteName(column.name), cheap: true });
    }
    block.where.push(this.expressions(block).sql(scope.condition));
    for (const [id] of ids) block.items.delete(id);
  }

  /** The caller's conditions, at every table read. */
  private injected(rel: Extract<Rel, { op: 'read' }>, table: KqlTable): string[] {
    const out: string[] = [];
    const { timeRange, restrict } = this.options;
    if (timeRange && table.timeColumn && !this.timeFiltered.has(rel)) {
      const time = table.columns.find((c) => c.name === table.timeColumn);
      const sql = time?.sql ? `(${time.sql})` : quoteName(table.timeColumn);
      const at = (d: Date) => `toDateTime64('${isoTicks(d).slice(0, 27).replace('T', ' ')}', 7, 'UTC')`;
      out.push(`${sql} >= ${at(timeRange.from)}`, `${sql} <= ${at(timeRange.to)}`);
    }
    const extra = restrict?.(table.name);
    if (extra) {
      this.params.adopt(extra.params);
      out.push(`(${extra.sql})`);
    }
    return out;
  }

  private where(rel: Extract<Rel, { op: 'where' }>, need: ReadonlySet<string>): Block {
    const wanted = columnsOf(rel.condition, new Set(need));
    const block = this.ready(this.block(rel.input, wanted), [rel.condition]);
    block.where.push(new ExprWriter(block, this, { filter: true }).condition(rel.condition, true));
    return block;
  }

  private select(rel: Extract<Rel, { op: 'select' }>, need: ReadonlySet<string>): Block {
    const nested = hoisted(rel, need, this.shared);
    if (nested) return this.select(nested, need);
    const kept = rel.items.filter((i) => need.has(i.id));
    const wanted = new Set<string>();
    for (const i of kept) columnsOf(i.expr, wanted);
    const inner = this.block(rel.input, wanted);
    const windows = kept.some((i) => hasWindow(i.expr));
    const computed = kept.some((i) => i.expr.op !== 'column');
    const heavyUses = kept.filter((i) => i.expr.op !== 'column').map((i) => i.expr);
    const block = this.ready(inner, heavyUses, computed && (windows || !inner.open));
    const e = this.expressions(block);
    const items = new Map<string, BlockItem>();
    for (const i of kept) items.set(i.id, this.item(i, block, e));
    block.items = items;
    if (windows) block.sealed = true;
    return block;
  }

  private item(i: Item, block: Block, e: ExprWriter): BlockItem {
    const x = i.expr;
    if (x.op === 'column') return block.items.get(x.id) ?? { sql: e.sql(x), cheap: true };
    if (x.op === 'literal') return { sql: e.sql(x), cheap: x.type !== 'datetime' || x.value === null };
    if (x.op === 'call' && x.fn === 'parse_json' && x.args[0]!.type === 'string') {
      return { sql: e.sql(x), cheap: false, jsonBase: e.sql(x.args[0]!) };
    }
    return { sql: e.sql(x), cheap: false };
  }

  private aggregate(rel: Extract<Rel, { op: 'aggregate' }>, need: ReadonlySet<string>): Block {
    const values = rel.values.filter((v) => need.has(v.id));
    const wanted = new Set<string>();
    for (const i of [...rel.keys, ...values]) columnsOf(i.expr, wanted);
    const inner = this.block(rel.input, wanted);
    // Lists and sets keep the order of a sorted input; groups of written rows come in the order they are first seen.
    const written = rel.keys.length > 0 && hasWrittenOrder(rel.input);
    const sorted = inner.order.length > 0 && (written || values.some((v) => dependsOnOrder(v.expr)));
    const block = this.ready(
      sorted ? inner.wrapSorted() : inner,
      [...rel.keys, ...values].map((i) => i.expr),
    );
    const grouped = rel.keys.length > 0;
    const e = new ExprWriter(block, this, { grouped });
    const items = new Map<string, BlockItem>();
    const groups: string[] = [];
    for (const k of rel.keys) {
      const bare = e.sql(k.expr);
      // A constant would be read as the position of a column.
      const sql = bare.includes('`') ? bare : `materialize(${bare})`;
      groups.push(sql);
      items.set(k.id, { sql, cheap: false });
    }
    const picked = extremes(values, e, grouped);
    for (const v of values) {
      const array = e.array(v.expr);
      items.set(v.id, { sql: picked.get(v.id) ?? e.sql(v.expr), cheap: false, ...(array ? { array } : {}) });
    }
    block.items = items;
    block.groupBy = groups;
    // The engine takes constant keys for no keys and gives a row for an empty input; the language gives none.
    if (groups.length && rel.keys.every((k) => isConstant(k.expr, rel.input))) block.having = 'count() > 0';
    block.order = written ? [{ sql: 'min(rowNumberInAllBlocks())', descending: false, nullsFirst: false }] : [];
    if (rel.keys.length > 0) return block;
    // One row whatever the input: what stands above must not take the aggregate's place in this SELECT.
    if (values.length === 0) block.items.set(rel.columns[0]!.id, { sql: 'count()', cheap: false });
    return block.wrap();
  }

  private sort(rel: Extract<Rel, { op: 'sort' }>, need: ReadonlySet<string>): Block {
    const wanted = new Set(need);
    for (const k of rel.keys) columnsOf(k.expr, wanted);
    let block = this.block(rel.input, wanted);
    if (block.limit !== undefined) block = block.wrap();
    if (block.groupBy && rel.keys.some((k) => k.expr.op !== 'column')) block = block.wrap();
    const e = this.expressions(block);
    // Rows that tie stay in the order they had, if they had one.
    const before = hasWrittenOrder(rel.input) ? block.order : [];
    const keys = rel.keys.map((k) => ({ sql: e.sql(k.expr), descending: k.descending, nullsFirst: k.nullsFirst }));
    block.order = [...keys, ...before];
    return block;
  }

  private union(rel: Extract<Rel, { op: 'union' }>, need: ReadonlySet<string>): Block {
    const columns = rel.columns.filter((c) => need.has(c.id));
    if (columns.length * rel.inputs.length > UNION_CELLS)
      throw new TooLarge(
        `A union of ${rel.inputs.length} tables with ${columns.length} columns is too wide. Name fewer tables, or the columns that matter.`,
        'project, summarize, search in (Table1, Table2*)',
      );
    const parts = rel.inputs.map(({ rel: input, map }, at) => {
      const wanted = new Set<string>();
      for (const c of columns) if (map[c.id]) columnsOf(map[c.id]!, wanted);
      const block = this.ready(this.block(input, wanted), Object.values(map), false);
      const e = this.expressions(block);
      const items = new Map<string, BlockItem>();
      for (const c of columns) {
        const x = map[c.id];
        // Some member has the column with its type; the others need only say that it is missing.
        const missing = stringLike(c.type) ? "''" : 'NULL';
        const sql = x ? `CAST(${e.sql(x)}, '${sqlType(c.type).replaceAll("'", "\\'")}')` : missing;
        items.set(c.id, { sql, cheap: false });
      }
      block.items = items;
      // Members are matched by position; names come from the first.
      block.unnamed = at > 0 && block.order.length === 0;
      block.order = block.limit === undefined ? [] : block.order;
      return block.limit === undefined ? block.render() : `SELECT * FROM (${block.render()})`;
    });
    const out = new Block(this.shared, `(${parts.join(' UNION ALL ')})`);
    for (const c of columns) out.items.set(c.id, { sql: quoteName(c.id), cheap: true });
    return out;
  }
}

/** Columns an expression reads other than through properties of a document that is still at hand. */
function directColumns(e: Expr, block: Block): string[] {
  const out: string[] = [];
  const walk = (x: Expr): void => {
    if (x.op === 'path' && x.of.op === 'column' && block.items.get(x.of.id)?.jsonBase !== undefined) return;
    if (x.op === 'column') out.push(x.id);
    else if (x.op === 'call' || x.op === 'window' || x.op === 'aggregate') {
      for (const a of x.args) walk(a);
      if (x.op === 'aggregate' && x.condition) walk(x.condition);
      if (x.op === 'window') for (const b of x.by ?? []) walk(b);
    } else if (x.op === 'path') walk(x.of);
    else if (x.op === 'inQuery') walk(x.left);
  };
  walk(e);
  return out;
}

/** Window functions inside window functions go into a stage of their own below. */
function hoisted(
  rel: Extract<Rel, { op: 'select' }>,
  need: ReadonlySet<string>,
  shared: EmitShared,
): Extract<Rel, { op: 'select' }> | undefined {
  const lifted: Item[] = [];
  const lift = (e: Expr, inside: boolean): Expr => {
    if (e.op === 'window' && inside) {
      const id = shared.fresh('window$');
      lifted.push({ id, name: id, type: e.type, expr: e });
      return { op: 'column', id, type: e.type };
    }
    if (e.op === 'window' || e.op === 'call')
      return { ...e, args: e.args.map((a) => lift(a, inside || e.op === 'window')) };
    return e;
  };
  const items = rel.items.map((i) => (need.has(i.id) ? { ...i, expr: lift(i.expr, false) } : i));
  if (lifted.length === 0) return undefined;
  const below: Item[] = [
    ...rel.input.columns.map((c): Item => ({ ...c, expr: { op: 'column', id: c.id, type: c.type } })),
    ...lifted,
  ];
  return { ...rel, items, input: { op: 'select', input: rel.input, items: below, columns: below } };
}

/** True when all rows are written in the text, in an order. Rows of stored tables have none that is worth a sort. */
function hasWrittenOrder(rel: Rel): boolean {
  switch (rel.op) {
    case 'rows':
    case 'range':
      return true;
    case 'where':
    case 'select':
    case 'sort':
    case 'limit':
    case 'expand':
    case 'aggregate':
      return hasWrittenOrder(rel.input);
    default:
      return false;
  }
}

/** True when an expression holds an aggregate whose answer depends on the order of the rows. */
function dependsOnOrder(e: Expr): boolean {
  if (e.op === 'aggregate') return ORDERED.has(e.fn) || e.args.some(dependsOnOrder);
  return e.op === 'call' ? e.args.some(dependsOnOrder) : e.op === 'path' && dependsOnOrder(e.of);
}

const ORDERED: ReadonlySet<string> = new Set([
  'make_list',
  'make_list_with_nulls',
  'make_set',
  'make_bag',
  'take_any',
  'arg_max',
  'arg_min',
]);

function hasWindow(e: Expr): boolean {
  if (e.op === 'window') return true;
  if (e.op === 'call') return e.args.some(hasWindow);
  return e.op === 'path' ? hasWindow(e.of) : false;
}

export { DATETIME };

/** True when an expression may have the same value in every row for the engine's planner: made of literals only. */
function isConstant(e: Expr, rel: Rel): boolean {
  if (e.op === 'literal' || e.op === 'scalarQuery') return true;
  if (e.op === 'call') return e.args.every((a) => isConstant(a, rel));
  if (e.op === 'path') return isConstant(e.of, rel);
  if (e.op !== 'column') return false;
  switch (rel.op) {
    case 'select': {
      const item = rel.items.find((i) => i.id === e.id);
      return item !== undefined && isConstant(item.expr, rel.input);
    }
    case 'rows':
      return rel.rows.length <= 1;
    case 'where':
    case 'sort':
    case 'limit':
    case 'expand':
      return isConstant(e, rel.input);
    default:
      return false;
  }
}
