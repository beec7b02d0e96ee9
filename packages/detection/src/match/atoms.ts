/**
 * What a row must contain for a rule to be worth asking: the conditions of a compiled query, weakened to "some text occurs in
 * some column". All texts of all rules of a table are looked for in one pass; the rule itself runs only where they are.
 *
 * Everything here errs on the side of asking: a condition that is not understood asks for nothing.
 */

import { loosen } from './loosen.ts';

/** A text that occurs in a stored column, as a pattern of the engine's multi-pattern search. */
export interface Atom {
  readonly column: string;
  readonly pattern: string;
  /** Written by a person: the engine may refuse it. */
  readonly regex?: boolean;
}

/** Any of the atoms. */
export type Clause = readonly Atom[];

/** The part of a plan that is read here (packages/kql, `plan/ir.ts`). */
type Expr =
  | { readonly op: 'column'; readonly id: string; readonly type: string }
  | { readonly op: 'literal'; readonly type: string; readonly value: string | boolean | null }
  | { readonly op: 'call'; readonly fn: string; readonly args: readonly Expr[]; readonly type: string }
  | { readonly op: 'path'; readonly of: Expr; readonly path: readonly (string | number)[] }
  | { readonly op: 'other' };
interface Rel {
  readonly op: string;
  readonly input?: Rel;
  readonly condition?: Expr;
  readonly items?: readonly { readonly id: string; readonly expr: Expr }[];
  readonly columns?: readonly { readonly id: string; readonly name: string; readonly type: string }[];
  readonly sources?: Readonly<Record<string, string>>;
}

/** Where a compared value comes from. `json`: part of a document, whose text the value is somewhere in. */
interface TextSource {
  readonly column: string;
  readonly form: 'text' | 'number' | 'json';
  readonly caseless: boolean;
}

const MAX_CLAUSES = 6;
const MAX_ATOMS = 400;
/** Characters whose lower case is a plain letter without being one: where they stand, only the rule itself can tell. */
const EXOTIC = '\u212A|\u0130|\u0131|\u017F';
/** Plain letters written as escapes in JSON. */
const ESCAPED = '\\\\u00';

/** The conditions of a row-wise plan. An empty list: every row must be asked about. */
export function clausesOf(plan: unknown): Clause[] {
  const definitions = new Map<string, Expr>();
  const sources = new Map<string, { name: string; type: string }>();
  const conditions: Expr[] = [];
  let rel = plan as Rel | undefined;
  while (rel) {
    if (rel.op === 'where' && rel.condition) conditions.push(rel.condition);
    else if (rel.op === 'select') for (const item of rel.items ?? []) definitions.set(item.id, item.expr);
    else if (rel.op === 'read') {
      for (const { id, type } of rel.columns ?? []) {
        const name = rel.sources?.[id];
        if (name) sources.set(id, { name, type });
      }
      break;
    } else return [];
    rel = rel.input;
  }
  if (rel?.op !== 'read') return [];
  const reader = new Reader(definitions, sources);
  const found = conditions.flatMap((condition) => reader.clauses(condition));
  return found.sort((a, b) => weight(a) - weight(b)).slice(0, MAX_CLAUSES);
}

/** How many rows a clause lets through, guessed: the lower the better. */
export function weight(clause: Clause): number {
  return clause.reduce((sum, { pattern }) => {
    const letters = (pattern.replace(/\(\?i:?|\\x[0-9a-f]{2}|\\./g, '_').match(/\w+/g) ?? []).join('').length;
    return sum + 1 / (1 + Math.min(20, letters) ** 1.5);
  }, 0);
}

class Reader {
  readonly #depth = { left: 2_000 };
  constructor(
    private readonly definitions: ReadonlyMap<string, Expr>,
    private readonly sources: ReadonlyMap<string, { name: string; type: string }>,
  ) {}

  /** What must hold for the expression to be true. */
  clauses(expr: Expr): Clause[] {
    if (this.#depth.left-- <= 0) return [];
    const e = this.resolve(expr);
    if (e.op !== 'call') return [];
    const [first, ...rest] = e.args;
    switch (e.fn) {
      case 'and':
        return e.args.flatMap((arg) => this.clauses(arg));
      case 'or':
        return either(e.args.map((arg) => this.clauses(arg)));
      case '==':
      case '=~':
        return first && rest[0] ? this.equal(first, rest[0], e.fn === '=~') : [];
      case 'in':
      case 'in~':
        return first ? either(rest.map((item) => this.equal(first, item, e.fn === 'in~'))) : [];
      case 'has':
      case 'hasprefix':
      case 'hassuffix':
      case 'contains':
        return this.search(first, rest[0], { caseless: true, start: false, end: false });
      case 'has_cs':
      case 'hasprefix_cs':
      case 'hassuffix_cs':
      case 'contains_cs':
        return this.search(first, rest[0], { caseless: false, start: false, end: false });
      case 'startswith':
      case 'startswith_cs':
        return this.search(first, rest[0], { caseless: e.fn === 'startswith', start: true, end: false });
      case 'endswith':
      case 'endswith_cs':
        return this.search(first, rest[0], { caseless: e.fn === 'endswith', start: false, end: true });
      case 'has_any':
        return either(rest.map((item) => this.search(first, item, { caseless: true, start: false, end: false })));
      case 'has_all':
        return rest.flatMap((item) => this.search(first, item, { caseless: true, start: false, end: false }));
      case 'matches regex':
        return this.pattern(first, rest[0]);
      default:
        return [];
    }
  }

  /** A column stands for what defines it, as far as that is known. */
  resolve(expr: Expr): Expr {
    let e = expr;
    for (let depth = 0; depth < 50 && e.op === 'column'; depth++) {
      const next = this.definitions.get(e.id);
      if (!next) break;
      e = next;
    }
    return e;
  }

  /** Where the text of an expression may come from; undefined when it is not plainly from stored columns. */
  textSources(expr: Expr, caseless = false): TextSource[] | undefined {
    const e = this.resolve(expr);
    if (e.op === 'column') {
      const stored = this.sources.get(e.id);
      if (!stored) return undefined;
      const { name, type } = stored;
      if (type === 'string' || type === 'guid') return [{ column: name, form: 'text', caseless }];
      if (type === 'dynamic') return [{ column: name, form: 'json', caseless: true }];
      if (type === 'int' || type === 'long') return [{ column: name, form: 'number', caseless: false }];
      return undefined;
    }
    if (e.op === 'path') {
      const of = this.textSources(e.of);
      return of?.every(({ form }) => form !== 'number')
        ? of.map(({ column }) => ({ column, form: 'json', caseless: true }))
        : undefined;
    }
    if (e.op !== 'call') return undefined;
    const [first] = e.args;
    switch (e.fn) {
      case 'tolower':
      case 'toupper':
        return first && this.textSources(first, true);
      case 'tostring':
      case 'tolong':
      case 'toint':
        return first && this.textSources(first, caseless);
      case 'parse_json':
      case 'todynamic':
      case 'toobject': {
        const of = first && this.textSources(first);
        return of?.map(({ column }) => ({ column, form: 'json' as const, caseless: true }));
      }
      case 'coalesce': {
        const all: TextSource[] = [];
        for (const arg of e.args) {
          const of = this.textSources(arg, caseless);
          if (!of) return undefined;
          all.push(...of);
        }
        return all;
      }
      default:
        return undefined;
    }
  }

  equal(left: Expr, right: Expr, caseless: boolean): Clause[] {
    const value = this.literal(right) ?? this.literal(left);
    if (value === undefined) return [];
    const subject = this.literal(right) === undefined ? right : left;
    return this.clauseFor(subject, value, { caseless, start: true, end: true });
  }

  search(subject: Expr | undefined, needle: Expr | undefined, how: How): Clause[] {
    const value = needle && this.literal(needle);
    return subject && value !== undefined ? this.clauseFor(subject, value, how) : [];
  }

  /** The pattern itself, widened. */
  pattern(subject: Expr | undefined, regex: Expr | undefined): Clause[] {
    const text = regex && this.literal(regex);
    const of = subject && this.textSources(subject);
    // In a document the value may be written with escapes, which a pattern cannot foresee.
    if (!text || !of || of.some(({ form }) => form !== 'text')) return [];
    const pattern = loosen(text);
    if (!pattern) return [];
    return [
      of.map(({ column, caseless }) => ({ column, pattern: caseless ? `(?i)${pattern}` : pattern, regex: true })),
    ];
  }

  literal(expr: Expr): string | undefined {
    const e = this.resolve(expr);
    if (e.op === 'literal') return typeof e.value === 'string' && isTextual(e.type) ? e.value : undefined;
    return e.op === 'call' && e.fn === 'tostring' && e.args[0] ? this.literal(e.args[0]) : undefined;
  }

  clauseFor(subject: Expr, value: string, how: How): Clause[] {
    const of = this.textSources(subject);
    if (!of || of.length === 0) return [];
    const atoms: Atom[] = [];
    for (const source of of) {
      const caseless = how.caseless || source.caseless;
      if (source.form === 'number') {
        if (!how.start || !how.end || !/^-?\d+$/.test(value)) return [];
        atoms.push({ column: source.column, pattern: `^${value}$` });
        continue;
      }
      const plain = source.form === 'json' ? /[A-Za-z0-9 _.:-]+/g : /[\x20-\x7e]+/g;
      const run = [...value.matchAll(plain)].sort((a, b) => b[0].length - a[0].length)[0];
      if (!run || run[0].trim() === '') return [];
      const whole = source.form === 'text';
      const start = whole && how.start && run.index === 0;
      const end = whole && how.end && run.index + run[0].length === value.length;
      atoms.push({
        column: source.column,
        pattern: `${caseless ? '(?i)' : ''}${start ? '^' : ''}${quote(run[0])}${end ? '$' : ''}`,
      });
      if (caseless) atoms.push({ column: source.column, pattern: EXOTIC });
      if (source.form === 'json') atoms.push({ column: source.column, pattern: ESCAPED });
    }
    return atoms.length > 0 && atoms.length <= MAX_ATOMS ? [atoms] : [];
  }
}

interface How {
  readonly caseless: boolean;
  /** The value stands at the start, at the end. */
  readonly start: boolean;
  readonly end: boolean;
}

const isTextual = (type: string): boolean => ['string', 'guid', 'int', 'long', 'dynamic'].includes(type);

const quote = (text: string): string =>
  text.replace(/[^A-Za-z0-9 _]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** One alternative must hold: the cheapest clause of each, together. */
function either(alternatives: readonly Clause[][]): Clause[] {
  const best: Atom[] = [];
  for (const clauses of alternatives) {
    const [cheapest] = [...clauses].sort((a, b) => weight(a) - weight(b));
    if (!cheapest) return [];
    best.push(...cheapest);
  }
  return best.length > 0 && best.length <= MAX_ATOMS ? [best] : [];
}
