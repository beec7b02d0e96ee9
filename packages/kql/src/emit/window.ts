import { nullSql } from '../functions/casts.ts';
import { type SqlArg, sqlType, stringLike } from '../functions/declare.ts';
import type { KqlType } from '../types.ts';

/**
 * SQL of a window function.
 * @param all the arguments; the last is the column that holds the row order
 * @param by SQL of the values that keep rows apart; each combination is a sequence of its own
 */
export function windowSql(fn: string, all: readonly SqlArg[], type: KqlType, by: readonly string[]): string {
  const order = all[all.length - 1]!.sql;
  const args = all.slice(0, -1);
  const partition = (extra?: string): string => {
    const parts = extra === undefined ? by : [...by, extra];
    return parts.length ? `PARTITION BY ${parts.join(', ')} ` : '';
  };
  const toHere = 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';
  const running = (extra?: string) => `OVER (${partition(extra)}ORDER BY ${order} ASC ${toHere})`;
  const whole = `OVER (${partition()}ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
  switch (fn) {
    case 'row_number': {
      const start = args[0]?.sql ?? '1';
      return `toInt64(row_number() ${running(args[1]?.sql)} - 1 + ${start})`;
    }
    case 'prev':
    case 'next': {
      const engine = fn === 'prev' ? 'lagInFrame' : 'leadInFrame';
      const cast = (sql: string) => `CAST(${sql}, '${sqlType(type).replaceAll("'", "\\'")}')`;
      const value = stringLike(type) ? args[0]!.sql : cast(args[0]!.sql);
      const offset = args[1]?.sql ?? '1';
      const fallback = args[2]?.sql ?? nullSql(type);
      return `${engine}(${value}, ${offset}, ${stringLike(type) ? fallback : cast(fallback)}) ${whole}`;
    }
    case 'row_cumsum':
      return `sum(${args[0]!.sql}) ${running(args[1]?.sql)}`;
    case 'row_group':
      return `sum(toInt64(ifNull(${args[0]!.sql}, false))) ${running()}`;
    case 'rows_near': {
      // A row is kept when a hit lies at most `before` rows after it, or `after` rows before it.
      const [hit, before, after] = args.map((a) => a.sql);
      const frame = `ROWS BETWEEN ${bound(after)} PRECEDING AND ${bound(before)} FOLLOWING`;
      return `(max(ifNull(${hit}, false)) OVER (${partition()}ORDER BY ${order} ASC ${frame}))`;
    }
    case 'row_changed': {
      // Null and missing text differ from each other only in this form.
      const value = `toString(tuple(${args[0]!.sql}))`;
      const span = `OVER (${partition(args[1]?.sql)}ORDER BY ${order} ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
      return `(lagInFrame(${value}, 1, ${value}) ${span} != ${value})`;
    }
    case 'row_changes':
      return `toInt64(1 + sum(toInt64(${args[0]!.sql})) ${running(args[1]?.sql)})`;
    case 'row_window_session': {
      // Rows that are near each other are one group already; inside it a session ends by its length alone.
      const [time, most, group] = args.map((a) => a.sql);
      const all = `groupArray(reinterpretAsInt64(${time})) ${running(group)}`;
      const start = `arrayFold((s, t) -> if(t >= s + ${most}, t, s), ${all}, first_value(reinterpretAsInt64(${time})) ${running(group)})`;
      return `if(isNull(${time}), NULL, reinterpret(assumeNotNull(${start}), 'DateTime64(7,\\'UTC\\')'))`;
    }
    case 'row_rank_min': {
      const [number, value, restart] = args.map((a) => a.sql);
      const same = restart === undefined ? value : `${restart}, ${value}`;
      return `min(${number}) OVER (${partition(same)})`;
    }
    default:
      throw new Error(`No SQL for ${fn}`);
  }
}

/** A number of rows inside a window frame, where the engine takes plain digits only. */
function bound(sql: string | undefined): string {
  const digits = /\d+/.exec(sql?.replace(/^toInt64/, '') ?? '');
  if (!digits) throw new Error('A frame needs a constant');
  return digits[0];
}
