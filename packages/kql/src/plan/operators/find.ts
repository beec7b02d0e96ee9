/** `find`: rows of several tables as a few common columns and a bag of the rest. */
import { child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { unknownName } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import { freeName, type Scope } from '../scope.ts';
import { typeName } from '../type-name.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';
import { columnNames, filtered, sourcesOf } from './search.ts';
import type { Member } from './tables.ts';

interface Wanted {
  readonly name: string;
  readonly type: KqlType;
  /** The value in a table, undefined where it has none. */
  readonly value: (rel: Rel) => Expr | undefined;
}

const shown = (rel: Rel) => rel.columns.filter((c) => !c.hidden);

/** Columns of all tables by name and type, in the order they first occur; a name with two types gives two columns. */
function union(found: readonly Member[], keep: (name: string) => boolean): Wanted[] {
  const types = new Map<string, Set<KqlType>>();
  for (const { rel } of found)
    for (const c of shown(rel)) if (keep(c.name)) types.set(c.name, (types.get(c.name) ?? new Set()).add(c.type));
  const taken = new Set([...types].filter(([, set]) => set.size === 1).map(([name]) => name));
  return [...types].flatMap(([name, set]) =>
    [...set].map((type): Wanted => {
      const label = set.size === 1 ? name : freeName(`${name}_${type}`, taken);
      taken.add(label);
      const of = (c: Column) => c.name === name && c.type === type;
      return { name: label, type, value: (rel) => shown(rel).filter(of).map(col)[0] };
    }),
  );
}

function smart(found: readonly Member[], test: KNode): { columns: Wanted[]; rest: Set<string> | undefined } {
  const named = new Set(columnNames(test));
  const tables = new Map<string, number>();
  for (const m of found)
    for (const name of new Set(shown(m.rel).map((c) => c.name))) tables.set(name, (tables.get(name) ?? 0) + 1);
  const all = [...tables.keys()];
  const kept = new Set(all.filter((x) => named.has(x) || tables.get(x) === found.length));
  const rest = new Set(all.filter((x) => !kept.has(x)));
  return { columns: union(found, (x) => kept.has(x)), rest: rest.size ? rest : undefined };
}

function projected(clause: KNode, found: readonly Member[], scope: Scope): { columns: Wanted[]; pack: boolean } {
  let pack = false;
  const columns = list(clause, 'Columns').flatMap((n): Wanted[] => {
    if (kindOf(n) === 'PackExpression') {
      pack = true;
      return [];
    }
    const typed = kindOf(n) === 'TypedColumnReference';
    const nameNode = typed ? must(n, 'Column') : n;
    const name = nameOf(nameNode);
    const have = found.flatMap((m) => shown(m.rel).filter((c) => c.name === name));
    const types = new Set(have.map((c) => c.type));
    if (types.size === 0)
      throw unknownName(nameNode, name, { env: scope.env, columns: found.flatMap((m) => shown(m.rel)) });
    if (types.size > 1 && !typed)
      throw new PlanError(
        n,
        'KQL0064',
        `'${name}' has several types in these tables: ${[...types].join(', ')}.`,
        `${name}:${[...types][0]}`,
      );
    const type = typed ? typeName(must(n, 'Type')) : [...types][0]!;
    const value = (rel: Rel): Expr | undefined => {
      const c = shown(rel).find((x) => x.name === name);
      return c && cast(col(c), type);
    };
    return [{ name, type, value }];
  });
  return { columns, pack };
}

const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });

const find: OperatorPlan = (n, input, scope, planner) => {
  planner.context.rowWise = false;
  const test = must(n, 'Condition');
  const sources = sourcesOf(n, input, 'union_arg', scope, planner);
  const found = filtered(sources, test, false, scope, planner);
  const source = parameters(n).get('withsource')?.value ?? 'source_';
  const clause = child(n, 'Project');
  const smartly = !clause || textOf(clause).startsWith('project-smart');
  let columns: Wanted[];
  let rest: ((name: string) => boolean) | undefined;
  if (smartly) {
    const s = smart(found, test);
    columns = s.columns;
    const others = s.rest;
    rest = others && ((name) => others.has(name));
  } else {
    const p = projected(clause, found, scope);
    columns = p.columns;
    const names = new Set(columns.map((c) => c.name));
    rest = p.pack ? (name) => !names.has(name) : undefined;
  }
  const away = child(n, 'ProjectAway');
  if (away) {
    const gone = new Set(list(away, 'Columns').map((x) => nameOf(x)));
    columns = columns.filter((c) => !gone.has(c.name));
    if (gone.has('pack_')) rest = undefined;
  }
  const first = planner.context.column(source, 'string');
  const made = columns.map((c) => planner.context.column(c.name, c.type));
  const packed = rest && planner.context.column('pack_', 'dynamic');
  const all = [first, ...made, ...(packed ? [packed] : [])];
  if (found.length === 0) return { op: 'rows', columns: all, rows: [] };
  const inputs = found.map(({ rel, name }) => {
    const map: Record<string, Expr> = { [first.id]: text(name) };
    for (const [i, c] of columns.entries()) {
      const value = c.value(rel);
      if (value) map[made[i]!.id] = value;
    }
    const bag = rest ? shown(rel).filter((c) => rest(c.name)) : [];
    if (packed && bag.length) {
      const args = bag.flatMap((c): Expr[] => [text(c.name), col(c)]);
      map[packed.id] = { op: 'call', fn: 'bag_pack', args, type: 'dynamic' };
    }
    return { rel, map };
  });
  return { op: 'union', inputs, columns: all };
};

export const FIND_OPERATORS: Readonly<Record<string, OperatorPlan>> = { FindOperator: find };
