import { bare, child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { combine, planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';

interface Member {
  readonly rel: Rel;
  readonly name: string;
}

function wildcard(text: string): RegExp {
  return new RegExp(
    `^${text
      .split('*')
      .map((s) => s.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
}

function membersOf(nodes: readonly KNode[], fuzzy: boolean, scope: Scope, planner: Planner, offset = 0): Member[] {
  return nodes.flatMap((node, at): Member[] => {
    const n = bare(node);
    const text = textOf(n);
    if (kindOf(n) === 'StarExpression' || /^[\w*]*\*[\w*]*$/.test(text)) {
      const match = wildcard(text);
      return planner.context.schema.schema.tables
        .filter((t) => match.test(t.name))
        .map((t) => ({ rel: planner.read(t), name: t.name }));
    }
    const isName = kindOf(n) === 'NameReference';
    if (isName && fuzzy && !scope.env.get(nameOf(n)) && !planner.context.schema.table(nameOf(n))) {
      planner.warn(n, 'KQL0060', `There is no table named '${nameOf(n)}'; it was left out of the union.`);
      return [];
    }
    const rel = planner.table(n, { env: scope.env });
    const name = rel.op === 'read' ? rel.table : `union_arg${at + offset}`;
    return [{ rel, name }];
  });
}

/** Columns by name and type; a name with two types becomes two columns, each named after its type. */
export function unionOf(inputs: readonly Member[], planner: Planner, source?: string, inner = false): Rel {
  planner.context.rowWise = false;
  const types = new Map<string, Set<KqlType>>();
  for (const { rel } of inputs) {
    for (const c of rel.columns) {
      if (c.hidden && !inputs.every((i) => i.rel.columns.some((x) => x.name === c.name))) continue;
      const set = types.get(c.name) ?? new Set();
      set.add(c.type);
      types.set(c.name, set);
    }
  }
  if (inner) {
    for (const name of [...types.keys()]) {
      if (!inputs.every((i) => i.rel.columns.some((c) => c.name === name))) types.delete(name);
    }
  }
  const columns: Column[] = [];
  const key = (name: string, type: KqlType) => `${name}\u0000${type}`;
  const made = new Map<string, Column>();
  if (source) columns.push(planner.context.column(source, 'string'));
  for (const [name, set] of types) {
    const hidden = inputs.every((i) => i.rel.columns.every((c) => c.name !== name || c.hidden));
    for (const type of set) {
      const c = planner.context.column(set.size > 1 ? `${name}_${type}` : name, type, hidden);
      columns.push(c);
      made.set(key(name, type), c);
    }
  }
  const mapped = inputs.map(({ rel, name }) => {
    const map: Record<string, Expr> = {};
    if (source) map[columns[0]!.id] = { op: 'literal', type: 'string', value: name };
    for (const c of rel.columns) {
      const to = made.get(key(c.name, c.type));
      if (to && map[to.id] === undefined) map[to.id] = col(c);
    }
    return { rel, map };
  });
  if (mapped.length === 0)
    return { op: 'rows', columns: columns.length ? columns : [planner.context.column('Column1', 'string')], rows: [] };
  return { op: 'union', inputs: mapped, columns };
}

const union: OperatorPlan = (n, input, scope, planner) => {
  const p = parameters(n);
  const fuzzy = p.get('isfuzzy')?.value === 'true' || list(n, 'Expressions').some((x) => textOf(x).includes('*'));
  const source = p.get('withsource') ?? p.get('with_source');
  const inputs = membersOf(list(n, 'Expressions'), fuzzy, scope, planner, input ? 1 : 0);
  if (input) inputs.unshift({ rel: input, name: input.op === 'read' ? input.table : 'union_arg0' });
  const name = source
    ? typeof source.node.LiteralValue === 'string'
      ? source.node.LiteralValue
      : source.value
    : undefined;
  return unionOf(inputs, planner, name, p.get('kind')?.value === 'inner');
};

/** `search`: rows in which any column holds the words. */
const search: OperatorPlan = (n, input, scope, planner) => {
  const clause = child(n, 'InClause');
  const nodes = clause ? list(clause, 'Expressions') : undefined;
  const sources: Member[] = nodes
    ? membersOf(nodes, true, scope, planner)
    : input
      ? [{ rel: input, name: input.op === 'read' ? input.table : 'search_arg0' }]
      : planner.context.schema.schema.tables.map((t) => ({ rel: planner.read(t), name: t.name }));
  const cs = parameters(n).get('kind')?.value === 'case_sensitive';
  const condition = must(n, 'Condition');
  const filtered = sources.map(({ rel, name }): Member => {
    const test = searchCondition(condition, rel, cs, { env: scope.env, columns: rel.columns, rel }, planner);
    return { name, rel: { op: 'where', input: rel, condition: test, columns: rel.columns } };
  });
  if (filtered.length === 1 && input) {
    const rel = filtered[0]!.rel;
    const parts = [{ name: '$table', expr: { op: 'literal', type: 'string', value: filtered[0]!.name } as Expr }];
    return planner.select(rel, [
      ...parts,
      ...rel.columns.filter((c) => !c.hidden).map((c) => ({ name: c.name, expr: col(c) })),
    ]);
  }
  return unionOf(filtered, planner, '$table');
};

function searchCondition(node: KNode, rel: Rel, cs: boolean, scope: Scope, planner: Planner): Expr {
  const n = bare(node);
  const kind = kindOf(n);
  if (kind === 'AndExpression' || kind === 'OrExpression') {
    const args = [must(n, 'Left'), must(n, 'Right')].map((x) => searchCondition(x, rel, cs, scope, planner));
    return { op: 'call', fn: kind === 'AndExpression' ? 'and' : 'or', args, type: 'bool' };
  }
  if (kind === 'FunctionCallExpression' && nameOf(must(n, 'Name')) === 'not') {
    const inner = searchCondition(list(must(n, 'ArgumentList'), 'Expressions')[0]!, rel, cs, scope, planner);
    return { op: 'call', fn: 'not', args: [inner], type: 'bool' };
  }
  if (kind === 'StringLiteralExpression') return anyColumn(n, String(n.LiteralValue), rel, cs);
  if (kind === 'StarExpression') return { op: 'literal', type: 'bool', value: true };
  if (kind === 'SearchExpression') {
    const left = must(n, 'Left');
    const value = String(must(n, 'Right').LiteralValue);
    if (kindOf(left) === 'StarExpression') return anyColumn(n, value, rel, cs);
    return termTest(n, planExpression(left, scope, planner), value, cs);
  }
  const left = child(n, 'Left');
  if (left && kindOf(left) === 'StarExpression') {
    const right = planExpression(must(n, 'Right'), scope, planner);
    const operator = textOf(must(n, 'Operator'));
    const tests = rel.columns
      .filter(
        (c) =>
          !c.hidden &&
          (right.type !== 'string' || c.type === 'string' || c.type === 'dynamic') &&
          (right.type === 'string' || c.type === right.type),
      )
      .map((c) => combine(n, operator, col(c), right));
    return tests.length
      ? { op: 'call', fn: 'or', args: [...tests, { op: 'literal', type: 'bool', value: false }], type: 'bool' }
      : { op: 'literal', type: 'bool', value: false };
  }
  return cast(planExpression(n, scope, planner), 'bool');
}

function anyColumn(n: KNode, value: string, rel: Rel, cs: boolean): Expr {
  const shown = rel.columns.filter((c) => !c.hidden);
  const tests = shown.map((c) => termTest(n, col(c), value, cs));
  return { op: 'call', fn: 'or', args: [...tests, { op: 'literal', type: 'bool', value: false }], type: 'bool' };
}

/** `"word"` is a term, `"wor*"` a prefix, `"*ord"` a suffix, `"*or*"` a part. */
function termTest(n: KNode, e: Expr, value: string, cs: boolean): Expr {
  const body = value.replace(/^\*|\*$/g, '');
  const [start, end] = [value.startsWith('*'), value.endsWith('*') && value.length > 1];
  if (body === '' || body === '*') return { op: 'literal', type: 'bool', value: true };
  const operator = start && end ? 'contains' : end ? 'hasprefix' : start ? 'hassuffix' : 'has';
  const needle: Expr = { op: 'literal', type: 'string', value: body };
  if (body.includes('*'))
    throw new PlanError(n, 'KQL0061', 'A star inside a search word is not supported.', 'matches regex');
  return combine(n, cs ? `${operator}_cs` : operator, e, needle);
}

export const UNION_OPERATORS: Readonly<Record<string, OperatorPlan>> = { UnionOperator: union, SearchOperator: search };
