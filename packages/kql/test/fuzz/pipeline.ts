/** Tables and operators of the fuzz test's model: each knows its text and its meaning. */
import { evaluate, literal, type Node, order, print, type Row, type Type, toJson, type Value } from './model.ts';

export interface Column {
  readonly name: string;
  readonly type: Type;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Aggregate {
  readonly fn: 'count' | 'countif' | 'sum' | 'min' | 'max' | 'avg' | 'dcount' | 'sumif' | 'make_list' | 'make_set';
  readonly name: string;
  readonly args: readonly Node[];
  readonly type: Type;
}

export type Operator =
  | { readonly op: 'where'; readonly condition: Node }
  | { readonly op: 'extend' | 'project'; readonly items: readonly { readonly name: string; readonly expr: Node }[] }
  | {
      readonly op: 'summarize';
      readonly values: readonly Aggregate[];
      readonly keys: readonly { readonly name: string; readonly expr: Node }[];
    }
  | { readonly op: 'distinct'; readonly columns: readonly Column[] }
  | { readonly op: 'count' }
  /** By every sortable column, so that the order is total. */
  | { readonly op: 'sort'; readonly keys: readonly { readonly column: Column; readonly desc: boolean }[] }
  | { readonly op: 'take'; readonly n: number }
  | {
      readonly op: 'serialize';
      readonly name: string;
      readonly kind: 'row_number' | 'cumsum' | 'prev';
      readonly of?: Column;
    }
  | { readonly op: 'union'; readonly table: Table }
  | { readonly op: 'mv-expand'; readonly column: Column }
  | {
      readonly op: 'join';
      readonly kind:
        | 'inner'
        | 'leftouter'
        | 'rightouter'
        | 'fullouter'
        | 'leftsemi'
        | 'leftanti'
        | 'rightsemi'
        | 'rightanti';
      readonly table: Table;
      readonly left: Column;
      readonly right: Column;
    };

export function printTable(t: Table): string {
  const schema = t.columns.map((c) => `${c.name}:${c.type}`).join(', ');
  const cells = t.rows.flatMap((r) => t.columns.map((c) => literal(r[c.name] ?? null, c.type)));
  return `datatable(${schema}) [${cells.join(', ')}]`;
}

export function printOperator(o: Operator): string {
  const named = (items: readonly { name: string; expr: Node }[]): string =>
    items.map((i) => `${i.name} = ${print(i.expr)}`).join(', ');
  switch (o.op) {
    case 'where':
      return `where ${print(o.condition)}`;
    case 'extend':
    case 'project':
      return `${o.op} ${named(o.items)}`;
    case 'summarize': {
      const values = o.values.map((v) => `${v.name} = ${v.fn}(${v.args.map(print).join(', ')})`).join(', ');
      return `summarize ${values}${o.keys.length ? ` by ${named(o.keys)}` : ''}`;
    }
    case 'distinct':
      return `distinct ${o.columns.map((c) => c.name).join(', ')}`;
    case 'count':
      return 'count';
    case 'sort':
      return `sort by ${o.keys.map((k) => `${k.column.name} ${k.desc ? 'desc' : 'asc'}`).join(', ')}`;
    case 'take':
      return `take ${o.n}`;
    case 'serialize':
      return o.kind === 'row_number'
        ? `serialize ${o.name} = row_number()`
        : o.kind === 'cumsum'
          ? `serialize ${o.name} = row_cumsum(${o.of!.name})`
          : `serialize ${o.name} = prev(${o.of!.name})`;
    case 'union':
      return `union (${printTable(o.table)})`;
    case 'mv-expand':
      return `mv-expand ${o.column.name}`;
    case 'join':
      return `join kind=${o.kind} (${printTable(o.table)}) on $left.${o.left.name} == $right.${o.right.name}`;
  }
}

const empty = (c: Column): Value => (c.type === 'string' ? '' : null);
const key = (v: Value): string => (typeof v === 'bigint' ? `i${v}` : (JSON.stringify(v) ?? 'null'));

function aggregate(a: Aggregate, rows: readonly Row[]): Value {
  const values = (at: number): Value[] => rows.map((r) => evaluate(a.args[at]!, r));
  const present = (at: number): Value[] => values(at).filter((v) => v !== null);
  switch (a.fn) {
    case 'count':
      return BigInt(rows.length);
    case 'countif':
      return BigInt(values(0).filter((v) => v === true).length);
    case 'sum':
    case 'sumif': {
      const kept = a.fn === 'sum' ? rows : rows.filter((r) => evaluate(a.args[1]!, r) === true);
      const all = kept.map((r) => evaluate(a.args[0]!, r)).filter((v) => v !== null);
      if (a.type === 'real') return all.reduce((x: number, y) => x + (y as number), 0);
      return BigInt.asIntN(
        64,
        all.reduce((x: bigint, y) => x + (y as bigint), 0n),
      );
    }
    case 'min':
    case 'max': {
      const sign = a.fn === 'min' ? 1 : -1;
      const found = present(0).reduce((x: Value, y) => (x === null || order(y, x) * sign < 0 ? y : x), null);
      return found ?? (a.type === 'string' ? '' : null);
    }
    case 'avg': {
      const all = present(0).map(Number);
      return all.length ? all.reduce((x, y) => x + y, 0) / all.length : Number.NaN;
    }
    case 'dcount':
      return BigInt(new Set(present(0).map(key)).size);
    case 'make_list':
      return present(0).map((v) => toJson(v, a.args[0]!.type));
    case 'make_set':
      return [...new Map(present(0).map((v) => [key(v), v])).values()].map((v) => toJson(v, a.args[0]!.type));
  }
}

function joined(o: Extract<Operator, { op: 'join' }>, t: Table): Table {
  const same = (l: Row, r: Row): boolean =>
    key(l[o.left.name] ?? empty(o.left)) === key(r[o.right.name] ?? empty(o.right));
  const right = o.table;
  const matched = (l: Row): Row[] => right.rows.filter((r) => same(l, r));
  if (o.kind === 'leftsemi') return { columns: t.columns, rows: t.rows.filter((l) => matched(l).length > 0) };
  if (o.kind === 'leftanti') return { columns: t.columns, rows: t.rows.filter((l) => matched(l).length === 0) };
  const hit = (r: Row): boolean => t.rows.some((l) => same(l, r));
  if (o.kind === 'rightsemi') return { columns: right.columns, rows: right.rows.filter(hit) };
  if (o.kind === 'rightanti') return { columns: right.columns, rows: right.rows.filter((r) => !hit(r)) };
  const taken = new Set(t.columns.map((c) => c.name));
  const renamed = right.columns.map((c) => {
    let name = c.name;
    for (let i = 1; taken.has(name); i++) name = `${c.name}${i}`;
    taken.add(name);
    return { from: c, to: { ...c, name } };
  });
  const blank = (columns: readonly Column[]): Row => Object.fromEntries(columns.map((c) => [c.name, empty(c)]));
  const rename = (r: Row): Row => Object.fromEntries(renamed.map((x) => [x.to.name, r[x.from.name] ?? empty(x.from)]));
  const columns = [...t.columns, ...renamed.map((x) => x.to)];
  const rows: Row[] = [];
  for (const l of t.rows) {
    const found = matched(l);
    for (const r of found) rows.push({ ...l, ...rename(r) });
    if (found.length === 0 && (o.kind === 'leftouter' || o.kind === 'fullouter'))
      rows.push({ ...l, ...blank(renamed.map((x) => x.to)) });
  }
  if (o.kind === 'rightouter' || o.kind === 'fullouter')
    for (const r of right.rows) if (!hit(r)) rows.push({ ...blank(t.columns), ...rename(r) });
  return { columns, rows };
}

/** Applies an operator to a table. */
export function apply(o: Operator, t: Table): Table {
  switch (o.op) {
    case 'where':
      return { ...t, rows: t.rows.filter((r) => evaluate(o.condition, r) === true) };
    case 'extend': {
      const made = o.items.map((i) => ({ name: i.name, type: i.expr.type }));
      const rows = t.rows.map((r) => ({
        ...r,
        ...Object.fromEntries(o.items.map((i) => [i.name, evaluate(i.expr, r)])),
      }));
      return { columns: [...t.columns, ...made], rows };
    }
    case 'project':
      return {
        columns: o.items.map((i) => ({ name: i.name, type: i.expr.type })),
        rows: t.rows.map((r) => Object.fromEntries(o.items.map((i) => [i.name, evaluate(i.expr, r)]))),
      };
    case 'summarize': {
      const groups = new Map<string, { keys: Value[]; rows: Row[] }>();
      for (const r of t.rows) {
        const keys = o.keys.map((k) => evaluate(k.expr, r));
        const id = keys.map(key).join('|');
        const group = groups.get(id) ?? { keys, rows: [] };
        groups.set(id, group);
        group.rows.push(r);
      }
      if (o.keys.length === 0 && groups.size === 0) groups.set('', { keys: [], rows: [] });
      return {
        columns: [
          ...o.keys.map((k) => ({ name: k.name, type: k.expr.type })),
          ...o.values.map((v) => ({ name: v.name, type: v.type })),
        ],
        rows: [...groups.values()].map((g) =>
          Object.fromEntries([
            ...o.keys.map((k, i) => [k.name, g.keys[i]!]),
            ...o.values.map((v) => [v.name, aggregate(v, g.rows)]),
          ]),
        ),
      };
    }
    case 'distinct': {
      const seen = new Map(t.rows.map((r) => [o.columns.map((c) => key(r[c.name]!)).join('|'), r]));
      return {
        columns: o.columns,
        rows: [...seen.values()].map((r) => Object.fromEntries(o.columns.map((c) => [c.name, r[c.name]!]))),
      };
    }
    case 'count':
      return { columns: [{ name: 'Count', type: 'long' }], rows: [{ Count: BigInt(t.rows.length) }] };
    case 'sort': {
      const compare = (a: Row, b: Row): number => {
        for (const k of o.keys) {
          const [x, y] = [a[k.column.name]!, b[k.column.name]!];
          // Null is smaller than everything.
          const c = x === null || y === null ? Number(x !== null) - Number(y !== null) : order(x, y);
          if (c !== 0) return k.desc ? -c : c;
        }
        return 0;
      };
      return { ...t, rows: [...t.rows].sort(compare) };
    }
    case 'take':
      return { ...t, rows: t.rows.slice(0, o.n) };
    case 'serialize': {
      let sum = 0n;
      const value = (r: Row, i: number): Value => {
        if (o.kind === 'row_number') return BigInt(i + 1);
        const own = r[o.of!.name]!;
        if (o.kind === 'prev') return i === 0 ? empty(o.of!) : t.rows[i - 1]![o.of!.name]!;
        sum += own === null ? 0n : (own as bigint);
        return sum;
      };
      const type = o.kind === 'prev' ? o.of!.type : 'long';
      return {
        columns: [...t.columns, { name: o.name, type }],
        rows: t.rows.map((r, i) => ({ ...r, [o.name]: value(r, i) })),
      };
    }
    case 'union': {
      // Columns are matched by name and type; the generator never gives one name two types.
      const columns = [...t.columns, ...o.table.columns.filter((c) => !t.columns.some((x) => x.name === c.name))];
      const whole = (r: Row): Row => Object.fromEntries(columns.map((c) => [c.name, r[c.name] ?? empty(c)]));
      return { columns, rows: [...t.rows, ...o.table.rows].map(whole) };
    }
    case 'mv-expand':
      return {
        ...t,
        rows: t.rows.flatMap((r): Row[] => {
          const v = r[o.column.name]!;
          if (!Array.isArray(v)) return [r];
          return (v as unknown[]).map((x) => ({ ...r, [o.column.name]: (x ?? null) as Value }));
        }),
      };
    case 'join':
      return joined(o, t);
  }
}
