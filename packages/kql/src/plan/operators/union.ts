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
  // Unions of all tables have thousands of columns: everything here is looked up by name once, nothing searched.
  const names = new Map<string, NameOf>();
  inputs.forEach(({ rel }, at) => {
    for (const c of rel.columns) {
      let known = names.get(c.name);
      if (!known) {
        known = { members: 0, last: -1, hidden: undefined, types: new Map() };
        names.set(c.name, known);
      }
      if (known.last !== at) {
        known.last = at;
        known.members++;
      }
      if (c.hidden) known.hidden ??= c.type;
      else if (!known.types.has(c.type)) known.types.set(c.type, undefined);
    }
  });
  const hiddenOnly = new Set<string>();
  for (const [name, known] of names) {
    // A name that only resolves, such as the other name of the time, does so wherever one member has it.
    if (known.types.size === 0 && known.hidden) {
      hiddenOnly.add(name);
      known.types.set(known.hidden, undefined);
    }
    if (inner && (known.members !== inputs.length || known.types.size > 1)) names.delete(name);
  }
  const columns: Column[] = [];
  if (source) columns.push(planner.context.column(source, 'string'));
  // A name that a table really has stays; the made one gives way.
  const taken = new Set<string>();
  for (const [name, { types }] of names) if (types.size === 1) taken.add(name);
  if (source) taken.add(source);
  for (const [name, { types }] of ordered(names, hiddenOnly)) {
    const hidden = hiddenOnly.has(name);
    for (const type of types.keys()) {
      let shown = name;
      if (types.size > 1) shown = freeName(`${name}_${type}`, taken);
      else if (name === source) shown = freeName(name, taken);
      taken.add(shown);
      const c = planner.context.column(shown, type, hidden);
      columns.push(c);
      types.set(type, c);
    }
  }
  // Tables of the schema disagree in the types of some names; there the bare name means the type that most have.
  const bare = new Map<string, Column>();
  if (inputs.length > 1 && inputs.every(({ rel }) => rel.op === 'read' || rel.op === 'where')) {
    for (const [name, { types }] of ordered(names, hiddenOnly)) {
      if (types.size < 2 || taken.has(name)) continue;
      const c = planner.context.column(name, commonest(name, inputs), true);
      columns.push(c);
      bare.set(name, c);
    }
  }
  const mapped = inputs.map(({ rel, name }) => {
    const map: Record<string, Expr> = {};
    if (source) map[columns[0]!.id] = { op: 'literal', type: 'string', value: name };
    for (const c of rel.columns) {
      const to = names.get(c.name)?.types.get(c.type);
      if (to && map[to.id] === undefined) map[to.id] = col(c);
      const plain = bare.size ? bare.get(c.name) : undefined;
      if (plain && map[plain.id] === undefined) map[plain.id] = cast(col(c), plain.type);
    }
    return { rel, map };
  });
  if (mapped.length === 0)
    return { op: 'rows', columns: columns.length ? columns : [planner.context.column('Column1', 'string')], rows: [] };
  return { op: 'union', inputs: mapped, columns };
}

/** What the members of a union make of one name. */
interface NameOf {
  /** How many members have it, and the last of them that was counted. */
  members: number;
  last: number;
  /** Type of the first hidden column by this name. */
  hidden: KqlType | undefined;
  /** Types of the shown columns in order, and the column of the union that each becomes. */
  readonly types: Map<KqlType, Column | undefined>;
}

/** Names in the order of the result: those that are shown as they come, then those that only resolve. */
function* ordered(names: ReadonlyMap<string, NameOf>, hiddenOnly: ReadonlySet<string>): Generator<[string, NameOf]> {
  for (const entry of names) if (!hiddenOnly.has(entry[0])) yield entry;
  for (const entry of names) if (hiddenOnly.has(entry[0])) yield entry;
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
  const inputs = membersOf(nodes, { source: n, fuzzy, prefix: 'union_arg', offset: input ? 1 : 0 }, scope, planner);
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
