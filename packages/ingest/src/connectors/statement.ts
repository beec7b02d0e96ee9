import type { SqlParam } from '@parapet/kql';

/** SQL with its bound values. */
export interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlParam>>;
}

/** Give the bound values of a statement names of their own, so that several statements can be joined into one. */
export function renameParams(statement: Statement, prefix: string): Statement {
  const params: Record<string, SqlParam> = {};
  for (const [name, value] of Object.entries(statement.params)) params[`${prefix}${name}`] = value;
  const sql = statement.sql.replace(/\{(p\d+):/g, (_all, name: string) => `{${prefix}${name}:`);
  return { sql, params };
}
