/** Why a published text that does not compile says nothing about the compiler, by rule. */
import type { BoundText } from '../src/bind/bind.ts';
import { bare, kindOf, must } from '../src/bind/syntax.ts';
import type { KqlDiagnostic, KqlSchema } from '../src/index.ts';

const TABULAR = /^(PipeExpression|DataScopeExpression|MaterializeExpression)$|Operator$|^DataTable|^ExternalData/;

/** Column names of a schema, retired ones too. */
export function columnNames(schema: KqlSchema): ReadonlySet<string> {
  return new Set([
    ...schema.tables.flatMap((t) => t.columns.map((c) => c.name)),
    ...Object.keys(schema.columnAliases ?? {}),
  ]);
}

/** A date where a year belongs and none stands: `datetime("Insert date")`. */
const unfilledDate = (e: KqlDiagnostic): boolean =>
  e.code === 'KQL0020' && !/\d{4}/.test(/'(.*)'/.exec(e.message)?.[1] ?? '0000');

/**
 * The class of a text that names what only its author has, or that is no query.
 * - `watchlist`, `own function`, `own table`, `other cluster`: things of another workspace
 * - `template`: a place to fill in, as `{Parameter}` or `datetime("Insert date")`
 * - `no query`: nothing but declarations, or a lone condition or expression (the body of a function, a line of shell)
 */
export function apart(bound: BoundText, errors: readonly KqlDiagnostic[]): string | undefined {
  for (const e of errors) {
    if (e.code === 'KQL0103') return 'watchlist';
    if (e.code === 'KS211') return 'own function';
    if (e.code === 'KS204') return 'own table';
    if (/cluster|database|workspace/i.test(e.message) && /^KS20/.test(e.code)) return 'other cluster';
    if (e.code === 'KS213' || unfilledDate(e)) return 'template';
  }
  if (errors.every((e) => e.code === 'KQL0001')) return 'no query';
  const queries = bound.statements
    .filter((s) => kindOf(s) === 'ExpressionStatement')
    .map((s) => bare(must(s, 'Expression')));
  const kinds = queries.map(kindOf);
  if (kinds.length && kinds.every((k) => k === 'NameReference') && errors.some((e) => e.code === 'KS142'))
    return 'own table';
  if (!kinds.some((k) => TABULAR.test(k) || k === 'FunctionCallExpression') && !/\|/.test(bound.text))
    return 'no query';
  return undefined;
}

/**
 * The first name a text reads that nothing declares: not the text, no table of the schema, and no name that it could be a
 * misspelling of. A parameter of a saved function, a `let` of the block before, a column of the author's own parser.
 */
export function freeName(
  text: string,
  errors: readonly KqlDiagnostic[],
  columns: ReadonlySet<string>,
): string | undefined {
  const code = text.replace(/\/\/[^\n]*/g, '');
  for (const e of errors) {
    if (e.code !== 'KS142' || e.suggestion) continue;
    const name = text.slice(e.start, e.start + e.length);
    if (!/^\w+$/.test(name) || columns.has(name)) continue;
    if (!new RegExp(`\\b${name}\\s*(=(?![=~])|:\\s*\\w)|\\bas\\s+${name}\\b`).test(code)) return name;
  }
  return undefined;
}
