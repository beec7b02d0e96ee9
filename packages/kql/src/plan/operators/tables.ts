/** Lists of tables as union, search and find write them: names, wildcards, views, subqueries, data held elsewhere. */
import { bare, child, kindOf, nameOf, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { viewTable } from '../calls.ts';
import { PlanError } from '../errors.ts';
import type { Rel } from '../ir.ts';
import { readsNamedColumns } from '../named-columns.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { read } from '../table-names.ts';

export interface Member {
  readonly rel: Rel;
  /** What `withsource` calls it. */
  readonly name: string;
}

/** A regular expression for a name with stars. */
export function wildcard(text: string): RegExp {
  const parts = text.split('*').map((s) => s.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/**
 * Tables and views whose names match.
 * @param source the operator that asks, whose result may need few of their columns
 */
export function matching(test: RegExp, source: KNode, scope: Scope, planner: Planner): Member[] {
  const { access } = scope.env;
  const named = readsNamedColumns(source) ? planner.context.words() : undefined;
  const tables = planner.context.schema.schema.tables
    .filter((t) => test.test(t.name) && (!access || access.has(t.name)))
    .map((t) => ({ rel: read(t, planner, named), name: t.name }));
  const views = scope.env
    .entries()
    .filter(([name, v]) => v.kind === 'function' && v.view && test.test(name) && (!access || access.has(name)))
    .flatMap(([name]): Member[] => {
      const rel = viewTable(name, scope, planner);
      return rel ? [{ rel, name }] : [];
    });
  return [...views, ...tables];
}

export interface ListOptions {
  /** The operator that has the list. */
  readonly source: KNode;
  /** Members that do not exist are left out with a warning. */
  readonly fuzzy: boolean;
  /** Names of subqueries: `union_arg` and a number. */
  readonly prefix: string;
  /** Number of the first. */
  readonly offset?: number;
}

/** The members of a list of tables. */
export function membersOf(nodes: readonly KNode[], options: ListOptions, scope: Scope, planner: Planner): Member[] {
  return nodes.flatMap((node, at): Member[] => {
    const n = bare(node);
    const text = textOf(n);
    if (kindOf(n) === 'StarExpression' || /^[\w*]*\*[\w*]*$/.test(text)) {
      return matching(wildcard(text), options.source, scope, planner);
    }
    const fallback = `${options.prefix}${at + (options.offset ?? 0)}`;
    try {
      const read = () => planner.table(n, { env: scope.env });
      const rel = options.fuzzy ? planner.strictly(read) : read();
      return [{ rel, name: sourceName(n, rel, scope, planner) ?? fallback }];
    } catch (e) {
      if (!options.fuzzy || !(e instanceof PlanError) || e.code !== 'KS204') throw e;
      planner.warn(n, 'KQL0060', `${e.message} It was left out of the union.`);
      return [];
    }
  });
}

/** What `withsource` calls a table: its own name, that of its view or that given by `as`; undefined for other subqueries. */
export function sourceName(n: KNode, rel: Rel, scope: Scope, planner: Planner): string | undefined {
  const given = planner.givenName(rel);
  if (given !== undefined) return given;
  const call = kindOf(n) === 'FunctionCallExpression' ? child(n, 'Name') : n;
  if (call && (kindOf(call) === 'NameReference' || call !== n)) {
    const name = nameOf(call);
    const value = scope.env.get(name);
    if (value?.kind === 'function' && value.view) return name;
  }
  return rel.op === 'read' ? rel.table : undefined;
}
