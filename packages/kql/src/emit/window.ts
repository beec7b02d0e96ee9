import { nullSql } from '../functions/casts.ts';
import { type SqlArg, type SqlContext, sqlType, stringLike } from '../functions/declare.ts';
import type { KqlType } from '../types.ts';

/** SQL of a window function. The last argument is the column that holds the row order. */
export function windowSql(fn: string, all: readonly SqlArg[], type: KqlType, _c: SqlContext): string {
  const order = all[all.length - 1]!.sql;
  const args = all.slice(0, -1);
  const frame = `OVER (ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
  const running = `OVER (ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  switch (fn) {
    case 'row_number': {
      const start = args[0]?.sql ?? '1';
      const restart = args[1];
      if (!restart) return `toInt64(row_number() ${running} - 1 + ${start})`;
      return `toInt64(row_number() OVER (PARTITION BY ${restart.sql} ORDER BY ${order} ASC) - 1 + ${start})`;
    }
    case 'prev':
    case 'next': {
      const engine = fn === 'prev' ? 'lagInFrame' : 'leadInFrame';
      const value = stringLike(type)
        ? args[0]!.sql
        : `CAST(${args[0]!.sql}, '${sqlType(type).replaceAll("'", "\\'")}')`;
      const offset = args[1]?.sql ?? '1';
      const fallback = args[2]?.sql ?? nullSql(type);
      return `${engine}(${value}, ${offset}, ${stringLike(type) ? fallback : `CAST(${fallback}, '${sqlType(type).replaceAll("'", "\\'")}')`}) ${frame}`;
    }
    case 'row_cumsum': {
      const restart = args[1];
      if (!restart) return `sum(${args[0]!.sql}) ${running}`;
      return `sum(${args[0]!.sql}) OVER (PARTITION BY ${restart.sql} ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
    }
    case 'row_group':
      return `sum(toInt64(ifNull(${args[0]!.sql}, false))) ${running}`;
    case 'row_rank_dense':
    case 'row_rank_min': {
      // The rows are sorted by the value: equal values are neighbours.
      const part = args[1] ? `${args[1].sql}, ` : '';
      const first = `min(${order}) OVER (PARTITION BY ${part}${args[0]!.sql})`;
      const start = args[1] ? `min(${order}) OVER (PARTITION BY ${args[1].sql})` : '1';
      if (fn === 'row_rank_min') return `toInt64(${first} - ${start} + 1)`;
      const all = args[1] ? `PARTITION BY ${args[1].sql} ` : '';
      const values = `uniqExact(tuple(${args[0]!.sql})) OVER (${all}ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
      return `toInt64(${values})`;
    }
    default:
      throw new Error(`No SQL for ${fn}`);
  }
}
