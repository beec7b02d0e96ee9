import type { KqlType } from '../types.ts';
import { castSql, toJson } from './casts.ts';
import type { SqlArg, SqlContext } from './declare.ts';

/** JSON of one argument, `null` for null. Names the argument only once: the engine copies named expressions. */
function hostArgument(a: SqlArg, c: SqlContext): string {
  switch (a.type) {
    case 'string':
      return `toJSONString(${a.sql})`;
    case 'int':
    case 'long':
    case 'timespan':
      return `ifNull(toString(${a.sql}), 'null')`;
    case 'bool':
      // A comparison is a small number to the engine.
      return `ifNull(toString(CAST(${a.sql}, 'Nullable(Bool)')), 'null')`;
    case 'real':
    case 'decimal':
      return `ifNull(replaceOne(replaceRegexpOne(toString(${a.sql}), '^-?[a-z]+$', '"\\\\0"'), 'nan', 'NaN'), 'null')`;
    default:
      return `ifNull(nullIf(${toJson(a.sql, a.type, c)}, ''), 'null')`;
  }
}

/** JSON array of arguments for a host call. Null values become `null`. */
export function hostArguments(args: readonly SqlArg[], c: SqlContext): string {
  if (args.length === 0) return `'[]'`;
  return `concat('[', ${args.map((a) => hostArgument(a, c)).join(`, ',', `)}, ']')`;
}

/**
 * SQL of a function that runs in a helper process, as a value of type `type`.
 * @param name `family.function` of `src/host/registry.ts`
 */
export function host(name: string, args: readonly SqlArg[], c: SqlContext, type: KqlType): string {
  const call = `kqlHost(${c.param(name)}, ${hostArguments(args, c)})`;
  const bare = `trim(BOTH '"' FROM ${call})`;
  switch (type) {
    case 'dynamic':
      return c.once(call);
    case 'string':
    case 'guid':
      return `JSONExtractString(${call})`;
    case 'real':
    case 'decimal':
      return `toFloat64OrNull(${bare})`;
    case 'int':
      return `toInt32OrNull(${bare})`;
    case 'long':
    case 'timespan':
      return `toInt64OrNull(${bare})`;
    case 'bool':
      return `accurateCastOrNull(${call}, 'Bool')`;
    case 'datetime':
      return castSql(c.once(call), 'dynamic', type, c);
  }
}
