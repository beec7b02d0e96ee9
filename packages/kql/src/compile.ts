import { bind, located } from './bind/bind.ts';
import { bindErrors } from './bind/diagnostics.ts';
import { type BoundSchema, bindSchema, extendSchema } from './bind/schema.ts';
import { printSyntax } from './bind/syntax.ts';
import { readScope, scopedSchema } from './data-scope.ts';
import { orderSql } from './emit/block.ts';
import { quoteName } from './emit/params.ts';
import { type SharedNeeds, SqlWriter } from './emit/rel.ts';
import { TooLarge } from './emit/too-large.ts';
import { optimise } from './optimise/optimise.ts';
import { PlanError } from './plan/errors.ts';
import { type Rel, visible } from './plan/ir.ts';
import { Planner } from './plan/planner.ts';
import { DataNeeded, Env, type Facts, PlanContext } from './plan/scope.ts';
import { StoredEnv } from './plan/stored.ts';
import { timeFilteredReads } from './plan/time-filter.ts';
import { narrowed } from './plan/wide.ts';
import { compileSeveral } from './several.ts';
import type {
  CompiledQuery,
  CompiledTable,
  CompileOptions,
  CompileResult,
  ExternalTable,
  KqlDiagnostic,
} from './types.ts';

interface Planned {
  readonly rel: Rel;
  readonly context: PlanContext;
}

/** The plan needs the rows of this relation before it can go on. */
interface Unfinished {
  readonly probe: Rel;
  readonly external: readonly ExternalTable[];
}

/** Stages one and two: text to plan. */
function planText(text: string, options: CompileOptions, schema: BoundSchema): Planned | Unfinished | KqlDiagnostic[] {
  const bound = bind(text, schema);
  const errors = bindErrors(bound, schema);
  options.trace?.('bind');
  if (errors.length) return errors;
  const rows = options.scope?.rows;
  const tables = options.schema.tables;
  const context = new PlanContext(
    schema,
    options.now,
    options.facts,
    options.parameters,
    options.external,
    rows &&
      ((name, fresh) =>
        readScope(tables.find((t) => t.name === name)!, Object.hasOwn(rows, name) ? rows[name] : undefined, fresh)),
    text,
  );
  const planner = new Planner(context);
  try {
    const value = planner.statements(bound.statements, new Env(new StoredEnv(schema.functions))) ?? planner.lastLet();
    if (planner.problems.length) return diagnosed(text, planner.problems);
    if (value === undefined) return [problem(text, 0, 0, 'KQL0001', 'There is no query in this text.')];
    if (value.kind === 'function')
      return [problem(text, 0, text.length, 'KQL0002', 'A function is no query; call it.')];
    if (value.kind === 'graph')
      return [
        problem(
          text,
          0,
          text.length,
          'KQL0090',
          'A graph is no result; ask it something: graph-match, graph-to-table.',
        ),
      ];
    const whole = planner.asTable(value);
    const rel = narrowed(
      context.take === undefined ? whole : { op: 'limit', input: whole, count: context.take, columns: whole.columns },
      context,
    );
    if (visible(rel).length === 0) return [problem(text, 0, text.length, 'KQL0003', 'The query gives no columns.')];
    return { rel, context };
  } catch (e) {
    const found = e instanceof PlanError ? [...planner.problems, e] : planner.problems;
    if (found.length && (e instanceof PlanError || e instanceof DataNeeded)) return diagnosed(text, found);
    if (e instanceof DataNeeded) return { probe: e.rel, external: context.external };
    throw e;
  }
}

/** Problems of planning as diagnostics in the order of the text, each once. */
function diagnosed(text: string, problems: readonly PlanError[]): KqlDiagnostic[] {
  const out = new Map<string, KqlDiagnostic>();
  for (const e of problems) {
    const at = { start: e.node.TextStart, length: e.node.Width };
    const suggestion = e.suggestion ? { suggestion: e.suggestion } : {};
    const d = located(text, at, { code: e.code, severity: 'error', message: e.message, ...suggestion });
    out.set(`${d.start} ${d.code}`, d);
  }
  return [...out.values()].sort((a, b) => a.start - b.start);
}

function problem(text: string, start: number, length: number, code: string, message: string): KqlDiagnostic {
  return located(text, { start, length }, { code, severity: 'error', message });
}

/** Most rows a probe may give: more properties or values than this are no sensible columns. */
const PROBE_ROWS = 10_000;

/** One relation as a statement. `filtered` are the reads whose time the text limits by itself. */
function statement(
  rel: Rel,
  options: CompileOptions,
  schema: BoundSchema,
  filtered: ReadonlySet<Rel>,
  maxRows: number | undefined,
): CompiledTable {
  const columns = visible(rel);
  const plan = optimise(rel);
  options.trace?.('optimise');
  const write = (needs?: SharedNeeds) => {
    const writer = new SqlWriter(schema, options, filtered, needs);
    const block = writer.block(plan, new Set(columns.map((c) => c.id)));
    return { writer, outer: block.wrap(new Set(columns.map((c) => c.id))) };
  };
  // What is read in several places is written once, with the columns that all of them need: known after a first pass.
  const first = write();
  const { writer, outer } = first.writer.sharedNeeds.size > 0 ? write(first.writer.sharedNeeds) : first;
  const order = outer.order.length ? ` ORDER BY ${outer.order.map(orderSql).join(', ')}` : '';
  const select = columns.map((c) => `${quoteName(c.id)} AS ${quoteName(c.name)}`).join(', ');
  const limit = maxRows === undefined ? '' : ` LIMIT ${Math.max(0, Math.floor(maxRows)) + 1}`;
  const sql = `${writer.sharedTables()}SELECT ${select} FROM ${outer.from}${order}${limit}`;
  return { sql, params: writer.params.used(sql), columns: columns.map(({ name, type }) => ({ name, type })) };
}

/** Stages three and four: plan to a plan with less to do, to SQL and column types. */
function emit(planned: Planned, options: CompileOptions, schema: BoundSchema, text: string): CompiledQuery {
  const { rel, context } = planned;
  const filtered = timeFilteredReads(rel, schema);
  const table = statement(rel, options, schema, filtered, options.maxRows);
  const more = context.more.map(({ name, rel: other }) => ({
    name,
    ...statement(other, options, schema, timeFilteredReads(other, schema), options.maxRows),
  }));
  const warnings = context.warnings.map((w) => located(text, w, w));
  return {
    ok: true,
    ...table,
    ...(more.length ? { more } : {}),
    ...(more.length && context.firstName ? { name: context.firstName } : {}),
    ...(context.external.length ? { external: context.external } : {}),
    ...(context.render ? { render: context.render } : {}),
    tables: [...context.tables],
    rowWise: context.rowWise && context.reads <= 1,
    filtersTime: filtered.size > 0,
    warnings,
    plan: rel,
  };
}

/**
 * Compiles a query. Every problem of the text comes back as a located diagnostic; nothing is thrown for it. A text of
 * several queries separated by blank lines gives the result of each.
 */
export function compile(text: string, options: CompileOptions): CompileResult {
  const result = compileOne(text, options);
  if (result.ok || result.probe) return result;
  return compileSeveral(text, (part) => compileOne(part, options)) ?? result;
}

function compileOne(text: string, options: CompileOptions): CompileResult {
  try {
    const schema = extendSchema(bindSchema(scopedSchema(options.schema, options.scope)), options);
    const planned = planText(text, options, schema);
    if (!Array.isArray(planned)) options.trace?.('plan');
    if (Array.isArray(planned)) return { ok: false, errors: planned };
    if ('probe' in planned) {
      const filtered = timeFilteredReads(planned.probe, schema);
      return {
        ok: false,
        errors: [problem(text, 0, text.length, 'KQL0100', 'The columns of this query depend on its data.')],
        probe: statement(planned.probe, options, schema, filtered, PROBE_ROWS),
        ...(planned.external.length ? { external: planned.external } : {}),
      };
    }
    const query = emit(planned, options, schema, text);
    options.trace?.('emit');
    return query;
  } catch (e) {
    if (e instanceof TooLarge) {
      const d = { code: 'KQL0066', severity: 'error' as const, message: e.message, suggestion: e.suggestion };
      return { ok: false, errors: [located(text, { start: 0, length: text.length }, d)] };
    }
    const message = e instanceof Error ? e.message : String(e);
    return {
      ok: false,
      errors: [problem(text, 0, text.length, 'KQL0099', `This query cannot be compiled: ${message}`)],
    };
  }
}

/** Most probes of one text. */
const MAX_PROBES = 20;

/**
 * Compiles a query whose plan may depend on data.
 * @param compileOnce compiles with the facts known so far, in a worker or not
 * @param run runs a probe and gives its rows as values of the language
 */
export async function compileWithData(
  compileOnce: (facts: readonly Facts[]) => CompileResult | Promise<CompileResult>,
  run: (probe: CompiledTable, external: readonly ExternalTable[]) => Promise<Facts>,
): Promise<CompileResult> {
  const facts: Facts[] = [];
  for (;;) {
    const result = await compileOnce(facts);
    if (result.ok || !result.probe || facts.length >= MAX_PROBES) return result;
    facts.push(await run(result.probe, result.external ?? []));
  }
}

/** What `explain` can print. */
export type Stage = 'syntax' | 'plan' | 'optimised' | 'sql';

/** One stage as text, for the Explain pane. */
export function explain(text: string, options: CompileOptions, stage: Stage): string {
  const schema = extendSchema(bindSchema(scopedSchema(options.schema, options.scope)), options);
  if (stage === 'syntax') return printSyntax(bind(text, schema).root);
  const result = compile(text, options);
  if (!result.ok) return result.errors.map((e) => `${e.line}:${e.column} ${e.code} ${e.message}`).join('\n');
  if (stage === 'sql') return result.sql;
  const plan = result.plan as Rel;
  return JSON.stringify(stage === 'optimised' ? optimise(plan) : plan, null, 2);
}
