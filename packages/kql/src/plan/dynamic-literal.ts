import { bare, child, kindOf, list, must, textOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import { PlanError } from './errors.ts';
import { isoDatetime, timespanText, timespanTicks } from './literals.ts';

/** JSON text of the inside of `dynamic(...)`. */
export function dynamicJson(node: KNode): string {
  const n = bare(node);
  switch (kindOf(n)) {
    case 'JsonArrayExpression':
      return `[${list(n, 'Values').map(dynamicJson).join(',')}]`;
    case 'JsonObjectExpression': {
      // A repeated key keeps its place and takes the last value.
      const pairs = new Map<string, string>();
      for (const p of list(n, 'Pairs')) pairs.set(keyText(must(p, 'Name')), dynamicJson(must(p, 'Value')));
      return `{${[...pairs].map(([k, v]) => `${JSON.stringify(k)}:${v}`).join(',')}}`;
    }
    case 'StringLiteralExpression':
    case 'CompoundStringLiteralExpression':
      return JSON.stringify(String(n.LiteralValue));
    case 'BooleanLiteralExpression':
      return /true/i.test(textOf(n)) ? 'true' : 'false';
    case 'NullLiteralExpression':
      return 'null';
    case 'UnaryMinusExpression':
      return `-${dynamicJson(must(n, 'Expression'))}`;
    case 'DateTimeLiteralExpression': {
      const inner = /\(([\s\S]*)\)/.exec(textOf(n))?.[1] ?? '';
      return JSON.stringify(isoDatetime(inner) ?? inner);
    }
    case 'TimespanLiteralExpression': {
      const inner = /\(([\s\S]*)\)/.exec(textOf(n))?.[1] ?? textOf(n);
      const ticks = timespanTicks(inner);
      return JSON.stringify(ticks === undefined ? inner : timespanText(ticks));
    }
    case 'DynamicExpression':
      return dynamicJson(must(n, 'Expression'));
    case 'LongLiteralExpression':
    case 'IntLiteralExpression':
    case 'RealLiteralExpression': {
      const inner = /\(([\s\S]*)\)/.exec(textOf(n))?.[1] ?? textOf(n);
      if (/^[-+]?[\d.]/.test(inner) && !/^0x/i.test(inner) && !Number.isFinite(Number(inner)))
        throw new PlanError(n, 'KQL0018', `The number ${inner} is too large.`);
      return /^0x/i.test(inner) ? BigInt(inner).toString() : /^nan$/i.test(inner) ? '"NaN"' : inner.trim();
    }
    default: {
      const inner = child(n, 'Expression');
      return inner ? dynamicJson(inner) : JSON.stringify(textOf(n));
    }
  }
}

function keyText(token: KNode): string {
  const value = (token as unknown as { ValueText?: string }).ValueText;
  if (value !== undefined && value !== null) return value;
  const text = textOf(token);
  return text.replace(/^["']|["']$/g, '');
}
