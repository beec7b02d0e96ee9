/** What became of a query at each stage of the compiler, for people who want to see it. */
import { bind } from '../bind/bind.ts';
import { bindSchema, extendSchema } from '../bind/schema.ts';
import { printSyntax } from '../bind/syntax.ts';
import { compile } from '../compile.ts';
import { scopedSchema } from '../data-scope.ts';
import { optimise } from '../optimise/optimise.ts';
import { optionsOf, type PlainOptions } from '../plain.ts';
import type { Rel } from '../plan/ir.ts';
import { printPlan } from '../plan/print.ts';
import type { CompiledTable, FailedCompile, KqlDiagnostic, KqlSchema, RenderInfo } from '../types.ts';

/** A plan as an indented tree, and as JSON. */
export interface PrintedPlan {
  readonly tree: string;
  readonly json: string;
}

const printed = (plan: unknown): PrintedPlan => ({ tree: printPlan(plan), json: JSON.stringify(plan, null, 2) });

export interface Explained {
  readonly ok: boolean;
  /** Stages that ended, in order, with the milliseconds each took in this compile. */
  readonly timings: readonly { readonly stage: string; readonly ms: number }[];
  readonly syntax: string;
  readonly plan?: PrintedPlan;
  /** The plan of the first result as the SQL is written from it. */
  readonly optimised?: PrintedPlan;
  /** One statement for each result table. */
  readonly statements: readonly (CompiledTable & { readonly name: string })[];
  readonly render?: RenderInfo;
  readonly tables: readonly string[];
  readonly rowWise: boolean;
  readonly filtersTime: boolean;
  readonly errors: readonly KqlDiagnostic[];
  readonly warnings: readonly KqlDiagnostic[];
  readonly probe?: FailedCompile['probe'];
}

/** Compiles a text and keeps what each stage gave. The first stage is short when the text was bound before (the editor checks it). */
export function explainText(text: string, schema: KqlSchema, plain: PlainOptions): Explained {
  const timings = new Map<string, number>();
  let last = performance.now();
  const trace = (stage: string): void => {
    const now = performance.now();
    timings.set(stage, (timings.get(stage) ?? 0) + now - last);
    last = now;
  };
  const options = { ...optionsOf(schema, plain), trace };
  const result = compile(text, options);
  const times = [...timings].map(([stage, ms]) => ({ stage, ms }));
  const syntax = printSyntax(bind(text, extendSchema(bindSchema(scopedSchema(schema, options.scope)), options)).root);
  if (!result.ok) {
    const probe = result.probe ? { probe: result.probe } : {};
    const none = { statements: [], tables: [], rowWise: false, filtersTime: false, warnings: [] };
    return { ok: false, timings: times, syntax, ...none, errors: result.errors, ...probe };
  }
  const { name = 'Result1', sql, params, columns, more = [], render, tables, rowWise, filtersTime, warnings } = result;
  return {
    ok: true,
    timings: times,
    syntax,
    plan: printed(result.plan),
    optimised: printed(optimise(result.plan as Rel)),
    statements: [{ name, sql, params, columns }, ...more],
    ...(render ? { render } : {}),
    tables,
    rowWise,
    filtersTime,
    errors: [],
    warnings,
  };
}
