import { badRequest } from '../errors.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'string' | 'number' | 'time' | 'typed'; readonly text: string; readonly at: number }
  | { readonly kind: '(' | ')' | ','; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

const SPACE = /[ \t]/;
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})?)?(?![\w.:-])/i;
const NUMBER = /^-?\d{1,18}(?:\.\d{1,18})?(?![\w.:-])/;
const NAME = /^[A-Za-z_@][\w.@/]*/;

/** Cut a `$filter` into tokens. @throws ApiError 400 with the position */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (SPACE.test(char)) at++;
    else if (char === '(' || char === ')' || char === ',') found.push({ kind: char, at: at++ });
    else if (char === "'") {
      const [value, end] = quoted(text, at);
      found.push({ kind: 'string', text: value, at });
      at = end;
    } else {
      const rest = text.slice(at, at + 200);
      const time = TIME.exec(rest)?.[0];
      const number = time === undefined ? NUMBER.exec(rest)?.[0] : undefined;
      const literal = time ?? number;
      if (literal !== undefined) {
        found.push({ kind: time === undefined ? 'number' : 'time', text: literal, at });
        at += literal.length;
        continue;
      }
      const name = NAME.exec(rest)?.[0];
      if (name === undefined)
        throw badRequest(`Syntax error at position ${at} in the filter: ${JSON.stringify(char)} is not expected.`);
      if (text[at + name.length] === "'") {
        const [value, end] = quoted(text, at + name.length);
        found.push({ kind: 'typed', text: value, at });
        at = end;
      } else {
        found.push({ kind: 'name', text: name, at });
        at += name.length;
      }
    }
  }
  found.push({ kind: 'end', at: text.length });
  return found;
}

/** Text between single quotes; two of them are one. */
function quoted(text: string, start: number): [string, number] {
  let value = '';
  let at = start + 1;
  for (;;) {
    const end = text.indexOf("'", at);
    if (end < 0) throw badRequest(`There is an unterminated string literal at position ${start} in the filter.`);
    value += text.slice(at, end);
    if (text[end + 1] !== "'") return [value, end + 1];
    value += "'";
    at = end + 2;
  }
}
