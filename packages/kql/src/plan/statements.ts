/** Statements other than `let` and queries: parameters, settings, limits of what may be read. */
import { child, kindOf, list, must, nameOf, textOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import { cast } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import { constantText } from './literal-nodes.ts';
import { wildcard } from './operators/tables.ts';
import type { Planner } from './planner.ts';
import { Env } from './scope.ts';
import { typeName } from './type-name.ts';

/** Settings of the reference engine that steer how it runs; here they change nothing that shows. */
const HARMLESS =
  /^(notruncation|norequesttimeout|truncationmaxsize|truncationmaxrecords|querytrace|best_effort|servertimeout|deferpartialqueryfailures|materialized_view_shuffle|query_(bin_auto.*|cursor.*|distribution.*|fanout.*|force.*|language|log.*|max.*|now|optimize.*|optimization.*|python.*|results.*|shuffle.*|take_max_records|weakconsistency.*|results_cache.*)|request_.*|client_.*|maxmemoryconsumptionperiterator|maxoutputcolumns|max_memory.*|push_selection.*|results_progressive_enabled|debug_.*)$/i;

/** Plans a statement; gives the names that the statements after it see. */
export function statement(s: KNode, env: Env, planner: Planner): Env {
  switch (kindOf(s)) {
    case 'SetOptionStatement':
      setting(s, env, planner);
      return env;
    case 'QueryParametersStatement':
      for (const p of list(s, 'Parameters')) parameter(p, env, planner);
      return env;
    case 'RestrictStatement':
      return new Env(env, access(s, env, planner));
    case 'AliasStatement':
      // The name stands for data held elsewhere, which `database()` reads as empty.
      planner.warn(
        s,
        'KQL0073',
        `Other databases are not configured here; '${nameOf(must(s, 'Name'))}' has no tables.`,
      );
      return env;
    case 'EmptyStatement':
      return env;
    case 'PatternStatement':
      throw new PlanError(s, 'KQL0040', 'Patterns are not supported.', 'let Name = (parameter: string) { … };');
    default:
      throw new PlanError(s, 'KQL0040', `The statement '${textOf(s).split(/\s/)[0]}' is not supported.`);
  }
}

function setting(s: KNode, env: Env, planner: Planner): void {
  const name = nameOf(must(s, 'Name'));
  const clause = child(s, 'ValueClause');
  const node = clause && must(clause, 'Expression');
  if (/^query_?now$/i.test(name)) {
    const e = node && cast(planExpression(node, { env }, planner), 'datetime');
    if (e?.op !== 'literal' || typeof e.value !== 'string')
      throw new PlanError(node ?? s, 'KQL0046', 'query_now needs a constant date and time.', 'datetime(2026-01-31)');
    planner.context.now = new Date(e.value);
    return;
  }
  if (/^query_take_max_records$/i.test(name) && node) {
    const e = planExpression(node, { env }, planner);
    if (e.op === 'literal' && /^\d+$/.test(String(e.value))) planner.context.take = Number(e.value);
    return;
  }
  if (/^query_bin_auto_(size|at)$/i.test(name) && node) {
    env.set(name.toLowerCase(), { kind: 'scalar', expr: planExpression(node, { env }, planner) });
    return;
  }
  if (!HARMLESS.test(name)) planner.warn(s, 'KQL0047', `The setting '${name}' has no effect here.`);
}

function parameter(p: KNode, env: Env, planner: Planner): void {
  const declared = must(p, 'NameAndType');
  const name = nameOf(must(declared, 'Name'));
  const type = typeName(must(declared, 'Type'));
  const given = planner.context.parameters[name];
  const fallback = child(p, 'DefaultValue');
  if (given === undefined && !fallback)
    throw new PlanError(p, 'KQL0048', `The query parameter '${name}' has no value.`, `${name}:${type} = …`);
  const value = fallback && (child(fallback, 'Value') ?? child(fallback, 'Expression'));
  const e = given === undefined ? planExpression(value!, { env }, planner) : constantText(String(given), type, p);
  env.set(name, { kind: 'scalar', expr: cast(e, type) });
}

/** The tables and views that `restrict access to` names. */
function access(s: KNode, env: Env, planner: Planner): ReadonlySet<string> {
  const names = [
    ...planner.context.schema.tableNames,
    ...env
      .entries()
      .filter(([, v]) => v.kind === 'function' && v.view)
      .map(([name]) => name),
  ].filter((name) => !env.access || env.access.has(name));
  const out = new Set<string>();
  for (const e of list(s, 'Expressions')) {
    const text = textOf(e).replace(/^\[\s*["']|["']\s*\]$/g, '');
    const whole = text.replace(/^.*\./, '');
    const test = wildcard(planner.context.schema.table(whole)?.name ?? whole);
    for (const name of names) if (test.test(name)) out.add(name);
  }
  return out;
}
