import type { Expr } from './ir.ts';
import { isoOfTicks, ticksOfIso } from './literals.ts';

type Literal = Extract<Expr, { op: 'literal' }>;

/** Datetime and timespan arithmetic over constants is done now, so that time filters are plain constants in SQL. */
export function fold(e: Expr): Expr {
  if (e.op !== 'call' || e.args.length !== 2 || !e.args.every((a) => a.op === 'literal' && a.value !== null)) return e;
  const [a, b] = e.args as readonly Literal[];
  const x = BigIntOf(a!);
  const y = BigIntOf(b!);
  if (x === undefined || y === undefined) return e;
  const value = e.fn === '+' ? x + y : e.fn === '-' ? x - y : e.fn === '*' && e.type === 'timespan' ? x * y : undefined;
  if (value === undefined) return e;
  if (e.type === 'datetime' && (value < -621355968000000000n || value > 2534023007999999999n))
    return { op: 'literal', type: 'datetime', value: null };
  if (e.type === 'datetime') return { op: 'literal', type: 'datetime', value: isoOfTicks(value) };
  if (e.type === 'timespan') return { op: 'literal', type: 'timespan', value: value.toString() };
  return e;
}

function BigIntOf(e: Literal): bigint | undefined {
  if (typeof e.value !== 'string') return undefined;
  if (e.type === 'datetime') return ticksOfIso(e.value);
  if (e.type === 'timespan' || e.type === 'long' || e.type === 'int') return BigInt(e.value);
  return undefined;
}
