/** Names and calls that stand for tables, and the reads they become. */
import { nearest } from '../bind/nearest.ts';
import { list, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlTable, KqlType } from '../types.ts';
import { callFunction, tableOf } from './calls.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Column, Rel } from './ir.ts';
import type { Planner } from './planner.ts';
import { ARRIVAL, type Scope } from './scope.ts';
import { needsArguments, watchlistCall } from './stored.ts';

export function tableReference(n: KNode, scope: Scope, planner: Planner): Rel | undefined {
  const name = nameOf(n);
  const value = scope.env.get(name);
  if (value?.kind === 'table') return value.rel;
  if (value?.kind === 'function') {
    if (value.stored && (scope.columns?.some((c) => c.name === name) || needsArguments(value))) return undefined;
    if (value.view) checkAccess(n, name, scope);
    return tableOf(callFunction(n, value, [], scope, planner));
  }
  if (value || scope.columns?.some((c) => c.name === name)) return undefined;
  const table = planner.context.schema.table(name);
  if (!table) return name === '_GetWatchlistAlias' ? watchlistCall(name, n, [], scope, planner) : undefined;
  checkAccess(n, table.name, scope);
  return read(table, planner);
}

/** `restrict access to` hides every table and view that it does not name. */
function checkAccess(n: KNode, name: string, scope: Scope): void {
  const { access } = scope.env;
  if (access && !access.has(name))
    throw new PlanError(
      n,
      'KQL0045',
      `'${name}' is not among the tables that this query may read.`,
      'restrict access to',
    );
}

export function tableFunction(n: KNode, scope: Scope, planner: Planner): Rel | undefined {
  const name = nameOf(must(n, 'Name'));
  const args = list(must(n, 'ArgumentList'), 'Expressions');
  const user = scope.env.get(name);
  if (user?.kind === 'function') {
    return tableOf(callFunction(n, user, args, scope, planner));
  }
  if (user?.kind === 'table' && args.length === 0) return user.rel;
  const watchlist = watchlistCall(name, n, args, scope, planner);
  if (watchlist) return watchlist;
  if (name === 'table' && args[0]) {
    const e = planExpression(args[0], { env: scope.env }, planner);
    const wanted = e.op === 'literal' ? String(e.value) : '';
    const table = planner.context.schema.table(wanted);
    if (!table) {
      const near = nearest(wanted, planner.context.schema.tableNames);
      throw new PlanError(
        args[0],
        'KS204',
        `There is no table named '${wanted}'.${near ? ` Did you mean '${near}'?` : ''}`,
        near,
      );
    }
    checkAccess(args[0], table.name, scope);
    return read(table, planner);
  }
  return undefined;
}

/**
 * Reads a table; hidden and retired names resolve, `*` shows the rest.
 * @param named the names that matter, when no others do
 */
export function read(table: KqlTable, planner: Planner, named?: ReadonlySet<string>): Rel {
  planner.context.tables.add(table.name);
  planner.context.reads++;
  const columns: Column[] = [];
  const sources: Record<string, string> = {};
  const add = (name: string, source: string, type: KqlType, hidden: boolean): void => {
    const c = planner.context.column(name, type, hidden);
    columns.push(c);
    sources[c.id] = source;
  };
  const aliases = [...planner.context.schema.aliases(table)].filter(([alias]) => !named || named.has(alias));
  const wanted = named && new Set([...ARRIVAL, ...aliases.map(([, current]) => current)]);
  for (const c of table.columns)
    if (!wanted || wanted.has(c.name) || named.has(c.name)) add(c.name, c.name, c.type, c.hidden ?? false);
  for (const [alias, current] of aliases) {
    const c = table.columns.find((x) => x.name === current);
    if (c) add(alias, current, c.type, true);
  }
  const scope = planner.context.rowScope?.(table.name, (name, type) => planner.context.column(name, type).id);
  const rel: Rel = { op: 'read', table: table.name, columns, sources, ...(scope ? { scope } : {}) };
  if (table.open) planner.open.begin(rel);
  return rel;
}

/** An empty table of that name; columns that are asked for appear as empty. */
export function emptyTable(name: string, planner: Planner): Rel {
  planner.context.rowWise = false;
  const table = planner.context.schema.table(name);
  const columns = table
    ? table.columns.map((c) => planner.context.column(c.name, c.type, c.hidden ?? false))
    : [planner.context.column('TimeGenerated', 'datetime')];
  const rel: Rel = { op: 'rows', columns, rows: [] };
  planner.open.begin(rel);
  return rel;
}

export function unknownTable(n: KNode, planner: Planner): PlanError {
  const name = nameOf(n);
  const near = nearest(name, planner.context.schema.tableNames);
  return new PlanError(n, 'KS204', `There is no table named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`, near);
}
