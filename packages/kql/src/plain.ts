import { compile } from './compile.ts';
import type { CompileOptions, CompileResult, RowRestriction } from './types.ts';

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

/** `compile` with plain options. */
export function compilePlain(text: string, schema: CompileOptions['schema'], options: PlainOptions): CompileResult {
  return compile(text, optionsOf(schema, options));
}
