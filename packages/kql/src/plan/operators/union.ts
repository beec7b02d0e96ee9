import { kindOf, list, parameters, textOf } from '../../bind/syntax.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { freeName } from '../scope.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';
import { type Member, membersOf } from './tables.ts';

/** Columns by name and type; a name with two types becomes two columns, each named after its type. */
export function unionOf(inputs: readonly Member[], planner: Planner, source?: string, inner = false): Rel {
  planner.context.rowWise = false;
  // Unions of all tables have thousands of columns: everything here is looked up, nothing searched.
  const seen = new Map<string, number>();
  for (const { rel } of inputs)
    for (const name of new Set(rel.columns.map((c) => c.name))) seen.set(name, (seen.get(name) ?? 0) + 1);
  const everywhere = (name: string) => seen.get(name) === inputs.length;
  const types = new Map<string, Set<KqlType>>();
  const hiddenTypes = new Map<string, KqlType>();
  for (const { rel } of inputs) {
    for (const c of rel.columns) {
      if (c.hidden) {
        if (!hiddenTypes.has(c.name)) hiddenTypes.set(c.name, c.type);
        continue;
      }
      const set = types.get(c.name) ?? new Set();
      set.add(c.type);
      types.set(c.name, set);
    }
  }
  const shownTypes = new Set(types.keys());
  // A name that only resolves, such as the other name of the time, does so wherever one member has it.
  for (const [name, type] of hiddenTypes) if (!types.has(name)) types.set(name, new Set([type]));
  if (inner) {
    for (const [name, set] of types) if (!everywhere(name) || set.size > 1) types.delete(name);
  }
  const columns: Column[] = [];
  const key = (name: string, type: KqlType) => `${name}\u0000${type}`;
  const made = new Map<string, Column>();
  if (source) columns.push(planner.context.column(source, 'string'));
  // A name that a table really has stays; the made one gives way.
  const taken = new Set([...types].filter(([, set]) => set.size === 1).map(([name]) => name));
  if (source) taken.add(source);
  for (const [name, set] of types) {
    const hidden = !shownTypes.has(name);
    for (const type of set) {
      let shown = name;
      if (set.size > 1) shown = freeName(`${name}_${type}`, taken);
      else if (name === source) shown = freeName(name, taken);
      taken.add(shown);
      const c = planner.context.column(shown, type, hidden);
      columns.push(c);
      made.set(key(name, type), c);
    }
  }
  // Tables of the schema disagree in the types of some names; there the bare name means the type that most have.
  const bare = new Map<string, Column>();
  if (inputs.length > 1 && inputs.every(({ rel }) => rel.op === 'read' || rel.op === 'where')) {
    for (const [name, set] of types) {
      if (set.size < 2 || taken.has(name)) continue;
      const c = planner.context.column(name, commonest(name, inputs), true);
      columns.push(c);
      bare.set(name, c);
    }
  }
  const mapped = inputs.map(({ rel, name }) => {
    const map: Record<string, Expr> = {};
    if (source) map[columns[0]!.id] = { op: 'literal', type: 'string', value: name };
    for (const c of rel.columns) {
      const to = made.get(key(c.name, c.type));
      if (to && map[to.id] === undefined) map[to.id] = col(c);
      const plain = bare.get(c.name);
      if (plain && map[plain.id] === undefined) map[plain.id] = cast(col(c), plain.type);
    }
    return { rel, map };
  });
  if (mapped.length === 0)
    return { op: 'rows', columns: columns.length ? columns : [planner.context.column('Column1', 'string')], rows: [] };
  return { op: 'union', inputs: mapped, columns };
}

/** The type that most members give a name. */
function commonest(name: string, inputs: readonly Member[]): KqlType {
  const counts = new Map<KqlType, number>();
  for (const { rel } of inputs) {
    const c = rel.columns.find((x) => x.name === name);
    if (c) counts.set(c.type, (counts.get(c.type) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'string';
}

const union: OperatorPlan = (n, input, scope, planner) => {
  const p = parameters(n);
  const nodes = list(n, 'Expressions');
  const fuzzy = p.get('isfuzzy')?.value === 'true' || nodes.some((x) => textOf(x).includes('*'));
  const source = p.get('withsource') ?? p.get('with_source');
  const inputs = membersOf(nodes, { fuzzy, prefix: 'union_arg', offset: input ? 1 : 0 }, scope, planner);
  if (input) {
    const own = planner.givenName(input) ?? (input.op === 'read' ? input.table : 'union_arg0');
    inputs.unshift({ rel: input, name: own });
  }
  if (inputs.length === 0 && nodes.some((x) => kindOf(x) !== 'StarExpression'))
    throw new PlanError(n, 'KS204', 'None of the tables of this union exists.');
  const name = source
    ? typeof source.node.LiteralValue === 'string'
      ? source.node.LiteralValue
      : source.value
    : undefined;
  return unionOf(inputs, planner, name, p.get('kind')?.value === 'inner');
};

export const UNION_OPERATORS: Readonly<Record<string, OperatorPlan>> = { UnionOperator: union };
