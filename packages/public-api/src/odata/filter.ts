import type { Condition, ConditionValue, Operator } from '@parapet/incidents';
import { badRequest } from '../errors.ts';
import { type Token, tokens } from './lexer.ts';

/** A property that a collection may be filtered by. */
export interface FilterField {
  /** Name in the condition. */
  readonly field: string;
  readonly kind: 'enum' | 'time' | 'text' | 'number';
  /** Members of an enumeration as the wire spells them. */
  readonly members?: readonly string[];
  /** A member that stands for "not set". */
  readonly none?: string;
}

export type FilterFields = Readonly<Record<string, FilterField>>;

const MAX_LENGTH = 8_000;
const MAX_DEPTH = 50;
const MAX_TERMS = 200;
const OPERATORS: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

/**
 * A `$filter` as data: eq, ne, gt, ge, lt, le, in, and, or, not and parentheses over the properties of `fields`.
 * @throws ApiError 400 that says where and why
 */
export function parseFilter(text: string, fields: FilterFields): Condition {
  if (text.length > MAX_LENGTH) throw badRequest(`The filter is longer than ${MAX_LENGTH} characters.`);
  return new Parser(tokens(text), fields).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: FilterFields;
  readonly #names: ReadonlyMap<string, FilterField & { readonly name: string }>;
  #at = 0;
  #depth = 0;
  #terms = 0;

  constructor(all: readonly Token[], fields: FilterFields) {
    this.#tokens = all;
    this.#fields = fields;
    this.#names = new Map(Object.entries(fields).map(([name, field]) => [name.toLowerCase(), { ...field, name }]));
  }

  parse(): Condition {
    if (this.#peek().kind === 'end') throw badRequest('The filter is empty.');
    const condition = this.#or();
    const left = this.#peek();
    if (left.kind !== 'end') throw this.#unexpected(left);
    return condition;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#word('or')) parts.push(this.#and());
    return parts.length === 1 ? (parts[0] as Condition) : { kind: 'or', parts };
  }

  #and(): Condition {
    const parts = [this.#unary()];
    while (this.#word('and')) parts.push(this.#unary());
    return parts.length === 1 ? (parts[0] as Condition) : { kind: 'and', parts };
  }

  #unary(): Condition {
    if (++this.#depth > MAX_DEPTH) throw badRequest(`The filter is nested more than ${MAX_DEPTH} levels deep.`);
    try {
      if (this.#word('not')) return { kind: 'not', part: this.#unary() };
      if (this.#peek().kind === '(') {
        this.#next();
        const inner = this.#or();
        const close = this.#next();
        if (close.kind !== ')') throw this.#unexpected(close, 'a closing parenthesis');
        return inner;
      }
      return this.#comparison();
    } finally {
      this.#depth--;
    }
  }

  #comparison(): Condition {
    if (++this.#terms > MAX_TERMS) throw badRequest(`The filter has more than ${MAX_TERMS} comparisons.`);
    const first = this.#next();
    if (first.kind !== 'name') throw this.#unexpected(first, 'a property');
    const field = this.#names.get(first.text.toLowerCase());
    if (!field) {
      if (this.#peek().kind === '(')
        throw badRequest(`The function ${first.text.slice(0, 100)} is not supported here.`);
      throw badRequest(
        `Could not find a filterable property named '${first.text.slice(0, 100)}'. Filterable: ${Object.keys(this.#fields).join(', ')}.`,
      );
    }
    const operator = this.#next();
    const word = operator.kind === 'name' ? operator.text.toLowerCase() : '';
    if (word === 'in') return { kind: 'in', field: field.field, values: this.#list(field) };
    if (!OPERATORS.includes(word)) throw this.#unexpected(operator, 'one of eq, ne, gt, ge, lt, le, in');
    if (field.kind === 'enum' && word !== 'eq' && word !== 'ne')
      throw badRequest(`${field.name} can be compared with eq, ne and in alone.`);
    return { kind: 'compare', field: field.field, operator: word as Operator, value: this.#value(field) };
  }

  #list(field: FilterField & { readonly name: string }): ConditionValue[] {
    const open = this.#next();
    if (open.kind !== '(') throw this.#unexpected(open, 'a list in parentheses');
    const values: ConditionValue[] = [];
    for (;;) {
      values.push(this.#value(field));
      if (values.length > MAX_TERMS) throw badRequest(`A list has at most ${MAX_TERMS} values.`);
      const next = this.#next();
      if (next.kind === ')') return values;
      if (next.kind !== ',') throw this.#unexpected(next, 'a comma or a closing parenthesis');
    }
  }

  #value(field: FilterField & { readonly name: string }): ConditionValue {
    const token = this.#next();
    if (token.kind === 'name' && token.text === 'null') return null;
    switch (field.kind) {
      case 'enum': {
        if (token.kind !== 'string' && token.kind !== 'typed')
          throw this.#mismatch(field, token, "text such as 'high'");
        const member = field.members?.find((each) => each.toLowerCase() === token.text.toLowerCase());
        if (member === undefined)
          throw badRequest(
            `'${token.text.slice(0, 100)}' is not a value of ${field.name}. Values: ${(field.members ?? []).join(', ')}.`,
          );
        return member === field.none ? null : member;
      }
      case 'time': {
        if (token.kind !== 'time' && token.kind !== 'string') throw this.#mismatch(field, token, 'a date and time');
        return (
          instant(token.text) ?? fail(this.#mismatch(field, token, 'a date and time such as 2026-03-01T08:00:00Z'))
        );
      }
      case 'number': {
        if (token.kind !== 'number') throw this.#mismatch(field, token, 'a number');
        return Number(token.text);
      }
      case 'text':
        if (token.kind !== 'string') throw this.#mismatch(field, token, 'text in single quotes');
        return token.text;
    }
  }

  #mismatch(field: { readonly name: string }, token: Token, expected: string): Error {
    return badRequest(`${field.name} is compared with ${shown(token)} at position ${token.at}; expected ${expected}.`);
  }

  #unexpected(token: Token, expected?: string): Error {
    const wish = expected ? `; expected ${expected}` : '';
    return badRequest(`Syntax error at position ${token.at} in the filter: ${shown(token)} is not expected${wish}.`);
  }

  #word(word: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'name' || token.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

function fail(error: Error): never {
  throw error;
}

const shown = (token: Token): string =>
  token.kind === 'end' ? 'the end' : 'text' in token ? JSON.stringify(token.text.slice(0, 60)) : `'${token.kind}'`;

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** An ISO 8601 instant with microseconds, as the database compares them; a date alone is its midnight in UTC. */
export function instant(text: string): string | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const whole = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const at = new Date(`${whole}${zone.toUpperCase()}`);
  if (Number.isNaN(at.getTime()) || Number(year) < 1) return undefined;
  // The parser of the language rolls 31 February over; here it is a mistake.
  if (new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() !== Number(day)) return undefined;
  return `${at.toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}
