import type { KqlType } from '../types.ts';
import { castSql, toJson } from './casts.ts';
import type { SqlArg, SqlContext } from './declare.ts';

/** JSON array of arguments for a host call. Null values become `null`. */
export function hostArguments(args: readonly SqlArg[], c: SqlContext): string {
  if (args.length === 0) return `'[]'`;
  const cells = args.map((a) => {
    if (a.type === 'string') return `toJSONString(${a.sql})`;
    const json = c.once(a.type === 'timespan' ? `ifNull(toString(${a.sql}), '')` : toJson(a.sql, a.type, c));
    return `if(${json} = '', 'null', ${json})`;
  });
  return `concat('[', ${cells.join(`, ',', `)}, ']')`;
}

/**
 * SQL of a function that runs in a helper process, as a value of type `type`.
 * @param name `family.function` of `src/host/registry.ts`
 */
export function host(name: string, args: readonly SqlArg[], c: SqlContext, type: KqlType): string {
  const json = c.once(`kqlHost(${c.param(name)}, ${hostArguments(args, c)})`);
  if (type === 'dynamic') return json;
  if (type === 'timespan') return `toInt64OrNull(trim(BOTH '"' FROM ${json}))`;
  return castSql(json, 'dynamic', type, c);
}
