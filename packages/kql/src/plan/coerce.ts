import { commonType, type FunctionDecl } from '../functions/declare.ts';
import type { KqlType } from '../types.ts';
import type { Expr } from './ir.ts';

const CAST_FUNCTION: Readonly<Record<KqlType, string>> = {
  string: 'tostring',
  int: 'toint',
  long: 'tolong',
  real: 'todouble',
  decimal: 'todecimal',
  bool: 'tobool',
  datetime: 'todatetime',
  timespan: 'totimespan',
  guid: 'toguid',
  dynamic: 'parse_json',
};

/** An expression brought to a type. */
export function cast(e: Expr, to: KqlType): Expr {
  if (e.type === to) return e;
  if (e.op === 'literal') {
    if (e.value === null) return { op: 'literal', type: to, value: to === 'string' ? '' : null };
    if (to === 'long' && e.type === 'int') return { ...e, type: to };
    if (to === 'int' && e.type === 'long' && Math.abs(Number(e.value)) < 2147483648) return { ...e, type: to };
    if (to === 'real' && (e.type === 'int' || e.type === 'long')) return { ...e, type: to };
    if (to === 'dynamic' && e.type === 'string')
      return { op: 'literal', type: 'dynamic', value: JSON.stringify(e.value) };
  }
  if (to === 'dynamic' && e.type === 'string') return { op: 'call', fn: 'to_json_string', args: [e], type: 'dynamic' };
  return { op: 'call', fn: CAST_FUNCTION[to], args: [e], type: to };
}

/** The type several values meet at; undefined when there is none. */
export function meet(types: readonly KqlType[]): KqlType | undefined {
  let out: KqlType | undefined = types[0];
  for (const t of types.slice(1)) out = out && commonType(out, t);
  return out;
}

const NUMBER: ReadonlySet<KqlType> = new Set(['int', 'long', 'real', 'decimal']);

interface Slot {
  readonly kind: string;
  readonly optional: boolean;
}

function slots(pattern: string, count: number): { slots: Slot[]; min: number; max: number } {
  const words = pattern.split(' ').filter(Boolean);
  const repeats = words[words.length - 1]?.endsWith('*') ?? false;
  const plain = words.map((w) => ({ kind: w.replace(/[?*]$/, ''), optional: /[?*]$/.test(w) }));
  const out = [...plain];
  if (repeats) while (out.length < count) out.push(plain[plain.length - 1]!);
  return {
    slots: out,
    min: plain.filter((s) => !s.optional).length,
    max: repeats ? Number.POSITIVE_INFINITY : plain.length,
  };
}

export interface Coerced {
  readonly args: Expr[];
  readonly error?: string;
}

/** Why values of a choice do not go together: whole numbers and reals do not mix there. */
function mixed(name: string, values: readonly Expr[]): string | undefined {
  const types = new Set(values.filter((v) => !isNullLiteral(v)).map((v) => v.type));
  const whole = types.has('int') || types.has('long');
  return whole && (types.has('real') || types.has('decimal'))
    ? `The values of ${name}() must have one type; a whole number and a real do not mix. Use todouble().`
    : undefined;
}

/** Brings arguments to what a declaration asks for. */
export function coerceArguments(decl: Pick<FunctionDecl, 'name' | 'args' | 'alike'>, args: readonly Expr[]): Coerced {
  if (decl.args === 'case') return coerceCase(args);
  const { slots: wanted, min, max } = slots(decl.args, args.length);
  if (args.length < min || args.length > max) {
    const count = min === max ? `${min}` : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
    return {
      args: [],
      error: `${decl.name}() takes ${count} argument${count === '1' ? '' : 's'}, not ${args.length}.`,
    };
  }
  const wrong = decl.alike
    ? mixed(
        decl.name,
        args.filter((_a, i) => wanted[i]!.kind === 'same'),
      )
    : undefined;
  if (wrong) return { args: [], error: wrong };
  const shared = meet(args.filter((a, i) => wanted[i]!.kind === 'same' && !isNullLiteral(a)).map((a) => a.type));
  const out: Expr[] = [];
  for (const [i, a] of args.entries()) {
    const kind = wanted[i]!.kind;
    switch (kind) {
      case 'any':
        out.push(a);
        break;
      case 'same':
        if (!shared && args.some((x, j) => wanted[j]!.kind === 'same' && !isNullLiteral(x))) {
          return { args: [], error: `The arguments of ${decl.name}() must have one type.` };
        }
        out.push(cast(a, shared ?? a.type));
        break;
      case 'number':
        if (NUMBER.has(a.type)) out.push(a);
        else if (a.type === 'dynamic' || a.type === 'bool' || a.type === 'timespan')
          out.push(cast(a, a.type === 'bool' || a.type === 'timespan' ? 'long' : 'real'));
        else return { args: [], error: `Argument ${i + 1} of ${decl.name}() must be a number, not ${a.type}.` };
        break;
      case 'scalar':
        out.push(cast(a, 'string'));
        break;
      default: {
        const to = kind as KqlType;
        if (!accepts(a.type, to)) {
          return { args: [], error: `Argument ${i + 1} of ${decl.name}() must be of type ${to}, not ${a.type}.` };
        }
        out.push(cast(a, to));
      }
    }
  }
  return { args: out };
}

function isNullLiteral(e: Expr): boolean {
  return e.op === 'literal' && e.value === null;
}

function accepts(from: KqlType, to: KqlType): boolean {
  if (from === to || from === 'dynamic' || to === 'dynamic') return true;
  if (NUMBER.has(from) && NUMBER.has(to)) return true;
  if (to === 'string') return true;
  if (to === 'guid' && from === 'string') return true;
  if (to === 'bool' && NUMBER.has(from)) return true;
  if ((to === 'datetime' || to === 'timespan') && from === 'string') return true;
  return (to === 'long' && from === 'timespan') || (from === 'bool' && NUMBER.has(to));
}

function coerceCase(args: readonly Expr[]): Coerced {
  if (args.length < 3 || args.length % 2 === 0) {
    return { args: [], error: 'case() takes pairs of condition and value, and a final value.' };
  }
  const isValue = (i: number) => i % 2 === 1 || i === args.length - 1;
  const values = args.filter((a, i) => isValue(i) && !isNullLiteral(a));
  const wrong = mixed('case', values);
  if (wrong) return { args: [], error: wrong };
  const shared = meet(values.map((a) => a.type));
  if (!shared && values.length) return { args: [], error: 'The values of case() must have one type.' };
  return { args: args.map((a, i) => (isValue(i) ? cast(a, shared ?? a.type) : cast(a, 'bool'))) };
}

/** The result type of a call, from its declaration. */
export function resultType(decl: Pick<FunctionDecl, 'returns' | 'args'>, args: readonly Expr[]): KqlType {
  const r = decl.returns;
  if (typeof r === 'function') return r(args);
  if (r === 'first') return args[0]?.type ?? 'dynamic';
  if (r === 'same')
    return (
      (decl.args === 'case' ? args[1] : args[decl.args.split(' ').findIndex((w) => w.startsWith('same'))])?.type ??
      'string'
    );
  return r;
}
