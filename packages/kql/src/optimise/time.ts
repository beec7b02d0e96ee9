/**
 * Turns conditions on a computed time into conditions on the column itself, which partitions and the primary key can use:
 * `bin(t, 1h) >= x`, `startofday(t) == x`, `t + 1h > x`, `now() - t < 7d`, `datetime_diff('day', now(), t) <= 3`.
 * Only for filters: where the original is null, the result may be false.
 */
import type { Expr } from '../plan/ir.ts';
import { isoOfTicks, ticksOfIso } from '../plan/literals.ts';
import { call } from './expr.ts';

type Order = '<' | '<=' | '>' | '>=' | '==';

const FLIPPED: Readonly<Record<Order, Order>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };
const isOrder = (fn: string): fn is Order => fn in FLIPPED;

/** Ticks since 1970 of the year 1 and of the last tick of 9999. */
const FIRST = -621355968000000000n;
const LAST = 2534023007999999999n;
const DAY = 864_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  day: DAY,
  hour: 36_000_000_000n,
  minute: 600_000_000n,
  second: 10_000_000n,
};

const inRange = (ticks: bigint): boolean => ticks >= FIRST && ticks <= LAST;
const datetime = (ticks: bigint): Expr => ({ op: 'literal', type: 'datetime', value: isoOfTicks(ticks) });
const NEVER: Expr = { op: 'literal', type: 'bool', value: false };

/** Ticks of a constant, or undefined. */
function constant(e: Expr | undefined, type: 'datetime' | 'timespan'): bigint | undefined {
  if (e?.op !== 'literal' || e.type !== type || typeof e.value !== 'string') return undefined;
  return type === 'datetime' ? ticksOfIso(e.value) : BigInt(e.value);
}

const hasColumn = (e: Expr): boolean => e.op === 'column' || (e.op === 'call' && e.args.some(hasColumn));

/** Start of the period a moment is in, and of the one after. */
type Period = (ticks: bigint) => { readonly start: bigint; readonly next: bigint };

const steps =
  (size: bigint): Period =>
  (ticks) => {
    const start = ticks - ((ticks - FIRST) % size);
    return { start, next: start + size };
  };

function calendar(unit: 'month' | 'year'): Period {
  return (ticks) => {
    const date = new Date(Number((ticks - ((ticks - FIRST) % DAY)) / 10_000n));
    const at = (shift: number): bigint => {
      const moved = new Date(0);
      moved.setUTCFullYear(
        date.getUTCFullYear() + (unit === 'year' ? shift : 0),
        unit === 'year' ? 0 : date.getUTCMonth() + shift,
        1,
      );
      return BigInt(moved.getTime()) * 10_000n;
    };
    return { start: at(0), next: at(1) };
  };
}

/** The period a rounding function rounds down to. */
function period(e: Extract<Expr, { op: 'call' }>): Period | undefined {
  if (e.fn === 'bin' && e.args.length === 2) {
    const size = constant(e.args[1], 'timespan');
    return size !== undefined && size > 0n ? steps(size) : undefined;
  }
  if (e.args.length !== 1) return undefined;
  if (e.fn === 'startofday') return steps(DAY);
  if (e.fn === 'startofmonth') return calendar('month');
  return e.fn === 'startofyear' ? calendar('year') : undefined;
}

/** `floor(e) op limit` as a condition on `e`. */
function floored(op: Order, e: Expr, limit: bigint, of: Period): Expr | undefined {
  const { start, next } = of(limit);
  const exact = start === limit;
  if (!inRange(start) || !inRange(next)) return undefined;
  switch (op) {
    case '>=':
      return compare('>=', e, exact ? limit : next);
    case '<':
      return compare('<', e, exact ? limit : next);
    case '>':
      return compare('>=', e, next);
    case '<=':
      return compare('<', e, next);
    case '==':
      return exact ? both(compare('>=', e, start), compare('<', e, next)) : NEVER;
  }
}

const both = (a: Expr | undefined, b: Expr | undefined): Expr | undefined => (a && b ? call('and', [a, b]) : undefined);

/** `e op limit`, carried down to the column; undefined where that is not possible. */
function compare(op: Order, e: Expr, limit: bigint): Expr | undefined {
  if (e.op === 'column') return inRange(limit) ? call(op, [e, datetime(limit)]) : undefined;
  if (e.op !== 'call') return undefined;
  const of = period(e);
  if (of) return e.args[0]!.type === 'datetime' && inRange(limit) ? floored(op, e.args[0]!, limit, of) : undefined;
  const [a, b] = e.args;
  if (e.args.length !== 2 || !a || !b) return undefined;
  if (e.fn === '+') {
    const [time, span] = a.type === 'datetime' ? [a, constant(b, 'timespan')] : [b, constant(a, 'timespan')];
    return span === undefined || time.type !== 'datetime' ? undefined : shifted(op, time, limit, span);
  }
  if (e.fn === '-' && a.type === 'datetime') {
    const span = constant(b, 'timespan');
    return span === undefined ? undefined : shifted(op, a, limit, -span);
  }
  return undefined;
}

/** `e + span op limit`. A sum outside the years 1 to 9999 is null, so those moments are left out. */
function shifted(op: Order, e: Expr, limit: bigint, span: bigint): Expr | undefined {
  const direct = compare(op, e, limit - span);
  if (span > 0n && (op === '>' || op === '>=')) return both(direct, compare('<=', e, LAST - span));
  if (span < 0n && (op === '<' || op === '<=')) return both(direct, compare('>=', e, FIRST - span));
  return direct;
}

/** `e op span` for a difference of a constant and a time. */
function compareSpan(op: Order, e: Expr, span: bigint): Expr | undefined {
  if (e.op !== 'call' || e.fn !== '-' || e.args.length !== 2) return undefined;
  const [a, b] = e.args as readonly [Expr, Expr];
  if (a.type !== 'datetime' || b.type !== 'datetime') return undefined;
  const [first, second] = [constant(a, 'datetime'), constant(b, 'datetime')];
  if (first !== undefined) return compare(FLIPPED[op], b, first - span);
  return second === undefined ? undefined : compare(op, a, second + span);
}

/** `datetime_diff(unit, a, b) op n`: borders of the unit between two moments. */
function compareDiff(op: Order, e: Expr, count: Expr): Expr | undefined {
  if (e.op !== 'call' || e.fn !== 'datetime_diff' || count.op !== 'literal' || typeof count.value !== 'string')
    return undefined;
  const [unit, a, b] = e.args;
  const size = unit?.op === 'literal' ? UNITS[String(unit.value).toLowerCase()] : undefined;
  if (!size || !/^-?\d+$/.test(count.value) || !a || !b) return undefined;
  const borders = BigInt(count.value) * size;
  const [first, second] = [constant(a, 'datetime'), constant(b, 'datetime')];
  if (first !== undefined && hasColumn(b))
    return compareFloor(FLIPPED[op], b, steps(size)(first).start - borders, size);
  if (second === undefined || !hasColumn(a)) return undefined;
  return compareFloor(op, a, steps(size)(second).start + borders, size);
}

const compareFloor = (op: Order, e: Expr, limit: bigint, size: bigint): Expr | undefined =>
  inRange(limit) ? floored(op, e, limit, steps(size)) : undefined;

function comparison(e: Extract<Expr, { op: 'call' }>): Expr | undefined {
  if (e.fn === 'between') {
    const [x, from, to] = e.args as readonly [Expr, Expr, Expr];
    if (x.op === 'column') return undefined;
    const [low, high] = [rewritten(call('>=', [x, from])), rewritten(call('<=', [x, to]))];
    return both(low, high);
  }
  if (!isOrder(e.fn) || e.args.length !== 2) return undefined;
  const [a, b] = e.args as readonly [Expr, Expr];
  const [op, left, right] = hasColumn(a) ? [e.fn, a, b] : [FLIPPED[e.fn], b, a];
  if (left.op === 'column' || !hasColumn(left)) return undefined;
  if (right.type === 'datetime') {
    const limit = constant(right, 'datetime');
    return limit === undefined ? undefined : compare(op, left, limit);
  }
  if (right.type === 'timespan') {
    const span = constant(right, 'timespan');
    return span === undefined ? undefined : compareSpan(op, left, span);
  }
  return compareDiff(op, left, right);
}

const rewritten = (e: Expr): Expr | undefined => (e.op === 'call' ? comparison(e) : undefined);

/** A filter with its time conditions on columns. */
export function timeOnColumns(e: Expr): Expr {
  if (e.op !== 'call') return e;
  if (e.fn === 'and' || e.fn === 'or') return { ...e, args: e.args.map(timeOnColumns) };
  return comparison(e) ?? e;
}
