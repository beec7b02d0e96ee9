import { bind, located } from './bind/bind.ts';
import { bindErrors } from './bind/diagnostics.ts';
import { type BoundSchema, bindSchema } from './bind/schema.ts';
import { printSyntax } from './bind/syntax.ts';
import { quoteName } from './emit/params.ts';
import { SqlWriter } from './emit/rel.ts';
import { PlanError } from './plan/errors.ts';
import { type Rel, visible } from './plan/ir.ts';
import { Planner } from './plan/planner.ts';
import { Env, PlanContext } from './plan/scope.ts';
import { timeFilteredReads } from './plan/time-filter.ts';
import type { CompiledQuery, CompileOptions, CompileResult, KqlDiagnostic } from './types.ts';

interface Planned {
  readonly rel: Rel;
  readonly context: PlanContext;
}

/** Stages one and two: text to plan. */
function planText(text: string, options: CompileOptions, schema: BoundSchema): Planned | KqlDiagnostic[] {
  const bound = bind(text, schema);
  const errors = bindErrors(bound, schema);
  if (errors.length) return errors;
  const context = new PlanContext(schema, options.now);
  const planner = new Planner(context);
  try {
    const value = planner.statements(bound.statements, new Env());
    if (!value) return [problem(text, 0, 0, 'KQL0001', 'There is no query in this text.')];
    if (value.kind === 'function')
      return [problem(text, 0, text.length, 'KQL0002', 'A function is no query; call it.')];
    const rel: Rel =
      value.kind === 'table'
        ? value.rel
        : { op: 'rows', columns: [context.column('print_0', value.expr.type)], rows: [[value.expr]] };
    if (visible(rel).length === 0) return [problem(text, 0, text.length, 'KQL0003', 'The query gives no columns.')];
    return { rel, context };
  } catch (e) {
    if (e instanceof PlanError) {
      const at = { start: e.node.TextStart, length: e.node.Width };
      return [
        located(text, at, {
          code: e.code,
          severity: 'error',
          message: e.message,
          ...(e.suggestion ? { suggestion: e.suggestion } : {}),
        }),
      ];
    }
    throw e;
  }
}

function problem(text: string, start: number, length: number, code: string, message: string): KqlDiagnostic {
  return located(text, { start, length }, { code, severity: 'error', message });
}

/** Stages three and four: plan to SQL and column types. */
function emit(planned: Planned, options: CompileOptions, schema: BoundSchema, text: string): CompiledQuery {
  const { rel, context } = planned;
  const filtered = timeFilteredReads(rel, schema);
  const writer = new SqlWriter(schema, options, filtered);
  const columns = visible(rel);
  const block = writer.block(rel, new Set(columns.map((c) => c.id)));
  const outer = block.wrap(new Set(columns.map((c) => c.id)));
  const order = outer.order.length
    ? ` ORDER BY ${outer.order.map((o) => `${o.sql} ${o.descending ? 'DESC' : 'ASC'} NULLS ${o.nullsFirst ? 'FIRST' : 'LAST'}`).join(', ')}`
    : '';
  const select = columns.map((c) => `${quoteName(c.id)} AS ${quoteName(c.name)}`).join(', ');
  const limit = options.maxRows === undefined ? '' : ` LIMIT ${Math.max(0, Math.floor(options.maxRows)) + 1}`;
  const sql = `SELECT ${select} FROM ${outer.from}${order}${limit}`;
  const warnings = context.warnings.map((w) => located(text, w, w));
  return {
    ok: true,
    sql,
    params: writer.params.used(sql),
    columns: columns.map(({ name, type }) => ({ name, type })),
    ...(context.render ? { render: context.render } : {}),
    tables: [...context.tables],
    rowWise: context.rowWise && context.reads <= 1,
    filtersTime: filtered.size > 0,
    warnings,
    plan: rel,
  };
}

/** Compiles a query. Every problem of the text comes back as a located diagnostic; nothing is thrown for it. */
export function compile(text: string, options: CompileOptions): CompileResult {
  try {
    const schema = bindSchema(options.schema);
    const planned = planText(text, options, schema);
    if (Array.isArray(planned)) return { ok: false, errors: planned };
    return emit(planned, options, schema, text);
  } catch (e) {
    const message = e instanceof Error ? e.message : String(e);
    return {
      ok: false,
      errors: [problem(text, 0, text.length, 'KQL0099', `This query cannot be compiled: ${message}`)],
    };
  }
}

/** One stage as text, for the Explain pane. */
export function explain(text: string, options: CompileOptions, stage: 'syntax' | 'plan' | 'sql'): string {
  const schema = bindSchema(options.schema);
  if (stage === 'syntax') return printSyntax(bind(text, schema).root);
  const result = compile(text, options);
  if (!result.ok) return result.errors.map((e) => `${e.line}:${e.column} ${e.code} ${e.message}`).join('\n');
  return stage === 'plan' ? JSON.stringify(result.plan, null, 2) : result.sql;
}
