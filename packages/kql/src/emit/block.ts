import { JsonDocument } from './json-paths.ts';
import type { Params } from './params.ts';
import { quoteName } from './params.ts';

/** An output of a block: SQL over the block's FROM. */
export interface BlockItem {
  readonly sql: string;
  /** May be repeated wherever the column is used. */
  readonly cheap: boolean;
  /** SQL of the text this dynamic value was parsed from; property reads go straight to it. */
  readonly jsonBase?: string;
  /** SQL of an engine array with as many elements as this JSON array: its length needs no JSON. */
  readonly array?: string;
  /** Expression over this stored column that a text index covers. */
  readonly terms?: string;
  /** Never NULL although the type of the column may be. */
  readonly notNull?: boolean;
}

export interface BlockOrder {
  readonly sql: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** What is shared by all blocks of one statement. */
export interface EmitShared {
  readonly params: Params;
  /** A name not used before in this statement. */
  fresh(prefix: string): string;
}

/** One SELECT under construction. */
export class Block {
  items = new Map<string, BlockItem>();
  where: string[] = [];
  groupBy: string[] | undefined;
  having: string | undefined;
  order: BlockOrder[] = [];
  limit: number | undefined;
  limitBy: string | undefined;
  /** Columns are matched by position and need no names: the later members of a union. */
  unnamed = false;
  /** Rows are multiplied or numbered here: nothing may be filtered any more. */
  sealed = false;
  private readonly withs: [string, string][] = [];
  private readonly documents: JsonDocument[] = [];
  /** Tests that the documents of all rows that are left meet, by the SQL of the document. */
  private readonly tests = new Map<string, Set<string>>();
  private readonly onces = new Map<string, string>();
  readonly shared: EmitShared;
  from: string;

  constructor(shared: EmitShared, from: string) {
    this.shared = shared;
    this.from = from;
  }

  /** True when a filter can still be added. */
  get open(): boolean {
    return !this.sealed && this.groupBy === undefined && this.limit === undefined;
  }

  /** True when expressions of this block use names that only its own SELECT defines. */
  get hasNames(): boolean {
    return this.withs.length > 0 || this.documents.length > 0;
  }

  /** A name for an expression used several times. */
  once(sql: string): string {
    if (sql.length <= 24 && /^[\w`$.{}:'()]+$/.test(sql)) return sql;
    const known = this.onces.get(sql);
    if (known) return known;
    const alias = this.shared.fresh('v');
    this.withs.push([alias, sql]);
    this.onces.set(sql, alias);
    return alias;
  }

  /** Text of a property of a JSON document, parsed once per SELECT. Empty when missing. */
  jsonText(base: string, path: readonly string[]): string {
    for (const d of this.documents) {
      if (d.base !== base) continue;
      const sql = d.text(path);
      if (sql) return sql;
    }
    const d = new JsonDocument(this.shared.fresh('json'), base);
    this.documents.push(d);
    return d.text(path)!;
  }

  /** Says that rows whose document fails a test are left out, so that it need not be parsed there. */
  mustHold(base: string, test: string): void {
    const tests = this.tests.get(base) ?? new Set();
    this.tests.set(base, tests.add(test));
  }

  /** SQL that numbers the rows in the block's order. */
  rowNumber(): string {
    return this.order.length
      ? `toInt64(row_number() OVER (ORDER BY ${this.order.map(orderSql).join(', ')}))`
      : 'toInt64(rowNumberInAllBlocks() + 1)';
  }

  /** The SELECT text. */
  render(): string {
    // A document may be read from an alias and the other way round: the engine does not mind the order.
    const withs = this.documents
      .flatMap((d) => d.definitions(this.shared.params, [...(this.tests.get(d.base) ?? [])]))
      .concat(this.withs)
      .map(([name, sql]) => `${sql} AS ${name}`);
    const select = [...this.items].map(([id, item]) =>
      this.unnamed || item.sql === quoteName(id) ? item.sql : `${item.sql} AS ${quoteName(id)}`,
    );
    const parts = [
      withs.length ? `WITH ${withs.join(', ')} ` : '',
      `SELECT ${select.length ? select.join(', ') : '1 AS `one$`'}`,
      ` FROM ${this.from}`,
      this.where.length ? ` WHERE ${this.where.join(' AND ')}` : '',
      this.groupBy?.length ? ` GROUP BY ${this.groupBy.join(', ')}` : '',
      this.having ? ` HAVING ${this.having}` : '',
      this.order.length ? ` ORDER BY ${this.order.map(orderSql).join(', ')}` : '',
      this.limitBy ? ` ${this.limitBy}` : '',
      this.limit !== undefined ? ` LIMIT ${this.limit}` : '',
    ];
    return parts.join('');
  }

  /** A new block that reads this one as a sorted subquery: its rows arrive in order. */
  wrapSorted(): Block {
    const outer = new Block(this.shared, `(${this.render()})`);
    for (const [id, item] of this.items)
      outer.items.set(id, { sql: quoteName(id), cheap: true, ...(item.jsonBase ? { jsonBase: quoteName(id) } : {}) });
    return outer;
  }

  /** A new block that reads this one as a subquery. Row order is carried along. */
  wrap(keep?: ReadonlySet<string>): Block {
    const order: BlockOrder[] = [];
    const hidden: string[] = [];
    for (const o of this.order) {
      const id = this.shared.fresh('order$');
      this.items.set(id, { sql: o.sql, cheap: false });
      hidden.push(id);
      order.push({ ...o, sql: quoteName(id) });
    }
    if (keep) for (const id of [...this.items.keys()]) if (!keep.has(id) && !hidden.includes(id)) this.items.delete(id);
    const arrays = new Map<string, string>();
    for (const [id, item] of [...this.items]) {
      if (item.array === undefined || keep) continue;
      const name = this.shared.fresh('array$');
      arrays.set(id, quoteName(name));
      this.items.set(name, { sql: item.array, cheap: false });
      hidden.push(name);
    }
    if (this.limit === undefined && !this.limitBy) this.order = [];
    const outer = new Block(this.shared, `(${this.render()})`);
    for (const [id, item] of this.items) {
      if (hidden.includes(id)) continue;
      const array = arrays.get(id);
      outer.items.set(id, {
        sql: quoteName(id),
        cheap: true,
        ...(item.jsonBase ? { jsonBase: quoteName(id) } : {}),
        ...(array ? { array } : {}),
        ...(item.notNull ? { notNull: true } : {}),
      });
    }
    outer.order = order;
    return outer;
  }
}

/** One key of an ORDER BY. */
export function orderSql(o: BlockOrder): string {
  return `${o.sql} ${o.descending ? 'DESC' : 'ASC'} NULLS ${o.nullsFirst ? 'FIRST' : 'LAST'}`;
}
