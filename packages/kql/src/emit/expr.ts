import { aggregateFunction } from '../aggregates/registry.ts';
import { castSql, nullSql } from '../functions/casts.ts';
import { DATETIME, DECIMAL_DIGITS, type SqlArg, type SqlContext, stringLike } from '../functions/declare.ts';
import { scalarFunction } from '../functions/registry.ts';
import type { Expr, Rel } from '../plan/ir.ts';
import type { KqlType } from '../types.ts';
import type { Block } from './block.ts';
import { windowSql } from './window.ts';

/** Writes a whole relation as a subquery; given by the relation writer to avoid a circular import. */
export interface RelWriter {
  subquery(rel: Rel, columns: readonly string[]): string;
  /** The same for a scalar subquery. */
  detached(rel: Rel, columns: readonly string[]): string;
}

/** Ids of the columns an expression reads. */
export function columnsOf(e: Expr, into: Set<string> = new Set()): Set<string> {
  switch (e.op) {
    case 'column':
      into.add(e.id);
      break;
    case 'call':
    case 'window':
      for (const a of e.args) columnsOf(a, into);
      if (e.op === 'window') {
        for (const k of orderColumns(e)) into.add(k);
        for (const b of e.by ?? []) columnsOf(b, into);
      }
      break;
    case 'aggregate':
      for (const a of e.args) columnsOf(a, into);
      if (e.condition) columnsOf(e.condition, into);
      break;
    case 'path':
      columnsOf(e.of, into);
      break;
    case 'inQuery':
      columnsOf(e.left, into);
      break;
    default:
  }
  return into;
}

function orderColumns(e: Extract<Expr, { op: 'window' }>): string[] {
  const last = e.args[e.args.length - 1];
  return last?.op === 'column' ? [last.id] : [];
}

/** Texts that JSON writes as they are, or with escapes of letters. */
const PLAIN_WORD = /^[A-Za-z0-9 ._:@-]{2,200}$/;
/** Numbers and names of values, which have several spellings. */
const OTHER_FORMS = /^([\d.e+-]*|nan|inf|infinity|true|false|null)$/i;
/** A column of a stored table. */
const STORED = /^`[^`$]+`$/;

export class ExprWriter {
  private readonly block: Block;
  private readonly rels: RelWriter;
  private readonly context: SqlContext;
  /** What is written filters rows, so that an index may answer it. */
  private readonly filter: boolean;

  constructor(block: Block, rels: RelWriter, place: { readonly grouped?: boolean; readonly filter?: boolean } = {}) {
    this.block = block;
    this.rels = rels;
    const params = block.shared.params;
    this.context = {
      param: (value) => params.add(value, 'String'),
      typed: (value, type) => params.add(value, type),
      once: (sql) => this.block.once(sql),
      ...(place.grouped ? { grouped: true } : {}),
    };
    this.filter = place.filter ?? false;
  }

  /**
   * SQL of a condition of which only "true" counts, so that unknown may stand for false and an index can answer it.
   * @param required rows of the block must meet it, whatever else is asked of them
   */
  condition(e: Expr, required = false): string {
    if (e.op !== 'call') return this.sql(e);
    if (e.fn === 'and' || e.fn === 'or')
      return `(${e.args.map((a) => this.condition(a, required && e.fn === 'and')).join(e.fn === 'and' ? ' AND ' : ' OR ')})`;
    if (e.fn !== '==' && e.fn !== '!=') return this.sql(e);
    const decl = scalarFunction(e.fn);
    const args = e.args.map((a) => this.arg(a));
    if (required && e.fn === '==') this.mustHold(e.args);
    return typeof decl?.sql === 'function' ? decl.sql(args, this.context) : this.sql(e);
  }

  /**
   * Where a property of a stored document must equal a constant, the document has its letters, or escapes of letters. Most
   * documents have neither, and are not parsed then. Not for constants that JSON may write in several ways.
   */
  private mustHold([left, right]: readonly Expr[]): void {
    const literal = left?.op === 'literal' ? left : right;
    let value = literal === left ? right : left;
    if (value?.op === 'call' && CASTS.get(value.fn) === 'string') value = value.args[0];
    if (literal?.op !== 'literal' || literal.type !== 'string' || value?.op !== 'path') return;
    const text = String(literal.value);
    if (!PLAIN_WORD.test(text) || OTHER_FORMS.test(text)) return;
    if (value.path.some((step) => typeof step !== 'string')) return;
    const document = this.base(value.of);
    if (!STORED.test(document)) return;
    const written = `position(${document}, ${this.context.param(text)}) > 0 OR position(${document}, '\\\\u') > 0`;
    this.block.mustHold(document, `(${written})`);
  }

  /** SQL of an expression over the block's items. */
  sql(e: Expr): string {
    switch (e.op) {
      case 'column':
        return this.block.items.get(e.id)?.sql ?? missing(e.id);
      case 'literal':
        return this.literal(e.type, e.value);
      case 'path':
        return this.pathJson(e);
      case 'call':
        return this.call(e);
      case 'aggregate':
        return this.aggregate(e);
      case 'window':
        if (e.fn === 'sorted_row') return this.block.rowNumber();
        return windowSql(
          e.fn,
          e.args.map((a) => this.arg(a)),
          e.type,
          (e.by ?? []).map((b) => this.sql(b)),
        );
      case 'scalarQuery':
        return scalarSubquery(this.rels.detached(e.rel, [e.rel.columns[0]!.id]), e.type);
      case 'listQuery': {
        const first = e.rel.columns[0]!;
        const id = `\`${first.id}\``;
        const json = castSql(id, first.type, 'dynamic', { once: (s) => s });
        // The engine takes a subquery that stands for a value as nullable, which lists cannot be made of.
        return `assumeNotNull((SELECT concat('[', arrayStringConcat(groupArray(if(${json} = '', 'null', ${json})), ','), ']') FROM (${this.rels.detached(e.rel, [first.id])})))`;
      }
      case 'inQuery':
        return this.inQuery(e);
    }
  }

  arg(e: Expr): SqlArg {
    const item = e.op === 'column' ? this.block.items.get(e.id) : undefined;
    const terms = this.filter ? item?.terms : undefined;
    return {
      sql: this.sql(e),
      type: e.type,
      expr: e,
      ...(item?.notNull ? { notNull: true } : {}),
      ...(terms ? { terms } : {}),
    };
  }

  private literal(type: KqlType, value: string | boolean | null): string {
    if (value === null) return nullSql(type);
    switch (type) {
      case 'bool':
        return value ? 'true' : 'false';
      case 'int':
        return `toInt32(${number(value)})`;
      case 'long':
      case 'timespan':
        return `toInt64(${number(value)})`;
      case 'decimal':
        return decimalSql(value);
      case 'real':
        return value === 'NaN'
          ? 'nan'
          : value === 'Infinity'
            ? 'inf'
            : value === '-Infinity'
              ? '-inf'
              : `toFloat64(${number(value)})`;
      case 'datetime':
        return `toDateTime64('${datetimeText(value)}', 7, 'UTC')`;
      default:
        return this.context.param(String(value));
    }
  }

  private call(e: Extract<Expr, { op: 'call' }>): string {
    const decl = scalarFunction(e.fn);
    if (!decl) throw new Error(`No SQL for ${e.fn}`);
    const first = e.args[0];
    const to = CASTS.get(e.fn);
    if (to && first?.op === 'path') {
      const text = this.pathText(first);
      return to === 'string' ? text : castSql('', 'dynamic', to, this.context, text);
    }
    if (EMPTY_TESTS.has(e.fn) && first?.op === 'path') {
      const text = this.pathText(first);
      return e.fn === 'isempty' ? `empty(${text})` : `notEmpty(${text})`;
    }
    if (e.fn === 'array_length' && first?.op === 'column') {
      const array = this.block.items.get(first.id)?.array;
      if (array) return `toInt64(length(${array}))`;
    }
    const args = e.args
      .map((a, i) => (decl.textArgs?.includes(i) && a.op === 'path' ? this.containerArg(a) : this.arg(a)))
      // A function may write an argument several times: nested calls must not double the statement at each level.
      .map((a) => (a.sql.length > LONG_ARGUMENT ? { ...a, sql: this.block.once(a.sql) } : a));
    const sql =
      typeof decl.sql === 'string'
        ? decl.sql.replace(/\$(\d)/g, (_, n: string) => args[Number(n) - 1]!.sql)
        : decl.sql(args, this.context);
    if (e.fn === '==' || e.fn === '!=') return equalityOf(e, args, sql, this.context);
    const nullable = !decl.total && stringLike(e.type) && args.some((a) => !stringLike(a.type));
    return nullable ? `ifNull(${sql}, '')` : sql;
  }

  /** A path whose consumer only cares about arrays and objects: their text is their JSON. */
  private containerArg(e: Extract<Expr, { op: 'path' }>): SqlArg {
    return { sql: this.pathText(e), type: 'dynamic', expr: e };
  }

  /** The engine array behind an aggregate that gives a JSON array. */
  array(e: Expr): string | undefined {
    if (e.op !== 'aggregate') return undefined;
    const write = aggregateFunction(e.fn)?.array;
    const condition = e.condition ? `ifNull(${this.sql(e.condition)}, false)` : undefined;
    return write?.(
      e.args.map((a) => this.arg(a)),
      this.context,
      condition,
    );
  }

  private aggregate(e: Extract<Expr, { op: 'aggregate' }>): string {
    const decl = aggregateFunction(e.fn);
    if (!decl) throw new Error(`No SQL for ${e.fn}`);
    const args = e.args.map((a) => this.arg(a));
    return decl.sql(args, this.context, e.condition ? `ifNull(${this.sql(e.condition)}, false)` : undefined);
  }

  private inQuery(e: Extract<Expr, { op: 'inQuery' }>): string {
    const first = e.rel.columns[0]!;
    const inner = this.rels.subquery(e.rel, [first.id]);
    const left = this.sql(e.left);
    const not = e.negated ? 'NOT ' : '';
    if (!e.ignoreCase) return `ifNull(${left} ${not}IN (${inner}), ${e.negated})`;
    return `(lowerUTF8(${left}) ${not}IN (SELECT lowerUTF8(\`${first.id}\`) FROM (${inner})))`;
  }

  /** SQL text of a dynamic expression that properties are read from. */
  private base(e: Expr): string {
    if (e.op === 'column') return this.block.items.get(e.id)?.jsonBase ?? this.sql(e);
    if (e.op === 'call' && e.fn === 'parse_json' && e.args[0]!.type === 'string') return this.sql(e.args[0]!);
    if (e.op === 'call' && e.fn === 'parse_json' && e.args[0]!.type === 'dynamic') return this.base(e.args[0]!);
    return this.sql(e);
  }

  /** Splits a path at its last array index: the JSON before it, and the keys after. */
  private split(e: Extract<Expr, { op: 'path' }>): { base: string; keys: string[] } {
    let base = this.base(e.of);
    let keys: string[] = [];
    e.path.forEach((step) => {
      if (typeof step === 'string') {
        keys.push(step);
        return;
      }
      const array = this.block.once(keys.length ? this.block.jsonText(base, keys) : base);
      const index = step < 0 ? String(step) : String(step + 1);
      base = this.block.once(`if(startsWith(${array}, '['), JSONExtractRaw(${array}, ${index}), '')`);
      keys = [];
    });
    return { base, keys };
  }

  /** Text of a property, empty when missing: strings bare, everything else as JSON. */
  private pathText(e: Extract<Expr, { op: 'path' }>): string {
    // One part of a split text needs no JSON in between.
    const [index] = e.path;
    if (
      e.path.length === 1 &&
      typeof index === 'number' &&
      e.of.op === 'call' &&
      e.of.fn === 'split' &&
      e.of.args.length === 2
    ) {
      const [text, delimiter] = e.of.args.map((a) => this.sql(a));
      const literal = e.of.args[1]!;
      if (literal.op === 'literal' && literal.value !== '')
        return `splitByString(${delimiter}, ${text})[${index < 0 ? index : index + 1}]`;
    }
    const { base, keys } = this.split(e);
    if (keys.length) return this.block.jsonText(base, keys);
    return castSql(base, 'dynamic', 'string', this.context);
  }

  /** Elements of the array that a property holds, cut out of its document at once; undefined for what is no property. */
  elements(e: Expr): string | undefined {
    if (e.op !== 'path') return undefined;
    const { base, keys } = this.split(e);
    if (!keys.length) return undefined;
    return `JSONExtractArrayRaw(${base}, ${keys.map((k) => this.context.param(k)).join(', ')})`;
  }

  /** JSON of a property; empty when missing or null. */
  private pathJson(e: Extract<Expr, { op: 'path' }>): string {
    const { base, keys } = this.split(e);
    if (keys.length === 0) {
      const x = this.block.once(base);
      return `if(${x} = 'null', '', ${x})`;
    }
    const x = this.block.once(`JSONExtractRaw(${base}, ${keys.map((k) => this.context.param(k)).join(', ')})`);
    return `if(${x} = 'null', '', ${x})`;
  }
}

/**
 * Equality as a value: null and something present are different (false), two nulls are unknown. Source: the language's
 * page on null values.
 */
function equalityOf(e: Expr, args: readonly SqlArg[], sql: string, c: Pick<SqlContext, 'once'>): string {
  const [a, b] = [args[0]!, args[1]!];
  if (stringLike(a.type) || (a.notNull && b.notNull)) return sql;
  const present = (x: SqlArg): boolean => x.notNull === true || (x.expr.op === 'literal' && x.expr.value !== null);
  const equal = e.op === 'call' && e.fn === '==';
  if (present(a) || present(b)) return equal ? `ifNull(${sql}, false)` : sql;
  const [x, y] = [c.once(a.sql), c.once(b.sql)];
  return `if(isNull(${x}) AND isNull(${y}), NULL, ${equal ? `ifNull(${x} = ${y}, false)` : `${x} IS DISTINCT FROM ${y}`})`;
}

/** Arguments whose SQL is longer than this get a name. */
const LONG_ARGUMENT = 4000;

/** Text is empty rather than NULL also when the query gives no row. */
function scalarSubquery(sql: string, type: KqlType): string {
  return stringLike(type) ? `ifNull((${sql}), '')` : `(${sql})`;
}

const CASTS: ReadonlyMap<string, KqlType> = new Map([
  ['tostring', 'string'],
  ['toint', 'int'],
  ['tolong', 'long'],
  ['todouble', 'real'],
  ['tobool', 'bool'],
  ['todatetime', 'datetime'],
  ['totimespan', 'timespan'],
  ['toguid', 'guid'],
]);
const EMPTY_TESTS: ReadonlySet<string> = new Set(['isempty', 'isnotempty']);

function missing(id: string): never {
  throw new Error(`Column ${id} is not in reach`);
}

/** A decimal constant, written out without exponent; NULL when it has too many digits before the point. */
function decimalSql(value: string | boolean): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(String(value));
  const shift = Number(m?.[4] ?? 0);
  if (!m || Math.abs(shift) > 400) return nullSql('decimal');
  const digits = `${m[2]}${m[3] ?? ''}`;
  const point = m[2]!.length + shift;
  const padded = digits.padStart(digits.length + Math.max(0, 1 - point), '0').padEnd(Math.max(0, point), '0');
  const at = Math.max(1, point);
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  if (whole.length > DECIMAL_DIGITS) return nullSql('decimal');
  const fraction = padded.slice(at, at + DECIMAL_DIGITS);
  return `toDecimal256('${m[1]}${whole}${fraction ? `.${fraction}` : ''}', ${DECIMAL_DIGITS})`;
}

function number(value: string | boolean): string {
  const text = String(value);
  if (!/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text)) throw new Error('Not a number');
  // The engine reads the smallest long as an operator and a number that is one too large.
  return text === '-9223372036854775808' ? `'${text}'` : text;
}

function datetimeText(value: string | boolean): string {
  const text = String(value);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/.test(text)) throw new Error('Not a datetime');
  return text.slice(0, 27).replace('T', ' ');
}

export { DATETIME };
