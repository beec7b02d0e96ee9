/** The condition grammar: names, `1 of sel*`, `all of them`, parentheses, not > and > or. */
import { type Logic, SigmaError } from './types.ts';

const MAX_CONDITION = 10_000;
const MAX_DEPTH = 50;

/**
 * @param selections logic of each named selection
 * @throws SigmaError with what is wrong in the text
 */
export function parseCondition(text: string, selections: ReadonlyMap<string, Logic>): Logic {
  if (text.length > MAX_CONDITION) throw new SigmaError('the condition is longer than 10,000 characters');
  const tokens: readonly string[] = text.match(/\(|\)|\||[^\s()|]+/g) ?? [];
  if (tokens.includes('|'))
    throw new SigmaError('the condition uses the old aggregation "| …"; write a correlation document instead');
  let at = 0;
  const peek = (): string | undefined => tokens[at]?.toLowerCase();

  const or = (depth: number): Logic => {
    const items = [and(depth)];
    while (peek() === 'or') {
      at++;
      items.push(and(depth));
    }
    return items.length === 1 ? (items[0] as Logic) : { op: 'or', items };
  };
  const and = (depth: number): Logic => {
    const items = [not(depth)];
    while (peek() === 'and') {
      at++;
      items.push(not(depth));
    }
    return items.length === 1 ? (items[0] as Logic) : { op: 'and', items };
  };
  const not = (depth: number): Logic => {
    if (depth > MAX_DEPTH) throw new SigmaError('the condition is nested too deeply');
    if (peek() !== 'not') return primary(depth);
    at++;
    return { op: 'not', item: not(depth + 1) };
  };
  const primary = (depth: number): Logic => {
    const token = tokens[at];
    if (token === undefined) throw new SigmaError('the condition ends too early');
    at++;
    if (token === '(') {
      const inner = or(depth + 1);
      if (tokens[at] !== ')') throw new SigmaError('the condition has a parenthesis that is not closed');
      at++;
      return inner;
    }
    if (peek() === 'of' && /^(\d+|all|any)$/i.test(token)) {
      at++;
      const target = tokens[at++];
      if (target === undefined) throw new SigmaError(`the condition says "${token} of" and not of what`);
      return several(token.toLowerCase(), target);
    }
    const selection = selections.get(token);
    if (selection) return selection;
    if ([')', 'and', 'or', 'of', 'not'].includes(token.toLowerCase()))
      throw new SigmaError(`the condition has "${token}" where a selection is expected`);
    throw new SigmaError(`the condition names "${token}", and there is no such selection`);
  };
  const several = (quantity: string, target: string): Logic => {
    const pattern =
      target.toLowerCase() === 'them' ? /^(?!_)/ : new RegExp(`^${target.split('*').map(escaped).join('.*')}$`);
    const items = [...selections].filter(([name]) => pattern.test(name)).map(([, logic]) => logic);
    if (items.length === 0) throw new SigmaError(`the condition says "of ${target}", and no selection has such a name`);
    if (quantity === 'all') return items.length === 1 ? (items[0] as Logic) : { op: 'and', items };
    const count = quantity === 'any' ? 1 : Number(quantity);
    if (count < 1 || count > items.length)
      throw new SigmaError(`the condition asks for ${count} of ${target}, and there are ${items.length}`);
    if (items.length === 1) return items[0] as Logic;
    return count === 1 ? { op: 'or', items } : { op: 'atLeast', count, items };
  };

  if (tokens.length === 0) throw new SigmaError('the condition is empty');
  const logic = or(0);
  if (at < tokens.length) throw new SigmaError(`the condition goes on with "${tokens[at]}" where it should end`);
  return logic;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
