import { nearest } from '../bind/nearest.ts';
import { bare, child, kindOf, list, members, must, nameOf, textOf } from '../bind/syntax.ts';
import { arithmeticType } from '../functions/operators.ts';
import { scalarFunction, scalarFunctionNames } from '../functions/registry.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { aggregateCall, isAggregate } from './aggregates.ts';
import { callFunction } from './calls.ts';
import { cast, coerceArguments, meet, resultType } from './coerce.ts';
import { PlanError } from './errors.ts';
import { fold } from './fold.ts';
import type { Column, Expr } from './ir.ts';
import { literalOf } from './literal-nodes.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';
import { firstOfSeveral, givesSeveral, valueOfSeveral } from './several.ts';
import { REFUSED } from './special-context.ts';
import { specialFunction } from './special-functions.ts';
import { anyColumn, noColumns } from './star.ts';
import { typeName } from './type-name.ts';

const BINARY: Readonly<Record<string, string>> = {
  AddExpression: '+',
  SubtractExpression: '-',
  MultiplyExpression: '*',
  DivideExpression: '/',
  ModuloExpression: '%',
  EqualExpression: '==',
  NotEqualExpression: '!=',
  LessThanExpression: '<',
  LessThanOrEqualExpression: '<=',
  GreaterThanExpression: '>',
  GreaterThanOrEqualExpression: '>=',
  EqualTildeExpression: '=~',
  BangTildeExpression: '!~',
  AndExpression: 'and',
  OrExpression: 'or',
  HasExpression: 'has',
  NotHasExpression: '!has',
  HasCsExpression: 'has_cs',
  NotHasCsExpression: '!has_cs',
  HasPrefixExpression: 'hasprefix',
  NotHasPrefixExpression: '!hasprefix',
  HasPrefixCsExpression: 'hasprefix_cs',
  NotHasPrefixCsExpression: '!hasprefix_cs',
  HasSuffixExpression: 'hassuffix',
  NotHasSuffixExpression: '!hassuffix',
  HasSuffixCsExpression: 'hassuffix_cs',
  NotHasSuffixCsExpression: '!hassuffix_cs',
  ContainsExpression: 'contains',
  NotContainsExpression: '!contains',
  ContainsCsExpression: 'contains_cs',
  NotContainsCsExpression: '!contains_cs',
  StartsWithExpression: 'startswith',
  NotStartsWithExpression: '!startswith',
  StartsWithCsExpression: 'startswith_cs',
  NotStartsWithCsExpression: '!startswith_cs',
  EndsWithExpression: 'endswith',
  NotEndsWithExpression: '!endswith',
  EndsWithCsExpression: 'endswith_cs',
  NotEndsWithCsExpression: '!endswith_cs',
  MatchesRegexExpression: 'matches regex',
};

const LISTS: Readonly<Record<string, string>> = {
  InExpression: 'in',
  NotInExpression: '!in',
  InCsExpression: 'in~',
  NotInCsExpression: '!in~',
  HasAnyExpression: 'has_any',
  HasAllExpression: 'has_all',
};

const call = (fn: string, args: readonly Expr[], type: KqlType): Expr => fold({ op: 'call', fn, args, type });

/** Plans a scalar expression. */
export function planExpression(node: KNode, scope: Scope, planner: Planner): Expr {
  const n = bare(node);
  const kind = kindOf(n);
  const literal = literalOf(n, planner.context.now);
  if (literal) return literal;
  if (kind === 'NameReference') return reference(n, scope, planner);
  if (kind === 'SimpleNamedExpression') return planExpression(must(n, 'Expression'), scope, planner);
  if (kind === 'PathExpression') return property(n, scope, planner);
  if (kind === 'ElementExpression') return element(n, scope, planner);
  if (kind === 'FunctionCallExpression') return functionCall(n, scope, planner);
  if (kind === 'ToScalarExpression') return planner.toScalar(must(n, 'Expression'), scope);
  if (kind === 'UnaryMinusExpression') return minus(n, scope, planner);
  if (kind === 'UnaryPlusExpression') return planExpression(must(n, 'Expression'), scope, planner);
  if (kind in LISTS || /^(Not)?(In|HasA)/.test(kind)) {
    const word = textOf(must(n, 'Operator')).toLowerCase();
    if (['in', '!in', 'in~', '!in~', 'has_any', 'has_all'].includes(word)) return listOperator(n, word, scope, planner);
  }
  if (kind === 'BetweenExpression' || kind === 'NotBetweenExpression') return between(n, scope, planner);
  const operator =
    BINARY[kind] ?? (child(n, 'Operator') && child(n, 'Left') ? textOf(must(n, 'Operator')).toLowerCase() : undefined);
  if (operator)
    return binary(n, operator === '<>' ? '!=' : operator === 'notcontains' ? '!contains' : operator, scope, planner);
  throw new PlanError(
    n,
    'KQL0010',
    `This form of expression is not supported here: ${kind.replace(/Expression$/, '')}.`,
  );
}

function columnExpr(c: Column): Expr {
  return { op: 'column', id: c.id, type: c.type };
}

function find(columns: readonly Column[] | undefined, name: string): Column | undefined {
  return columns?.find((c) => c.name === name);
}

function reference(n: KNode, scope: Scope, planner: Planner): Expr {
  const name = nameOf(n);
  const column = find(scope.columns, name) ?? planner.legacyColumn(name, scope.columns);
  if (column) return columnExpr(column);
  const variable = scope.variables?.whole?.(name);
  if (variable) return variable;
  const value = scope.env.get(name);
  if (value?.kind === 'scalar') return value.expr;
  if (value?.kind === 'table')
    throw new PlanError(n, 'KQL0011', `'${name}' is a table; a single value is needed here.`, `toscalar(${name})`);
  if (value?.kind === 'function') {
    // A function without parameters needs no parentheses.
    const result = callFunction(n, value, [], scope, planner);
    if (result.kind === 'scalar') return result.expr;
  }
  const open = planner.open.column(name, scope);
  if (open) return columnExpr(open);
  throw unknownName(n, name, scope);
}

/** The error for a name that is nowhere. */
export function unknownName(n: KNode, name: string, scope: Scope): PlanError {
  const names = [
    ...(scope.columns ?? scope.left ?? []).map((c) => c.name),
    ...(scope.right ?? []).map((c) => c.name),
    ...scope.env.names(),
  ];
  const near = nearest(name, names);
  return new PlanError(
    n,
    'KS142',
    `There is no column or variable named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`,
    near,
  );
}

function asDynamic(e: Expr, n: KNode): Expr {
  if (e.type === 'dynamic') return e;
  if (e.type === 'string') return { op: 'call', fn: 'parse_json', args: [e], type: 'dynamic' };
  throw new PlanError(n, 'KQL0012', `A value of type ${e.type} has no properties.`);
}

function step(e: Expr, key: string | number): Expr {
  if (e.op === 'path') return { ...e, path: [...e.path, key] };
  return { op: 'path', of: e, path: [key], type: 'dynamic' };
}

function property(n: KNode, scope: Scope, planner: Planner): Expr {
  const left = must(n, 'Expression');
  const selector = must(n, 'Selector');
  const side = kindOf(left) === 'NameReference' ? nameOf(left) : '';
  if (side === '$left' || side === '$right') {
    const columns = side === '$left' ? scope.left : scope.right;
    const name = nameOf(selector);
    const rel = side === '$left' ? scope.leftRel : scope.rightRel;
    const c =
      find(columns, name) ??
      planner.legacyColumn(name, columns) ??
      (rel && planner.open.column(name, { env: scope.env, rel }));
    if (c) return columnExpr(c);
    throw unknownName(selector, name, { env: scope.env, columns: columns ?? [] });
  }
  const own = side && scope.variables && !find(scope.columns, side) && kindOf(selector) === 'NameReference';
  const variable = own ? scope.variables?.property(side, nameOf(selector), selector) : undefined;
  if (variable) return variable;
  const of = asDynamic(planExpression(left, scope, planner), left);
  if (kindOf(selector) === 'BracketedExpression') return elementOf(of, must(selector, 'Expression'), scope, planner);
  if (kindOf(selector) === 'FunctionCallExpression')
    throw new PlanError(selector, 'KQL0013', 'A function cannot be called on a value.');
  return step(of, nameOf(selector));
}

function element(n: KNode, scope: Scope, planner: Planner): Expr {
  const left = must(n, 'Expression');
  const selector = must(n, 'Selector');
  const inner = kindOf(selector) === 'BracketedExpression' ? must(selector, 'Expression') : selector;
  if (kindOf(inner) === 'LongLiteralExpression') {
    const value = valueOfSeveral(left, Number(textOf(inner)), scope, planner);
    if (value) return value;
  }
  const of = asDynamic(planExpression(left, scope, planner), left);
  if (kindOf(selector) === 'BracketedName') return step(of, nameOf(selector));
  return elementOf(of, inner, scope, planner);
}

function elementOf(of: Expr, inner: KNode, scope: Scope, planner: Planner): Expr {
  const key = planExpression(inner, scope, planner);
  if (key.op === 'literal' && key.type === 'string') return step(of, String(key.value));
  if (key.op === 'literal' && (key.type === 'long' || key.type === 'int')) return step(of, Number(key.value));
  return { op: 'call', fn: 'element_at', args: [of, key], type: 'dynamic' };
}

function minus(n: KNode, scope: Scope, planner: Planner): Expr {
  const e = planExpression(must(n, 'Expression'), scope, planner);
  if (e.op === 'literal' && typeof e.value === 'string' && ['int', 'long', 'real', 'timespan'].includes(e.type)) {
    const value = e.value.startsWith('-') ? e.value.slice(1) : `-${e.value}`;
    return { ...e, value: value === '-NaN' ? 'NaN' : value };
  }
  const number = e.type === 'dynamic' ? cast(e, 'real') : e;
  if (!['int', 'long', 'real', 'decimal', 'timespan'].includes(number.type)) {
    throw new PlanError(n, 'KS106', `The operator '-' is not defined for ${e.type}.`);
  }
  return call('negate', [number], number.type);
}

const TEXT_OPERATORS = /^(!?(has|contains|startswith|endswith|hasprefix|hassuffix)(_cs)?|=~|!~|matches regex)$/;

function textOperand(e: Expr): Expr {
  return e.type === 'string' ? e : cast(e, 'string');
}

function binary(n: KNode, operator: string, scope: Scope, planner: Planner): Expr {
  const leftNode = must(n, 'Left');
  if (kindOf(leftNode) === 'StarExpression') {
    if (!scope.columns) throw noColumns(leftNode);
    return anyColumn(n, operator, planExpression(must(n, 'Right'), scope, planner), scope.columns);
  }
  const a = planExpression(leftNode, scope, planner);
  const b = planExpression(must(n, 'Right'), scope, planner);
  return combine(n, operator, a, b, scope, planner);
}

/** Applies a binary operator to planned operands. */
export function combine(n: KNode, operator: string, a: Expr, b: Expr, _scope?: Scope, _planner?: Planner): Expr {
  if (operator === 'and' || operator === 'or') return call(operator, [cast(a, 'bool'), cast(b, 'bool')], 'bool');
  if (TEXT_OPERATORS.test(operator)) {
    // `has` and `contains` look into the JSON text of a dynamic value.
    const search = /^!?(has|contains)/.test(operator) && a.type === 'dynamic' && a.op !== 'path' ? a : textOperand(a);
    return call(operator, [search, textOperand(b)], 'bool');
  }
  if ('+-*/%'.includes(operator)) {
    const type = arithmeticType(operator, a.type, b.type);
    if (!type) {
      throw new PlanError(
        n,
        'KS106',
        `The operator '${operator}' is not defined for ${a.type} and ${b.type}.`,
        a.type === 'string' || b.type === 'string' ? 'tolong()' : undefined,
      );
    }
    const other = (x: Expr, y: Expr): Expr =>
      x.type === 'dynamic'
        ? cast(x, y.type === 'dynamic' ? 'real' : y.type === 'datetime' && operator === '+' ? 'timespan' : y.type)
        : x;
    return call(operator, [other(a, b), other(b, a)], type);
  }
  const type = comparisonType(a, b) ?? constantType(a, b);
  if (a.type === 'dynamic' && b.type === 'dynamic' && !isNull(a) && !isNull(b)) {
    throw new PlanError(n, 'KS106', 'Two dynamic values cannot be compared.', 'tostring(), tolong()');
  }
  if (!type)
    throw new PlanError(
      n,
      'KS106',
      `Values of type ${a.type} and ${b.type} cannot be compared.`,
      `${cast(a, b.type).op === 'call' ? (cast(a, b.type) as { fn: string }).fn : ''}()`,
    );
  return call(operator, [cast(a, type), cast(b, type)], 'bool');
}

/**
 * The type a value and a constant of another type are compared in: the value's own, so that `ResultType == 0` reads the
 * text and `EventID == "4688"` the number. A truth value reads text as one.
 */
function constantType(a: Expr, b: Expr): KqlType | undefined {
  const [value, other] = b.op === 'literal' ? [a, b] : a.op === 'literal' ? [b, a] : [];
  if (!value || !other) return undefined;
  if (value.type === 'string') return other.type === 'bool' ? 'bool' : 'string';
  return other.type === 'string' ? value.type : undefined;
}

const isNull = (e: Expr): boolean => e.op === 'literal' && e.value === null;

function comparisonType(a: Expr, b: Expr): KqlType | undefined {
  if (a.type === b.type) return a.type;
  if (a.type === 'guid' && b.type === 'string') return 'string';
  if (b.type === 'guid' && a.type === 'string') return 'string';
  if (a.type === 'bool' && (b.type === 'long' || b.type === 'int')) return 'long';
  if (b.type === 'bool' && (a.type === 'long' || a.type === 'int')) return 'long';
  if (a.type === 'dynamic' && (b.type === 'long' || b.type === 'int')) return 'real';
  if (b.type === 'dynamic' && (a.type === 'long' || a.type === 'int')) return 'real';
  return meet([a.type, b.type]);
}

function between(n: KNode, scope: Scope, planner: Planner): Expr {
  let x = planExpression(must(n, 'Left'), scope, planner);
  const couple = must(n, 'Right');
  const lo = planExpression(must(couple, 'First'), scope, planner);
  let hi = planExpression(must(couple, 'Second'), scope, planner);
  const negated = kindOf(n) === 'NotBetweenExpression' || textOf(must(n, 'Operator')).startsWith('!');
  if (lo.type === 'datetime' && hi.type === 'timespan') hi = combine(n, '+', lo, hi);
  if (x.type === 'dynamic') x = cast(x, lo.type);
  const type = meet([x.type, lo.type, hi.type]);
  if (!type) throw new PlanError(n, 'KS106', `Values of type ${x.type}, ${lo.type} and ${hi.type} cannot be compared.`);
  return call(negated ? '!between' : 'between', [cast(x, type), cast(lo, type), cast(hi, type)], 'bool');
}

function listOperator(n: KNode, word: string, scope: Scope, planner: Planner): Expr {
  let left = planExpression(must(n, 'Left'), scope, planner);
  const nodes = members(child(must(n, 'Right'), 'Expressions'));
  const text = word.startsWith('has') || word.endsWith('~');
  if (nodes.length === 1) {
    const rel = planner.tryTable(nodes[0]!, scope);
    if (rel) {
      const first = rel.columns.find((c) => !c.hidden)!;
      const narrowed = planner.project(rel, [first]);
      if (word.startsWith('has'))
        return call(word, [textOperand(left), { op: 'listQuery', rel: narrowed, type: 'dynamic' }], 'bool');
      if (text) left = textOperand(left);
      else if (left.type !== first.type) left = cast(left, first.type === 'dynamic' ? left.type : first.type);
      planner.context.rowWise = false;
      return {
        op: 'inQuery',
        left,
        rel: planner.castFirst(narrowed, left.type),
        negated: word.startsWith('!'),
        ignoreCase: text,
        type: 'bool',
      };
    }
  }
  const values = nodes.flatMap((x) => spread(planExpression(x, scope, planner)));
  if (word.startsWith('has') || text) {
    const whole = word.startsWith('has') && left.type === 'dynamic' && left.op !== 'path' ? left : textOperand(left);
    return call(word, [whole, ...values.map((v) => (v.type === 'dynamic' ? v : textOperand(v)))], 'bool');
  }
  if (values.length === 1 && values[0]!.type === 'dynamic') {
    return call(word, [left.type === 'dynamic' ? cast(left, 'string') : left, values[0]!], 'bool');
  }
  const known = values.filter((v) => !(v.op === 'literal' && v.value === null)).map((v) => v.type);
  const type =
    left.type === 'dynamic' ? (meet(known) ?? 'string') : (meet([left.type, ...known]) ?? listType(left, values));
  if (!type) throw new PlanError(n, 'KS106', `The list of '${word}' must hold values of type ${left.type}.`);
  return call(word, [cast(left, type), ...values.map((v) => cast(v, type))], 'bool');
}

/** Constants of another type in a list are read as values of the left side's type. */
function listType(left: Expr, values: readonly Expr[]): KqlType | undefined {
  return values.every((v) => v.type === left.type || constantType(left, v) === left.type) ? left.type : undefined;
}

/** A constant dynamic array as single constants. */
function spread(e: Expr): Expr[] {
  if (e.op !== 'literal' || e.type !== 'dynamic' || typeof e.value !== 'string') return [e];
  let parsed: unknown;
  try {
    parsed = JSON.parse(e.value);
  } catch {
    return [e];
  }
  if (!Array.isArray(parsed)) return [e];
  return parsed.flatMap((v): Expr[] => {
    if (typeof v === 'string') return [{ op: 'literal', type: 'string', value: v }];
    if (typeof v === 'boolean') return [{ op: 'literal', type: 'bool', value: v }];
    if (typeof v === 'number')
      return [{ op: 'literal', type: Number.isInteger(v) ? 'long' : 'real', value: String(v) }];
    return v === null ? [] : [{ op: 'literal', type: 'string', value: JSON.stringify(v) }];
  });
}

function functionCall(n: KNode, scope: Scope, planner: Planner): Expr {
  const nameNode = must(n, 'Name');
  const name = nameOf(nameNode);
  const argNodes = list(must(n, 'ArgumentList'), 'Expressions');
  const user = scope.env.get(name);
  if (user?.kind === 'function') {
    const result = callFunction(n, user, argNodes, scope, planner);
    if (result.kind === 'scalar') return result.expr;
    if (result.kind === 'table') return planner.firstValue(result.rel);
  }
  const variable = scope.variables?.call?.(name, argNodes, n, scope);
  if (variable) return variable;
  const last = argNodes[argNodes.length - 1];
  if (last && kindOf(last) === 'TypeOfLiteralExpression') {
    // `extract(…, typeof(long))`: the text that is found, as that type.
    const type = typeName(list(last, 'Types')[0]!);
    const found = callOf(n, nameNode, name, argNodes.slice(0, -1), scope, planner);
    return type === 'dynamic' ? { op: 'call', fn: 'parse_json', args: [found], type } : cast(found, type);
  }
  return callOf(n, nameNode, name, argNodes, scope, planner);
}

function callOf(
  n: KNode,
  nameNode: KNode,
  name: string,
  argNodes: readonly KNode[],
  scope: Scope,
  planner: Planner,
): Expr {
  const special = specialFunction(name, n, argNodes, scope, planner);
  if (special) return special;
  if (scope.aggregates && isAggregate(name) && !(argNodes.length > 1 && scalarOnly(name))) {
    return aggregateCall(n, name, argNodes, scope, planner);
  }
  const decl = scalarFunction(name);
  if (!decl) {
    if (isAggregate(name))
      throw new PlanError(nameNode, 'KQL0014', `The aggregate ${name}() is only possible in summarize.`, 'summarize');
    const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name]! : undefined;
    if (refused)
      throw new PlanError(nameNode, 'KQL0015', `The function ${name}() is not supported. ${refused[0]}`, refused[1]);
    const near = nearest(name, scalarFunctionNames());
    throw new PlanError(
      nameNode,
      'KQL0015',
      `The function ${name}() is not supported.${near ? ` The nearest supported one is ${near}().` : ''}`,
      near,
    );
  }
  const planned = argNodes.map((a) => planExpression(a, scope, planner));
  if (/^array_sort_(asc|desc)$/.test(name) && planned[1]?.type === 'dynamic')
    return valueOfSeveral(n, 0, scope, planner)!;
  const { args, error } = coerceArguments(decl, planned);
  if (error) throw new PlanError(n, 'KQL0016', error);
  const wrong = decl.check?.(args);
  if (wrong) throw new PlanError(n, 'KQL0017', wrong);
  const note = decl.note?.();
  if (note) planner.warn(n, 'KQL0140', note);
  const made = call(decl.name, args, resultType(decl, args));
  return givesSeveral(decl.name) ? firstOfSeveral(decl.name, made) : made;
}

const scalarOnly = (name: string): boolean => name === 'min_of' || name === 'max_of';
