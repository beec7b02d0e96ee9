/** Random typed queries. Everything is drawn through fast-check's generator value, so failures shrink. */
import fc, { type GeneratorValue } from 'fast-check';
import type { Node, Row, Type, Value } from './model.ts';
import { type Aggregate, apply, type Column, type Operator, type Table } from './pipeline.ts';

const SCALARS: readonly Type[] = ['long', 'real', 'string', 'bool', 'datetime', 'timespan'];
const WORDS = [
  '',
  'a',
  'net',
  'netsh',
  'Net use',
  'x_net',
  'net-x',
  'é',
  'Straße net',
  'A',
  '7',
  ' 42 ',
  "o'k",
  'a"b\\c',
  '日本 net',
  'net\tuse',
];
const DAY = 864_000_000_000n;

class Draw {
  private readonly g: GeneratorValue;
  private names = 0;

  constructor(g: GeneratorValue) {
    this.g = g;
  }

  below(n: number): number {
    return this.g(fc.integer, { min: 0, max: n - 1 });
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  chance(outOf: number): boolean {
    return this.below(outOf) === 0;
  }

  name(): string {
    return `c${this.names++}`;
  }

  value(type: Type): Value {
    if (type !== 'string' && this.chance(5)) return null;
    switch (type) {
      case 'long':
        return this.of([0n, 1n, -1n, 2n, 3n, 7n, -7n, 10n, 100n, 9007199254740993n]);
      case 'real':
        return this.of([0, 0.5, -0.5, 1, 2.25, -3.75, 1024]);
      case 'string':
        return this.of(WORDS);
      case 'bool':
        return this.chance(2);
      case 'datetime':
        return this.of([
          0n,
          -1n,
          17_040_672_000_000_000n,
          17_041_535_999_999_999n,
          17_040_672_012_345_678n,
          9_512_640_000_000_000n,
        ]);
      case 'timespan':
        return this.of([0n, 10_000_000n, DAY, -DAY, 36_000_000_000n, 123_456_789n, 3n * DAY + 1n]);
      case 'dynamic':
        return this.of<Value>([[], [1, 2, 3], ['x', 'y'], { a: 1 }, 5, 'text', [null, 1], [[1], { b: 2 }]]);
    }
  }

  table(columns?: readonly Column[]): Table {
    const schema =
      columns ??
      Array.from({ length: 2 + this.below(4) }, () => ({
        name: this.name(),
        type: this.chance(8) ? ('dynamic' as const) : this.of(SCALARS),
      }));
    const rows: Row[] = Array.from({ length: this.below(6) }, () =>
      Object.fromEntries(schema.map((c) => [c.name, this.value(c.type)])),
    );
    return { columns: schema, rows };
  }

  private call(fn: string, args: readonly Node[], type: Type): Node {
    return { k: 'call', fn, args, type };
  }

  leaf(type: Type, columns: readonly Column[]): Node {
    const fitting = columns.filter((c) => c.type === type);
    if (fitting.length && !this.chance(3)) return { k: 'column', ...this.of(fitting) };
    return { k: 'value', type, value: this.value(type) };
  }

  expression(type: Type, columns: readonly Column[], depth: number): Node {
    if (depth <= 0) return this.leaf(type, columns);
    const e = (t: Type): Node => this.expression(t, columns, depth - 1);
    const any = (): Node => e(this.of(SCALARS));
    const same = (t: Type, n: number): Node[] => Array.from({ length: n }, () => e(t));
    switch (this.below(3)) {
      case 0:
        return this.leaf(type, columns);
      case 1:
        return this.of([
          () => this.call('iff', [e('bool'), e(type), e(type)], type),
          () => this.call('coalesce', same(type, 2), type),
        ])();
      default:
    }
    const text = (fns: readonly string[]): Node => this.call(this.of(fns), same('string', 2), 'bool');
    switch (type) {
      case 'long':
        return this.of([
          () => this.call(this.of(['+', '-', '*']), same('long', 2), 'long'),
          () => this.call(this.of(['/', '%']), same('long', 2), 'long'),
          () => this.call('strlen', [e('string')], 'long'),
          () => this.call('abs', [e('long')], 'long'),
          () =>
            this.call(
              'tolong',
              [any()]
                .filter((x) => !['datetime', 'timespan'].includes(x.type))
                .concat(e('string'))
                .slice(0, 1),
              'long',
            ),
          () => this.call('bin', [e('long'), { k: 'value', type: 'long', value: this.of([1n, 2n, 7n]) }], 'long'),
          () => this.call(this.of(['min_of', 'max_of']), same('long', 2), 'long'),
          () =>
            this.call(
              'countof',
              [e('string'), { k: 'value', type: 'string', value: this.of(['a', 'n', 'net']) }],
              'long',
            ),
          () => this.call('array_length', [this.leaf('dynamic', columns)], 'long'),
        ])();
      case 'real':
        return this.of([
          () => this.call(this.of(['+', '-', '*', '/']), same('real', 2), 'real'),
          () => this.call(this.of(['+', '-', '*']), [e('long'), e('real')], 'real'),
          () => this.call('todouble', [e(this.of(['long', 'bool', 'real'] as const))], 'real'),
          () => this.call('abs', [e('real')], 'real'),
        ])();
      case 'string':
        return this.of([
          () => this.call('strcat', [any(), any()], 'string'),
          () => this.call(this.of(['toupper', 'tolower', 'reverse']), [e('string')], 'string'),
          () => this.call('tostring', [any()], 'string'),
          () =>
            this.call(
              'substring',
              [
                e('string'),
                { k: 'value', type: 'long', value: BigInt(this.below(4)) },
                { k: 'value', type: 'long', value: BigInt(this.below(5)) },
              ],
              'string',
            ),
        ])();
      case 'bool':
        return this.of([
          () => this.call(this.of(['and', 'or']), same('bool', 2), 'bool'),
          () => this.call('not', [e('bool')], 'bool'),
          () => {
            const t = this.of(['long', 'real', 'datetime', 'timespan'] as const);
            return this.call(this.of(['==', '!=', '<', '<=', '>', '>=']), same(t, 2), 'bool');
          },
          () => this.call(this.of(['==', '!=']), same('string', 2), 'bool'),
          () => this.call('between', same(this.of(['long', 'datetime'] as const), 3), 'bool'),
          () =>
            text([
              '=~',
              '!~',
              'contains',
              '!contains',
              'contains_cs',
              'startswith',
              '!startswith',
              'endswith',
              '!endswith',
              'startswith_cs',
            ]),
          () => {
            // A needle without letters or digits at its ends has no term to be whole.
            const needle: Node = {
              k: 'value',
              type: 'string',
              value: this.of(['net', 'Net', 'use', 'a', 'x_net', 'é', 'net use']),
            };
            return this.call(
              this.of(['has', '!has', 'has_cs', 'hasprefix', 'hassuffix']),
              [e('string'), needle],
              'bool',
            );
          },
          () => this.call(this.of(['isempty', 'isnotempty']), [any()], 'bool'),
          () =>
            this.call(this.of(['isnull', 'isnotnull']), [e(this.of(['long', 'real', 'datetime'] as const))], 'bool'),
          () => {
            const t = this.of(['long', 'string'] as const);
            const list = [1, 2].map((): Node => ({ k: 'value', type: t, value: this.value(t) ?? 1n }));
            return this.call(this.of(['in', '!in']), [e(t), ...list], 'bool');
          },
          () =>
            this.call(
              'in~',
              [
                e('string'),
                ...same('string', 2).map(
                  (): Node => ({ k: 'value', type: 'string', value: this.of(['a', 'NET', 'é']) }),
                ),
              ],
              'bool',
            ),
          () =>
            this.call(
              this.of(['has_any', 'has_all']),
              [e('string'), { k: 'value', type: 'string', value: 'net' }, { k: 'value', type: 'string', value: 'USE' }],
              'bool',
            ),
        ])();
      case 'datetime':
        return this.of([
          () =>
            this.call(
              'bin',
              [e('datetime'), { k: 'value', type: 'timespan', value: this.of([DAY, 36_000_000_000n, 7n * DAY]) }],
              'datetime',
            ),
          () => this.call('startofday', [e('datetime')], 'datetime'),
          () => this.call(this.of(['+', '-']), [e('datetime'), this.leaf('timespan', columns)], 'datetime'),
        ])();
      case 'timespan':
        return this.of([
          () => this.call('-', same('datetime', 2), 'timespan'),
          () => this.call(this.of(['+', '-']), same('timespan', 2), 'timespan'),
        ])();
      case 'dynamic':
        return this.of([
          () => this.call('pack_array', [e(this.of(['string', 'bool', 'real'] as const)), e('string')], 'dynamic'),
          () =>
            this.call(
              'index',
              [this.leaf('dynamic', columns), { k: 'value', type: 'long', value: BigInt(this.below(3)) }],
              'dynamic',
            ),
        ])();
    }
  }

  private aggregate(columns: readonly Column[]): Aggregate {
    const name = this.name();
    const e = (t: Type): Node => this.expression(t, columns, 1);
    return this.of<() => Aggregate>([
      () => ({ fn: 'count', name, args: [], type: 'long' }),
      () => ({ fn: 'countif', name, args: [e('bool')], type: 'long' }),
      () => ({ fn: 'sum', name, args: [e('long')], type: 'long' }),
      () => ({ fn: 'sum', name, args: [this.leaf('real', columns)], type: 'real' }),
      () => ({ fn: 'sumif', name, args: [e('long'), e('bool')], type: 'long' }),
      () => {
        const t = this.of(['long', 'real', 'datetime', 'timespan'] as const);
        return { fn: this.of(['min', 'max'] as const), name, args: [e(t)], type: t };
      },
      () => ({ fn: 'avg', name, args: [this.leaf('real', columns)], type: 'real' }),
      () => ({ fn: 'dcount', name, args: [e(this.of(['long', 'string', 'datetime'] as const))], type: 'long' }),
    ])();
  }

  /** Lists come in no fixed order, so they are only made at the end. */
  lists(columns: readonly Column[]): Operator {
    const expr = this.expression(this.of(['string', 'bool', 'real'] as const), columns, 1);
    const fn = this.of(['make_list', 'make_set'] as const);
    const by = this.chance(2) ? [{ name: this.name(), expr: this.expression(this.of(SCALARS), columns, 1) }] : [];
    return { op: 'summarize', values: [{ fn, name: this.name(), args: [expr], type: 'dynamic' }], keys: by };
  }

  operator(t: Table): Operator {
    const { columns } = t;
    const plain = columns.filter((c) => c.type !== 'dynamic');
    const items = (n: number) =>
      Array.from({ length: n }, () => ({
        name: this.name(),
        expr: this.expression(this.chance(9) ? 'dynamic' : this.of(SCALARS), columns, 3),
      }));
    const choices: (() => Operator)[] = [
      () => ({ op: 'where', condition: this.expression('bool', columns, 3) }),
      () => ({ op: 'where', condition: this.expression('bool', columns, 2) }),
      () => ({ op: 'extend', items: items(1 + this.below(2)) }),
      () => ({ op: 'project', items: items(2 + this.below(3)) }),
      () => ({
        op: 'summarize',
        values: Array.from({ length: 1 + this.below(3) }, () => this.aggregate(columns)),
        keys: Array.from({ length: this.below(3) }, () => ({
          name: this.name(),
          expr: this.expression(this.of(SCALARS), columns, 1),
        })),
      }),
      () => ({ op: 'count' }),
      () => ({ op: 'union', table: this.table(this.chance(2) ? columns : undefined) }),
    ];
    if (plain.length) choices.push(() => ({ op: 'distinct', columns: plain.slice(0, 1 + this.below(plain.length)) }));
    if (plain.length === columns.length && plain.every((c) => c.type !== 'bool')) {
      choices.push(() => ({ op: 'sort', keys: columns.map((column) => ({ column, desc: this.chance(2) })) }));
    }
    const arrays = columns.filter((c) => c.type === 'dynamic');
    const arraysOnly = arrays.filter((c) => t.rows.every((r) => r[c.name] === null || Array.isArray(r[c.name])));
    if (arraysOnly.length) choices.push(() => ({ op: 'mv-expand', column: this.of(arraysOnly) }));
    const keys = columns.filter((c) => c.type === 'long' || c.type === 'string');
    if (keys.length) {
      choices.push(() => {
        const left = this.of(keys);
        const table = this.table([
          { name: this.name(), type: left.type },
          { name: left.name, type: left.type },
          { name: this.name(), type: 'real' },
        ]);
        const kind = this.of([
          'inner',
          'leftouter',
          'rightouter',
          'fullouter',
          'leftsemi',
          'leftanti',
          'rightsemi',
          'rightanti',
        ] as const);
        return { op: 'join', kind, table, left, right: this.of(table.columns.slice(0, 2)) };
      });
    }
    return this.of(choices)();
  }

  /** Operators that need the order just made by `sort`. */
  ordered(t: Table): Operator[] {
    const out: Operator[] = [];
    if (this.chance(2)) {
      // The reference does not say what a running sum makes of null.
      const longs = t.columns.filter((c) => c.type === 'long' && t.rows.every((r) => r[c.name] !== null));
      const kind = this.of(
        longs.length ? (['row_number', 'cumsum', 'prev'] as const) : (['row_number', 'prev'] as const),
      );
      const of = kind === 'cumsum' ? this.of(longs) : this.of(t.columns);
      out.push({ op: 'serialize', name: this.name(), kind, of });
    }
    if (this.chance(2)) out.push({ op: 'take', n: this.below(4) });
    return out;
  }
}

export interface Query {
  readonly table: Table;
  readonly operators: readonly Operator[];
  /** The rows come in a fixed order. */
  readonly ordered: boolean;
  /** The elements of arrays come in no fixed order. */
  readonly lists: boolean;
  readonly expected: Table;
}

/** A query with the answer the model gives it. */
export function drawQuery(g: GeneratorValue): Query {
  const draw = new Draw(g);
  const table = draw.table();
  const operators: Operator[] = [];
  let state = table;
  let ordered = false;
  const steps = 1 + draw.below(4);
  for (let i = 0; i < steps; i++) {
    const o = draw.operator(state);
    const made = [o];
    state = apply(o, state);
    ordered = o.op === 'sort';
    if (ordered) {
      for (const next of draw.ordered(state)) {
        made.push(next);
        state = apply(next, state);
      }
    }
    operators.push(...made);
  }
  const lists = draw.chance(4);
  if (lists) {
    const o = draw.lists(state.columns);
    operators.push(o);
    state = apply(o, state);
  }
  return { table, operators, ordered: ordered && !lists, lists, expected: state };
}
