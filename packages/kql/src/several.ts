/** Texts that hold several queries, separated by blank lines, as people keep them in one file. */
import { located } from './bind/bind.ts';
import { parses, splitQueries } from './bind/split.ts';
import type { CompiledQuery, CompiledTable, CompileResult, KqlDiagnostic } from './types.ts';

/**
 * Compiles each query of a text that is no single list of statements.
 * @returns the first as the result and the others as further results, or undefined when the text does not come apart
 */
export function compileSeveral(text: string, compileOne: (part: string) => CompileResult): CompileResult | undefined {
  if (!/\n[ \t\r]*\n/.test(text) || parses(text)) return undefined;
  const parts = splitQueries(text);
  const texts = parts.map((p) => text.slice(p.start, p.start + p.length));
  if (parts.length < 2 || !texts.every(parses)) return undefined;
  const moved = (d: KqlDiagnostic, at: number): KqlDiagnostic =>
    located(text, { start: d.start + at, length: d.length }, d);
  const done: CompiledQuery[] = [];
  const errors: KqlDiagnostic[] = [];
  for (const [i, part] of texts.entries()) {
    const at = parts[i]!.start;
    const result = compileOne(part);
    if (result.ok) done.push({ ...ownContents(result, i), warnings: result.warnings.map((w) => moved(w, at)) });
    else errors.push(...result.errors.map((e) => moved(e, at)));
  }
  const [first, ...others] = done;
  if (errors.length || !first) return { ok: false, errors };
  const tables: CompiledTable[] = [...(first.more ?? []), ...others.flatMap((q) => [q, ...(q.more ?? [])])];
  const external = done.flatMap((q) => q.external ?? []);
  return {
    ...first,
    ...(external.length ? { external } : {}),
    more: tables.map(({ sql, params, columns }, i) => ({ name: `Result${i + 2}`, sql, params, columns })),
    tables: [...new Set(done.flatMap((q) => q.tables))],
    rowWise: false,
    filtersTime: done.some((q) => q.filtersTime),
    warnings: done.flatMap((q) => q.warnings),
  };
}

/** Each query numbers the contents it reads from one: those of later queries get names of their own. */
function ownContents(query: CompiledQuery, index: number): CompiledQuery {
  if (!query.external || index === 0) return query;
  const names = new Map(query.external.map(({ param }) => [param, `${param}_${index + 1}`]));
  const renamed = <T extends CompiledTable>(table: T): T => {
    let { sql } = table;
    for (const [from, to] of names) sql = sql.replaceAll(`{${from}:String}`, `{${to}:String}`);
    const params = Object.fromEntries(Object.entries(table.params).map(([k, v]) => [names.get(k) ?? k, v]));
    return { ...table, sql, params };
  };
  return {
    ...renamed(query),
    external: query.external.map((e) => ({ ...e, param: names.get(e.param) ?? e.param })),
    ...(query.more ? { more: query.more.map(renamed) } : {}),
  };
}
