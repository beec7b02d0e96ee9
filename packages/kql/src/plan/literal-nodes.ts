import { kindOf, must, textOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { dynamicJson } from './dynamic-literal.ts';
import { PlanError } from './errors.ts';
import type { Expr } from './ir.ts';
import { isoDatetime, timespanTicks } from './literals.ts';

const TYPES: Readonly<Record<string, KqlType>> = {
  IntLiteralExpression: 'int',
  LongLiteralExpression: 'long',
  RealLiteralExpression: 'real',
  DecimalLiteralExpression: 'decimal',
  BooleanLiteralExpression: 'bool',
  DateTimeLiteralExpression: 'datetime',
  TimespanLiteralExpression: 'timespan',
  GuidLiteralExpression: 'guid',
  RawGuidLiteralExpression: 'guid',
};

function whole(inner: string, n: KNode): string {
  const hex = /^-?0x/i.test(inner);
  const digits = BigInt(inner.replace(/^-/, ''));
  const value = inner.startsWith('-') ? -digits : digits;
  const held = BigInt.asIntN(64, value);
  // Hexadecimal digits are bits, so the upper half stands for negative numbers.
  if (held !== value && !(hex && digits < 1n << 64n))
    throw new PlanError(n, 'KQL0018', `The number ${inner} does not fit in 64 bits.`);
  return held.toString();
}

/**
 * The constant a literal node stands for; undefined for other nodes.
 * @param now the instant of the query: a time without a date is of its day
 */
export function literalOf(n: KNode, now?: Date): Expr | undefined {
  const kind = kindOf(n);
  if (kind === 'StringLiteralExpression' || kind === 'CompoundStringLiteralExpression') {
    return { op: 'literal', type: 'string', value: String(n.LiteralValue) };
  }
  if (kind === 'NullLiteralExpression') return { op: 'literal', type: 'dynamic', value: null };
  if (kind === 'DynamicExpression') {
    const json = dynamicJson(must(n, 'Expression'));
    return { op: 'literal', type: 'dynamic', value: json === 'null' ? null : json };
  }
  const type = TYPES[kind];
  if (!type) return undefined;
  return constantText(textOf(n), type, n, now);
}

/** A constant of a type from its text, `type(…)` around it or not. */
export function constantText(text: string, type: KqlType, n: KNode, now?: Date): Expr {
  if (type === 'string') return { op: 'literal', type, value: text };
  const typed = /^\w+\s*\(([\s\S]*)\)$/.exec(text);
  const inner = (typed ? typed[1]! : text).trim();
  if (/^null$/i.test(inner)) return { op: 'literal', type, value: null };
  if (type === 'dynamic') {
    try {
      return { op: 'literal', type, value: JSON.stringify(JSON.parse(inner)) };
    } catch {
      throw new PlanError(n, 'KQL0022', 'The value of a dynamic parameter must be JSON.');
    }
  }
  return { op: 'literal', type, value: constantOf(type, inner, n, now) };
}

function constantOf(type: KqlType, inner: string, n: KNode, now?: Date): string | boolean {
  switch (type) {
    case 'int':
    case 'long':
      return whole(inner.replace(/[lL]$/, ''), n);
    case 'real':
    case 'decimal': {
      if (/^[+]?inf$/i.test(inner)) return 'Infinity';
      if (/^-inf$/i.test(inner)) return '-Infinity';
      if (/^nan$/i.test(inner)) return 'NaN';
      const text = inner
        .replace(/^\./, '0.')
        .replace(/\.$/, '')
        .replace(/\.([eE])/, '$1');
      if (!/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text))
        throw new PlanError(n, 'KQL0019', `'${inner}' is not a number.`);
      return text;
    }
    case 'bool':
      return /^(true|1)$/i.test(inner) ? true : /^(false|0)$/i.test(inner) ? false : Number(inner) !== 0;
    case 'datetime': {
      const iso = isoDatetime(inner, now);
      if (!iso)
        throw new PlanError(n, 'KQL0020', `'${inner}' is not a date and time.`, 'datetime(2020-12-31 23:59:59)');
      return iso;
    }
    case 'timespan': {
      const ticks = timespanTicks(inner.replace(/^["']|["']$/g, ''));
      if (ticks === undefined)
        throw new PlanError(n, 'KQL0021', `'${inner}' is not a timespan.`, '1d, 2h, 30m, 1.02:03:04');
      return ticks.toString();
    }
    default:
      return inner.replace(/^["']|["']$/g, '').toLowerCase();
  }
}
