/** Columns of open tables that the schema does not know: they appear, empty, in every stage that hands columns on. */
import type { KqlType } from '../types.ts';
import { cast } from './coerce.ts';
import type { Column, Expr, Item, Rel } from './ir.ts';
import type { PlanContext, Scope } from './scope.ts';

const SUFFIX_TYPES: Readonly<Record<string, KqlType>> = {
  s: 'string',
  d: 'real',
  b: 'bool',
  t: 'datetime',
  g: 'string',
};

/** The open tables of one plan and the stages above them. */
export class OpenColumns {
  private readonly context: PlanContext;
  private readonly reads = new WeakSet<Rel>();
  private readonly keeping = new WeakSet<Rel>();
  private readonly stars = new WeakMap<Rel, (c: Column) => Expr>();

  constructor(context: PlanContext) {
    this.context = context;
  }

  /** Notes that a relation is an open table. */
  begin(rel: Rel): void {
    this.reads.add(rel);
  }

  /** A column of an open table that the schema does not know: empty, typed by the suffix of its name. */
  column(name: string, scope: Scope): Column | undefined {
    return scope.rel && this.add(name, scope.rel);
  }

  /** Adds a column to an open table and to the stages above it that keep its columns. */
  private add(name: string, rel: Rel): Column | undefined {
    const columns = rel.columns as Column[];
    const known = columns.find((c) => c.name === name);
    switch (rel.op) {
      case 'read':
      case 'rows': {
        if (!this.reads.has(rel)) return undefined;
        if (known) return known;
        const suffix = /_([sdbtg])$/.exec(name)?.[1];
        const column = this.context.column(name, suffix ? SUFFIX_TYPES[suffix]! : 'string', true);
        columns.push(column);
        return column;
      }
      case 'where':
      case 'limit':
      case 'sort':
      case 'shared':
      case 'expand': {
        const column = this.add(name, rel.input);
        // Most stages share the list of their input.
        if (column && !columns.includes(column)) columns.push(column);
        return column;
      }
      case 'select': {
        if (known || !this.keeping.has(rel)) return undefined;
        const column = this.add(name, rel.input);
        if (!column) return undefined;
        const item = { ...this.context.column(name, column.type, true) };
        (rel.items as Item[]).push({ ...item, expr: { op: 'column', id: column.id, type: column.type } });
        columns.push(item);
        return item;
      }
      case 'aggregate': {
        const value = this.stars.get(rel);
        if (known || !value) return known;
        const column = this.add(name, rel.input);
        if (!column) return undefined;
        const item = this.context.column(name, column.type, true);
        (rel.values as Item[]).push({ ...item, expr: value(column) });
        columns.push(item);
        return item;
      }
      case 'union': {
        if (known) return known;
        const found = rel.inputs.map((i) => this.add(name, i.rel));
        const first = found.find((c) => c !== undefined);
        if (!first) return undefined;
        const item = this.context.column(name, first.type, true);
        found.forEach((c, i) => {
          if (c)
            (rel.inputs[i]!.map as Record<string, Expr>)[item.id] = cast(
              { op: 'column', id: c.id, type: c.type },
              item.type,
            );
        });
        columns.push(item);
        return item;
      }
      case 'join': {
        const left = this.add(name, rel.left);
        const column = left ?? this.add(name, rel.right);
        if (!column || known) return known;
        const item = this.context.column(name, column.type, true);
        (rel.outputs as { id: string; side: 'left' | 'right'; from: string }[]).push({
          id: item.id,
          side: left ? 'left' : 'right',
          from: column.id,
        });
        columns.push(item);
        return item;
      }
      default:
        return undefined;
    }
  }

  /** Notes that a summarize also gives further columns of its open table, and how. */
  star(rel: Rel, value: (c: Column) => Expr): void {
    this.stars.set(rel, value);
  }

  /** Marks a select as one that keeps whatever columns its input has: `extend`, `project-away`. */
  keep(rel: Rel): Rel {
    this.keeping.add(rel);
    return rel;
  }
}
