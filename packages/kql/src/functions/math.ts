import type { Expr } from '../plan/ir.ts';
import type { FunctionDecl, SqlArg } from './declare.ts';

const real = (name: string, sql: string, doc: string, aliases: readonly string[] = []): FunctionDecl => ({
  name,
  aliases,
  args: 'real',
  returns: 'real',
  sql,
  doc,
});
const keep = (args: readonly Expr[]) => (args[0]!.type === 'int' ? 'long' : args[0]!.type);

const isReal = (a: SqlArg): boolean => a.type === 'real' || a.type === 'decimal';

function extreme(fn: 'greatest' | 'least') {
  return (args: readonly SqlArg[]): string => {
    const list = args.map((a) => a.sql).join(', ');
    if (args.length === 1) return list;
    // NaN wins in both directions, nulls do not take part.
    if (args[0]!.type === 'real')
      return `if(${args.map((a) => `ifNull(isNaN(${a.sql}), false)`).join(' OR ')}, nan, ${fn}(${list}))`;
    return `${fn}(${list})`;
  };
}

const bits = (name: string, fn: string): FunctionDecl => ({
  name,
  args: 'long long',
  returns: 'long',
  sql: `toInt64(${fn}(toInt64($1), toInt64($2)))`,
  doc: 'Bitwise operation.',
});

export const MATH_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'abs',
    args: 'any',
    returns: keep,
    sql: (a) => (isReal(a[0]!) ? `abs(${a[0]!.sql})` : `toInt64(abs(${a[0]!.sql}))`),
    doc: 'Absolute value.',
  },
  {
    name: 'round',
    args: 'number long?',
    returns: (a) => (a[0]!.type === 'int' ? 'long' : a[0]!.type),
    sql: (a) => (isReal(a[0]!) ? roundHalfUp(a) : a[1] ? `toInt64(${roundHalfUp(a)})` : `toInt64(${a[0]!.sql})`),
    doc: 'Rounds to digits.',
  },
  {
    name: 'ceiling',
    args: 'number',
    returns: (a) => (a[0]!.type === 'int' ? 'long' : a[0]!.type),
    sql: (a) => (isReal(a[0]!) ? `ceil(${a[0]!.sql})` : `toInt64(${a[0]!.sql})`),
    doc: 'Rounds up.',
  },
  {
    name: 'sign',
    args: 'number',
    returns: 'real',
    sql: 'toFloat64(sign($1))',
    doc: 'Sign.',
  },
  { name: 'pow', args: 'real real', returns: 'real', sql: 'pow($1, $2)', doc: 'Power.' },
  real('sqrt', 'sqrt($1)', 'Square root.'),
  real('exp', 'exp($1)', 'Exponential.'),
  real('exp2', 'exp2($1)', 'Power of two.'),
  real('exp10', 'exp10($1)', 'Power of ten.'),
  real('log', 'if($1 < 0, NULL, log($1))', 'Natural logarithm.'),
  real('log2', 'if($1 < 0, NULL, log2($1))', 'Logarithm to base 2.'),
  real('log10', 'if($1 < 0, NULL, log10($1))', 'Logarithm to base 10.'),
  real('loggamma', 'lgamma($1)', 'Logarithm of the gamma function.'),
  real('gamma', 'tgamma($1)', 'Gamma function.'),
  real('sin', 'sin($1)', 'Sine.'),
  real('cos', 'cos($1)', 'Cosine.'),
  real('tan', 'tan($1)', 'Tangent.'),
  real('cot', '(1 / tan($1))', 'Cotangent.'),
  real('asin', 'if(abs($1) > 1, NULL, asin($1))', 'Arc sine.'),
  real('acos', 'if(abs($1) > 1, NULL, acos($1))', 'Arc cosine.'),
  real('atan', 'atan($1)', 'Arc tangent.'),
  { name: 'atan2', args: 'real real', returns: 'real', sql: 'atan2($1, $2)', doc: 'Angle of a point.' },
  real('radians', 'radians($1)', 'Degrees to radians.'),
  real('degrees', 'degrees($1)', 'Radians to degrees.'),
  real('erf', 'erf($1)', 'Error function.'),
  real('erfc', 'erfc($1)', 'Complementary error function.'),
  { name: 'pi', args: '', returns: 'real', sql: 'pi()', doc: 'The number pi.' },
  { name: 'isnan', args: 'real', returns: 'bool', sql: 'isNaN($1)', doc: 'True for NaN.' },
  { name: 'isinf', args: 'real', returns: 'bool', sql: 'isInfinite($1)', doc: 'True for infinities.' },
  { name: 'isfinite', args: 'real', returns: 'bool', sql: 'isFinite($1)', doc: 'True for finite numbers.' },
  { name: 'max_of', args: 'same same*', returns: 'same', sql: extreme('greatest'), doc: 'The largest argument.' },
  { name: 'min_of', args: 'same same*', returns: 'same', sql: extreme('least'), doc: 'The smallest argument.' },
  bits('binary_and', 'bitAnd'),
  bits('binary_or', 'bitOr'),
  bits('binary_xor', 'bitXor'),
  { name: 'binary_not', args: 'long', returns: 'long', sql: 'bitNot(toInt64($1))', doc: 'Bitwise not.' },
  {
    name: 'binary_shift_left',
    args: 'long long',
    returns: 'long',
    sql: 'if($2 < 0, NULL, bitShiftLeft(toInt64($1), toUInt8(positiveModulo($2, 64))))',
    doc: 'Shift left.',
  },
  {
    name: 'binary_shift_right',
    args: 'long long',
    returns: 'long',
    sql: 'if($2 < 0, NULL, bitShiftRight(toInt64($1), toUInt8(positiveModulo($2, 64))))',
    doc: 'Shift right.',
  },
  {
    name: 'bitset_count_ones',
    args: 'long',
    returns: 'long',
    sql: 'toInt64(bitCount(toInt64($1)))',
    doc: 'Number of set bits.',
  },
  {
    name: 'tohex',
    args: 'long long?',
    returns: 'string',
    sql: (a) =>
      a[1]
        ? `leftPad(lower(hex(${a[0]!.sql})), greatest(length(hex(${a[0]!.sql})), ${a[1].sql}), '0')`
        : `trim(LEADING '0' FROM lower(hex(${a[0]!.sql})))`,
    doc: 'Hexadecimal text.',
  },
  {
    name: 'rand',
    args: 'long?',
    returns: 'real',
    sql: (a) => (a[0] ? `toFloat64(rand() % ${a[0].sql})` : 'randCanonical()'),
    doc: 'A random number.',
  },
  { name: 'new_guid', args: '', returns: 'guid', sql: 'toString(generateUUIDv4())', doc: 'A random identifier.' },
];

/** Halves are rounded away from zero. */
function roundHalfUp(args: readonly SqlArg[]): string {
  const x = args[0]!.sql;
  // Decimals round this way by themselves.
  if (args[0]!.type === 'decimal') return args[1] ? `round(${x}, ${args[1].sql})` : `round(${x})`;
  if (!args[1]) return `if(${x} < 0, -floor(-(${x}) + 0.5), floor(${x} + 0.5))`;
  const f = `pow(10, ${args[1].sql})`;
  return `(if(${x} < 0, -floor(-(${x}) * ${f} + 0.5), floor(${x} * ${f} + 0.5)) / ${f})`;
}
