/** Tests over all columns of a row: `* has "x"` in where, the words of search and find. */
import type { KNode } from '../kusto-api.ts';
import { PlanError } from './errors.ts';
import { combine } from './expressions.ts';
import type { Column, Expr } from './ir.ts';

export const FALSE: Expr = { op: 'literal', type: 'bool', value: false };
export const TRUE: Expr = { op: 'literal', type: 'bool', value: true };

const anyOf = (tests: readonly Expr[]): Expr =>
  tests.length === 0 ? FALSE : tests.length === 1 ? tests[0]! : { op: 'call', fn: 'or', args: tests, type: 'bool' };

const shown = (columns: readonly Column[]) => columns.filter((c) => !c.hidden);
const column = (c: Column): Expr => ({ op: 'column', id: c.id, type: c.type });

/** `* op value`: text operators look at every column, the others at columns of the value's type. */
export function anyColumn(n: KNode, operator: string, value: Expr, columns: readonly Column[]): Expr {
  const text = /^!?(has|contains|startswith|endswith|matches)/.test(operator);
  const near = (c: Column) =>
    c.type === value.type ||
    (value.type === 'string' && c.type === 'dynamic') ||
    (['int', 'long', 'real', 'decimal'].includes(c.type) && ['int', 'long', 'real', 'decimal'].includes(value.type));
  const tests = shown(columns)
    .filter((c) => text || near(c))
    .map((c) => combine(n, operator, column(c), value));
  if (!operator.startsWith('!')) return anyOf(tests);
  return tests.length < 2 ? (tests[0] ?? TRUE) : { op: 'call', fn: 'and', args: tests, type: 'bool' };
}

/** A word of `search` in any column. */
export function wordAnywhere(n: KNode, word: string, columns: readonly Column[], caseSensitive: boolean): Expr {
  return anyOf(shown(columns).map((c) => wordIn(n, column(c), word, caseSensitive)));
}

/** `"word"` is a term, `"wor*"` a prefix, `"*ord"` a suffix, `"*or*"` a part, `"w*d"` a term with a gap. */
export function wordIn(n: KNode, e: Expr, word: string, caseSensitive: boolean): Expr {
  const body = word.replace(/^\*+|\*+$/g, '');
  const [start, end] = [word.startsWith('*'), word.endsWith('*') && word.length > 1];
  if (body === '') return TRUE;
  if (body.includes('*')) {
    const regex = body
      .split('*')
      .map((s) => s.replace(/[\\^$.+?()[\]{}|/-]/g, '\\$&'))
      .join('.*');
    const flags = caseSensitive ? 's' : 'is';
    const pattern = `(?${flags})${start ? '' : '\\b'}${regex}${end ? '' : '\\b'}`;
    return combine(n, 'matches regex', e, { op: 'literal', type: 'string', value: pattern });
  }
  const operator = start && end ? 'contains' : end ? 'hasprefix' : start ? 'hassuffix' : 'has';
  return combine(n, caseSensitive ? `${operator}_cs` : operator, e, { op: 'literal', type: 'string', value: body });
}

/** The error for a star where there are no columns. */
export function noColumns(n: KNode): PlanError {
  return new PlanError(n, 'KQL0062', 'A star stands for the columns of a table; there are none here.');
}
