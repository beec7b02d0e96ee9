import { compile } from './compile.ts';
import type { CompileOptions, CompileResult, RowRestriction } from './types.ts';

const LIMIT = 500;
const entries = new Map<string, CompileResult>();

/** The options of a compile call as plain data: what can be sent to a worker, and what a result depends on. */
export interface PlainOptions extends Omit<CompileOptions, 'schema' | 'restrict' | 'trace'> {
  /** Row restrictions by table name, in place of `restrict`. */
  readonly restrictions?: Readonly<Record<string, RowRestriction>>;
}

/** Plain options as `compile` takes them. */
export function optionsOf(schema: CompileOptions['schema'], options: PlainOptions): CompileOptions {
  const { restrictions, ...rest } = options;
  if (!restrictions) return { ...rest, schema };
  const restrict = (table: string): RowRestriction | undefined =>
    Object.hasOwn(restrictions, table) ? restrictions[table] : undefined;
  return { ...rest, schema, restrict };
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
  const result = compile(text, optionsOf(schema, options));
  entries.set(key, result);
  if (entries.size > LIMIT) entries.delete(entries.keys().next().value!);
  return result;
}
