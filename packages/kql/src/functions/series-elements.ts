/**
 * Functions that work on series element by element, in SQL. A series is a dynamic array; an element that is no number
 * (and a position one of the arrays does not have) gives null. A plain number stands for an array of that number.
 * Datetimes count as their ticks since year 1, as when they are converted to real.
 */
import { toJson } from './casts.ts';
import { constant, type FunctionDecl, type SqlArg, type SqlContext, stringLike } from './declare.ts';

const inline = { once: (sql: string): string => sql };
const isArray = (sql: string): string => `startsWith(${sql}, '[')`;
const array = (sql: string): string => `concat('[', arrayStringConcat(${sql}, ','), ']')`;

/** JSON texts of the elements; empty for anything but an array. */
export const elementTexts = (sql: string): string => `JSONExtractArrayRaw(${sql})`;

/** Nullable real of a JSON element. Texts only count when they are a datetime or stand for NaN and the infinities. */
export function elementNumber(e: string): string {
  const text = `JSONExtractString(${e})`;
  const ticks = `toFloat64(reinterpretAsInt64(parseDateTime64BestEffortOrNull(${text}, 7, 'UTC')) + 621355968000000000)`;
  const special = `transform(${text}, ['NaN', 'inf', '-inf'], [nan, inf, -inf], NULL)`;
  return `multiIf(NOT startsWith(${e}, '"'), toFloat64OrNull(${e}), match(${e}, '^"[0-9]{4}-[0-9]{2}-[0-9]{2}T'), ${ticks}, ${special})`;
}

/** Array of nullable reals of a series. */
export const elementNumbers = (sql: string): string => `arrayMap(e -> ${elementNumber('e')}, ${elementTexts(sql)})`;

/** True when all elements are written as whole numbers, nulls aside. */
const wholeTexts = (texts: string): string => `arrayAll(e -> e = 'null' OR match(e, '^-?[0-9]+$'), ${texts})`;

/** JSON of a nullable real inside an array. */
const realMember = (sql: string): string =>
  `if(isNull(${sql}), 'null', ${toJson(`assumeNotNull(${sql})`, 'real', inline)})`;
const longMember = (sql: string): string => `ifNull(toString(${sql}), 'null')`;
const boolMember = (sql: string): string => `multiIf(isNull(${sql}), 'null', ${sql}, 'true', 'false')`;

function single(name: string, fn: string, doc: string, member: (sql: string) => string = realMember): FunctionDecl {
  return {
    name,
    args: 'dynamic',
    returns: 'dynamic',
    textArgs: [0],
    total: true,
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      const values = `arrayMap(v -> ${fn}, ${elementNumbers(x)})`;
      return `if(${isArray(x)}, ${array(`arrayMap(r -> ${member('r')}, ${values})`)}, '')`;
    },
    doc,
  };
}

/** `series_abs` keeps whole numbers whole. */
const abs: FunctionDecl = {
  name: 'series_abs',
  args: 'dynamic',
  returns: 'dynamic',
  textArgs: [0],
  total: true,
  sql: (a, c) => {
    const x = c.once(a[0]!.sql);
    const texts = c.once(elementTexts(x));
    const long = array(`arrayMap(e -> ${longMember('abs(toInt64OrNull(e))')}, ${texts})`);
    const real = array(`arrayMap(r -> ${realMember('r')}, arrayMap(v -> abs(v), ${elementNumbers(x)}))`);
    return `multiIf(NOT ${isArray(x)}, '', ${wholeTexts(texts)}, ${long}, ${real})`;
  },
  doc: 'Absolute values.',
};

interface Side {
  /** JSON texts of the elements, for a series. */
  readonly texts?: string;
  /** SQL of the number, for a scalar. */
  readonly scalar?: string;
  readonly whole: string;
  readonly usable: string;
}

function side(a: SqlArg, c: SqlContext): Side {
  if (a.type === 'dynamic') {
    const x = c.once(a.sql);
    const texts = c.once(elementTexts(x));
    return { texts, whole: wholeTexts(texts), usable: isArray(x) };
  }
  return { scalar: c.once(a.sql), whole: a.type === 'int' || a.type === 'long' ? 'true' : 'false', usable: 'true' };
}

/** Both sides as arrays of one length: `read` turns a JSON element into a nullable number. */
function aligned(a: Side, b: Side, read: (e: string) => string, scalarType: string): [string, string] {
  const sizes = [a, b].flatMap((s) => (s.texts ? [`length(${s.texts})`] : []));
  const size = sizes.length === 2 ? `greatest(${sizes.join(', ')})` : sizes[0]!;
  const one = (s: Side): string =>
    s.texts
      ? `arrayMap(e -> ${read('e')}, arrayResize(${s.texts}, ${size}, 'null'))`
      : `arrayWithConstant(${size}, ${scalarType}(${s.scalar}))`;
  return [one(a), one(b)];
}

const pairCheck: FunctionDecl['check'] = (a) => {
  if (a.every((x) => x.type !== 'dynamic')) return 'At least one argument must be a series, a dynamic array.';
  const wrong = a.find((x) => x.type !== 'dynamic' && (stringLike(x.type) || x.type === 'bool'));
  return wrong ? `A ${wrong.type} is neither a series nor a number.` : undefined;
};

interface Pair {
  readonly fn: string;
  /** Whole numbers on both sides give whole numbers. */
  readonly keepsWhole?: boolean;
  readonly member?: (sql: string) => string;
}

function pair(name: string, { fn, keepsWhole = false, member = realMember }: Pair, doc: string): FunctionDecl {
  return {
    name,
    args: 'any any',
    check: pairCheck,
    returns: 'dynamic',
    textArgs: [0, 1],
    total: true,
    sql: (args, c) => {
      const [a, b] = [side(args[0]!, c), side(args[1]!, c)];
      const reals = aligned(a, b, elementNumber, 'toFloat64');
      const real = array(`arrayMap((p, q) -> ${member(`(${fn})`)}, ${reals.join(', ')})`);
      if (!keepsWhole) return `if(${a.usable} AND ${b.usable}, ${real}, '')`;
      const longs = aligned(a, b, (e) => `toInt64OrNull(${e})`, 'toInt64');
      const long = array(`arrayMap((p, q) -> ${longMember(`(${fn})`)}, ${longs.join(', ')})`);
      return `multiIf(NOT (${a.usable} AND ${b.usable}), '', ${a.whole} AND ${b.whole}, ${long}, ${real})`;
    },
    doc,
  };
}

const compare = (name: string, operator: string, doc: string): FunctionDecl =>
  pair(name, { fn: `p ${operator} q`, member: boolMember }, doc);

/** Pairs of numbers at the positions both series have; other elements are left out. */
function numberPairs(args: readonly SqlArg[], c: SqlContext): { pairs: string; empty: string } {
  const sides = args.slice(0, 2).map((a) => side(a, c));
  const sizes = sides.flatMap((s) => (s.texts ? [`length(${s.texts})`] : []));
  const size = sizes.length === 2 ? `least(${sizes.join(', ')})` : sizes[0]!;
  const lists = sides.map((s) =>
    s.texts
      ? `arrayMap(e -> ${elementNumber('e')}, arrayResize(${s.texts}, ${size}, 'null'))`
      : `arrayWithConstant(${size}, toFloat64(${s.scalar}))`,
  );
  const pairs = c.once(
    `arrayFilter(t -> isNotNull(t.1) AND isNotNull(t.2), arrayZip(${lists.map((l) => `arrayMap(v -> toNullable(v), ${l})`).join(', ')}))`,
  );
  return { pairs, empty: sizes.map((s) => `${s} = 0`).join(' OR ') };
}

const dot = (pairs: string, i: 1 | 2, j: 1 | 2): string =>
  `arraySum(t -> assumeNotNull(t.${i}) * assumeNotNull(t.${j}), ${pairs})`;

function single1(name: string, value: (numbers: string) => string, doc: string): FunctionDecl {
  return {
    name,
    args: 'dynamic',
    returns: 'real',
    textArgs: [0],
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      const numbers = `arrayMap(v -> assumeNotNull(v), arrayFilter(v -> isNotNull(v), ${elementNumbers(x)}))`;
      return `if(${isArray(x)}, ${value(numbers)}, NULL)`;
    },
    doc,
  };
}

/** JSON of a scalar argument; missing and null become the JSON null. */
function scalarJson(a: SqlArg | undefined, c: SqlContext): string {
  if (!a || constant(a) === null) return "'null'";
  const json = c.once(toJson(a.sql, a.type, c));
  return `if(${json} = '', 'null', ${json})`;
}

/** Test of one element text against the placeholder of a gap. */
function gap(a: SqlArg | undefined, c: SqlContext): string {
  if (!a || constant(a) === null) return `e = 'null'`;
  const json = c.once(scalarJson(a, c));
  return `(e = ${json} OR toFloat64OrNull(e) = toFloat64OrNull(${json}))`;
}

function fill(
  name: string,
  args: string,
  value: (texts: string, test: string, a: readonly SqlArg[], c: SqlContext) => string,
  at: number,
  doc: string,
): FunctionDecl {
  return {
    name,
    args,
    returns: 'dynamic',
    textArgs: [0],
    total: true,
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      return `if(${isArray(x)}, ${array(value(elementTexts(x), gap(a[at], c), a, c))}, '')`;
    },
    doc,
  };
}

export const SERIES_ELEMENT_FUNCTIONS: readonly FunctionDecl[] = [
  abs,
  single('series_sign', 'sign(v)', 'Signs: -1, 0 or 1.', (r) => `ifNull(toString(toInt64(${r})), 'null')`),
  single('series_exp', 'exp(v)', 'Exponentials.'),
  single('series_log', 'if(v < 0, NULL, log(v))', 'Natural logarithms.'),
  single('series_sin', 'sin(v)', 'Sines.'),
  single('series_cos', 'cos(v)', 'Cosines.'),
  single('series_tan', 'tan(v)', 'Tangents.'),
  single('series_asin', 'asin(v)', 'Arc sines.'),
  single('series_acos', 'acos(v)', 'Arc cosines.'),
  single('series_atan', 'atan(v)', 'Arc tangents.'),
  single('series_floor', 'floor(v)', 'Elements rounded down.'),
  single('series_ceiling', 'ceil(v)', 'Elements rounded up.'),
  pair('series_add', { fn: 'p + q', keepsWhole: true }, 'Sum of two series, element by element.'),
  pair('series_subtract', { fn: 'p - q', keepsWhole: true }, 'Difference of two series, element by element.'),
  pair('series_multiply', { fn: 'p * q', keepsWhole: true }, 'Product of two series, element by element.'),
  pair('series_divide', { fn: 'p / q' }, 'Quotient of two series, element by element; division by zero is infinite.'),
  pair('series_pow', { fn: 'pow(p, q)' }, 'Power of two series, element by element.'),
  compare('series_greater', '>', 'True where the first series is greater.'),
  compare('series_greater_equals', '>=', 'True where the first series is greater or equal.'),
  compare('series_less', '<', 'True where the first series is less.'),
  compare('series_less_equals', '<=', 'True where the first series is less or equal.'),
  compare('series_equals', '=', 'True where both series are equal.'),
  compare('series_not_equals', '!=', 'True where the series differ.'),
  single1('series_sum', (n) => `arraySum(${n})`, 'Sum of the numbers of a series.'),
  single1('series_product', (n) => `arrayProduct(${n})`, 'Product of the numbers of a series.'),
  single1('series_magnitude', (n) => `sqrt(arraySum(v -> v * v, ${n}))`, 'Length of a series as a vector.'),
  {
    name: 'series_dot_product',
    args: 'any any',
    check: pairCheck,
    returns: 'real',
    textArgs: [0, 1],
    sql: (a, c) => {
      const { pairs, empty } = numberPairs(a, c);
      return `if(${empty}, NULL, ${dot(pairs, 1, 2)})`;
    },
    doc: 'Sum of the products at each position; the longer series is cut.',
  },
  {
    name: 'series_cosine_similarity',
    args: 'dynamic dynamic real? real?',
    returns: 'real',
    textArgs: [0, 1],
    sql: (a, c) => {
      const { pairs, empty } = numberPairs(a, c);
      const length = (given: SqlArg | undefined, i: 1 | 2): string =>
        given ? `ifNull(${given.sql}, sqrt(${dot(pairs, i, i)}))` : `sqrt(${dot(pairs, i, i)})`;
      return `if(${empty}, NULL, ${dot(pairs, 1, 2)} / (${length(a[2], 1)} * ${length(a[3], 2)}))`;
    },
    doc: 'Cosine of the angle between two series; magnitudes that are known already can be given.',
  },
  {
    name: 'series_pearson_correlation',
    args: 'dynamic dynamic',
    returns: 'real',
    textArgs: [0, 1],
    sql: (a, c) => {
      const lists = a.map((x) => c.once(elementNumbers(x.sql)));
      const known = lists.map((l) => `NOT has(${l}, NULL)`).join(' AND ');
      const test = `length(${lists[0]}) = length(${lists[1]}) AND notEmpty(${lists[0]}) AND ${known}`;
      // The engine looks at the lengths even where the condition is false.
      const usable = c.once(test);
      const plain = lists.map((l) => `if(${usable}, arrayMap(v -> assumeNotNull(v), ${l}), [])`);
      return `if(${usable}, arrayReduce('corrStable', ${plain.join(', ')}), NULL)`;
    },
    doc: 'Pearson correlation of two series of one length; null when an element is no number.',
  },
  fill(
    'series_fill_const',
    'dynamic any any?',
    (texts, test, a, c) => `arrayMap(e -> if(${test}, ${c.once(scalarJson(a[1], c))}, e), ${texts})`,
    2,
    'Gaps replaced by a constant.',
  ),
  fill(
    'series_fill_forward',
    'dynamic any?',
    (texts, test) => `arrayFill(e -> NOT ${test.startsWith('(') ? test : `(${test})`}, ${texts})`,
    1,
    'Gaps take the value before them.',
  ),
  fill(
    'series_fill_backward',
    'dynamic any?',
    (texts, test) => `arrayReverseFill(e -> NOT ${test.startsWith('(') ? test : `(${test})`}, ${texts})`,
    1,
    'Gaps take the value after them.',
  ),
];
