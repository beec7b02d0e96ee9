import { compile } from './compile.ts';
import type { CompileOptions, CompileResult, RowRestriction } from './types.ts';

const LIMIT = 500;
const entries = new Map<string, CompileResult>();

/** The options of a compile call as plain data: what can be sent to a worker, and what a result depends on. */
export interface PlainOptions extends Omit<CompileOptions, 'schema' | 'restrict' | 'trace'> {
  /** Row restrictions by table name, in place of `restrict`. */
  readonly restrictions?: Readonly<Record<string, RowRestriction>>;
}

/**
 * `compile` with the most recent 500 results kept, by text, schema version and the other options. `now` is part of the
 * key because `ago()` becomes a constant: pass a rounded instant where many equal queries are expected.
 */
export function compileCached(text: string, schema: CompileOptions['schema'], options: PlainOptions): CompileResult {
  const { restrictions, ...rest } = options;
  const key = JSON.stringify([text, schema.version, schema.tables.length, rest, restrictions]);
  const known = entries.get(key);
  if (known) {
    entries.delete(key);
    entries.set(key, known);
    return known;
  }
  const restrict = restrictions
    ? (table: string): RowRestriction | undefined =>
        Object.hasOwn(restrictions, table) ? restrictions[table] : undefined
    : undefined;
  const result = compile(text, { ...rest, schema, ...(restrict ? { restrict } : {}) });
  entries.set(key, result);
  if (entries.size > LIMIT) entries.delete(entries.keys().next().value!);
  return result;
}
