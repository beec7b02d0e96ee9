import type { Expr } from '../plan/ir.ts';
import {
  constant,
  datetimeInRange,
  datetimeOf,
  type FunctionDecl,
  realOf,
  type SqlArg,
  type SqlContext,
  ticks,
} from './declare.ts';
import { formatDatetime, formatError, formatTimespan } from './format.ts';

const DAY = 'toInt64(864000000000)';
/** Ticks of 1970-01-01 after year 1: bins of datetimes count from there. */
const EPOCH = '621355968000000000';
const YEAR_ONE_MONDAY_SHIFT = '864000000000';

/** Floor of whole numbers, also below zero. */
function floorTo(value: string, step: string, c: SqlContext): string {
  const known = /^toInt64\((\d+)\)$/.exec(step)?.[1];
  // Signed on both sides: the engine takes the remainder by an unsigned number in unsigned arithmetic.
  const s = known && Number(known) > 0 ? step : c.once(`if(${step} > 0, toInt64(${step}), NULL)`);
  const v = c.once(value);
  const m = c.once(`${v} % ${s}`);
  return `(${v} - if(${m} < 0, ${m} + ${s}, ${m}))`;
}

/** Ticks of a datetime brought down to a multiple of the step, counted from year one plus a shift: never below zero. */
function floorDate(sql: string, step: string, shift: string, c: SqlContext): string {
  const t = c.once(ticks(sql));
  return `(${t} - (${t} + ${EPOCH}${shift === '0' ? '' : ` + ${shift}`}) % ${step})`;
}

function bin(args: readonly SqlArg[], c: SqlContext): string {
  const [x, step] = [args[0]!, args[1]!];
  if (x.type === 'datetime') {
    // Counted from year one, so that weeks start on Mondays and every bin is where the language puts it.
    const size = constant(step);
    if (typeof size === 'string' && BigInt(size) > 0n) return datetimeOf(floorDate(x.sql, step.sql, '0', c));
    return datetimeOf(`(${floorTo(`(${ticks(x.sql)} + ${EPOCH})`, step.sql, c)} - ${EPOCH})`);
  }
  if (x.type === 'timespan' || x.type === 'int' || x.type === 'long') {
    const whole = step.type === 'int' || step.type === 'long' || step.type === 'timespan';
    if (whole) {
      const sql = floorTo(`toInt64(${x.sql})`, `toInt64(${step.sql})`, c);
      return x.type === 'int' && step.type === 'int' ? `toInt32(${sql})` : sql;
    }
  }
  const s = c.once(`nullIf(${realOf(step)}, 0)`);
  return `(floor(${realOf(x)} / ${s}) * ${s})`;
}

const binType = (args: readonly Expr[]) => {
  const [x, step] = [args[0]!.type, args[1]?.type ?? 'long'];
  if (x === 'datetime' || x === 'timespan') return x;
  if (x === 'dynamic') return step === 'timespan' ? 'datetime' : 'real';
  if (x === 'real' || step === 'real' || x === 'decimal' || step === 'decimal') return 'real';
  return x === 'int' && step === 'int' ? 'int' : 'long';
};

function binAt(args: readonly SqlArg[], c: SqlContext): string {
  const [x, step, at] = [args[0]!, args[1]!, args[2]!];
  if (x.type === 'datetime')
    return datetimeOf(`(${floorTo(`${ticks(x.sql)} - ${ticks(at.sql)}`, step.sql, c)} + ${ticks(at.sql)})`);
  if (x.type === 'real') return `(floor((${x.sql} - ${at.sql}) / ${step.sql}) * ${step.sql} + ${at.sql})`;
  return `(${floorTo(`${x.sql} - ${at.sql}`, step.sql, c)} + ${at.sql})`;
}

/** Midnight of the day, as ticks. */
const dayTicks = (sql: string, c: SqlContext) => floorDate(sql, DAY, '0', c);

/** Ticks of the first day of a month counted from year 0, by calendar arithmetic: the engine's dates end too early. */
function monthTicks(months: string, _c: SqlContext): string {
  // Lambdas rather than names for the parts: the engine copies a named expression into every use of it.
  const year = 'intDiv(mth, 12) - if(mth % 12 < 2, 1, 0)';
  const day = 'intDiv(153 * (mth % 12 + if(mth % 12 < 2, 10, -2)) + 2, 5)';
  const days = 'intDiv(yr, 400) * 146097 + yr % 400 * 365 + intDiv(yr % 400, 4) - intDiv(yr % 400, 100) + dy - 719468';
  return `arrayMap(mth -> arrayMap((yr, dy) -> (${days}) * ${DAY}, [${year}], [${day}])[1], [toInt64(${months})])[1]`;
}

/** Months since year 0. */
const monthsOf = (sql: string) => `(toInt64(toYear(${sql})) * 12 + toInt64(toMonth(${sql})) - 1)`;

type Unit = 'day' | 'week' | 'month' | 'year';

/** Start of a unit, shifted by a number of units, as ticks. */
function startTicks(unit: Unit, sql: string, shift: string, c: SqlContext): string {
  switch (unit) {
    case 'day':
      return `(${dayTicks(sql, c)} + (${shift}) * ${DAY})`;
    case 'week':
      // Weeks start on Sunday.
      return `(${floorDate(sql, `toInt64(7 * ${DAY})`, YEAR_ONE_MONDAY_SHIFT, c)} + (${shift}) * 7 * ${DAY})`;
    case 'month':
      return monthTicks(`${monthsOf(sql)} + (${shift})`, c);
    case 'year':
      return monthTicks(`(toInt64(toYear(${sql})) + (${shift})) * 12`, c);
  }
}

function startOf(unit: Unit) {
  return (args: readonly SqlArg[], c: SqlContext) => {
    if (unit === 'day' && !args[1]) return datetimeOf(dayTicks(args[0]!.sql, c));
    return datetimeInRange(startTicks(unit, args[0]!.sql, args[1]?.sql ?? '0', c), c);
  };
}

function endOf(unit: Unit) {
  return (args: readonly SqlArg[], c: SqlContext) =>
    datetimeInRange(`(${startTicks(unit, args[0]!.sql, `${args[1]?.sql ?? '0'} + 1`, c)} - 1)`, c);
}

const PER_UNIT: Readonly<Record<string, string>> = {
  day: DAY,
  hour: 'toInt64(36000000000)',
  minute: 'toInt64(600000000)',
  second: 'toInt64(10000000)',
  millisecond: 'toInt64(10000)',
  microsecond: 'toInt64(10)',
};

function unitOf(arg: SqlArg | undefined): string {
  return String(constant(arg) ?? '').toLowerCase();
}

function difference(args: readonly SqlArg[], c: SqlContext): string {
  const unit = unitOf(args[0]);
  const [a, b] = [args[1]!.sql, args[2]!.sql];
  const months = (x: string) => `(toInt64(toYear(${x})) * 12 + toInt64(toMonth(${x})))`;
  if (unit === 'nanosecond') return `((${ticks(a)} - ${ticks(b)}) * 100)`;
  if (unit === 'year') return `(toInt64(toYear(${a})) - toInt64(toYear(${b})))`;
  if (unit === 'quarter') return `(intDiv(${months(a)} - 1, 3) - intDiv(${months(b)} - 1, 3))`;
  if (unit === 'month') return `(${months(a)} - ${months(b)})`;
  if (unit === 'week') {
    const week = (x: string) => `intDiv(${ticks(x)} + ${EPOCH} + ${YEAR_ONE_MONDAY_SHIFT}, 7 * ${DAY})`;
    return `toFloat64(${week(a)} - ${week(b)})`;
  }
  const per = PER_UNIT[unit];
  const floored = (x: string) => `intDiv(${floorTo(`(${ticks(x)} + ${EPOCH})`, per!, c)}, ${per})`;
  return `(${floored(a)} - ${floored(b)})`;
}

function add(args: readonly SqlArg[], c: SqlContext): string {
  const unit = unitOf(args[0]);
  const [n, x] = [args[1]!.sql, args[2]!.sql];
  if (unit === 'nanosecond') return datetimeInRange(`(${ticks(x)} + intDiv(${n}, 100))`, c);
  if (PER_UNIT[unit]) return datetimeInRange(`(${ticks(x)} + ${n} * ${PER_UNIT[unit]})`, c);
  if (unit === 'week') return datetimeInRange(`(${ticks(x)} + ${n} * 7 * ${DAY})`, c);
  const months = unit === 'year' ? `${n} * 12` : unit === 'quarter' ? `${n} * 3` : n;
  const target = c.once(`${monthsOf(x)} + ${months}`);
  const start = c.once(monthTicks(target, c));
  const days = `intDiv(${monthTicks(`${target} + 1`, c)} - ${start}, ${DAY})`;
  const day = `least(toInt64(toDayOfMonth(${x})), ${days}) - 1`;
  return datetimeInRange(`(${start} + (${day}) * ${DAY} + ${ticks(x)} - ${dayTicks(x, c)})`, c);
}

function part(args: readonly SqlArg[], c: SqlContext): string {
  const x = args[1]!.sql;
  const within = (step: string, over: string) => `intDiv(${c.once(`(${ticks(x)} + ${EPOCH})`)}, ${step}) % ${over}`;
  switch (unitOf(args[0])) {
    case 'year':
      return `toInt32(toYear(${x}))`;
    case 'quarter':
      return `toInt32(toQuarter(${x}))`;
    case 'month':
      return `toInt32(toMonth(${x}))`;
    case 'week_of_year':
    case 'weekofyear':
    case 'week':
      return `toInt32(toISOWeek(${x}))`;
    case 'day':
      return `toInt32(toDayOfMonth(${x}))`;
    case 'dayofyear':
      return `toInt32(toDayOfYear(${x}))`;
    case 'hour':
      return `toInt32(${within('36000000000', '24')})`;
    case 'minute':
      return `toInt32(${within('600000000', '60')})`;
    case 'second':
      return `toInt32(${within('10000000', '60')})`;
    case 'millisecond':
      return `toInt32(${within('10000', '1000')})`;
    case 'microsecond':
      return `toInt32(${within('10', '1000000')})`;
    default:
      return `toInt32((${c.once(`(${ticks(x)} + ${EPOCH})`)} % 10000000) * 100)`;
  }
}

const UNITS = new Set([
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
  'nanosecond',
]);
const checkUnit =
  (more: readonly string[] = []) =>
  (args: readonly Expr[]) => {
    const u = String(constant(args[0]) ?? '').toLowerCase();
    return UNITS.has(u) || more.includes(u) ? undefined : `The unit must be one of ${[...UNITS].join(', ')}.`;
  };

const makeDatetime = (args: readonly SqlArg[], c: SqlContext): string => {
  const n = (i: number) => args[i]?.sql ?? '0';
  const start = monthTicks(`${n(0)} * 12 + ${n(1)} - 1`, c);
  const days = `intDiv(${monthTicks(`${n(0)} * 12 + ${n(1)}`, c)} - ${start}, ${DAY})`;
  const valid = `${n(0)} BETWEEN 1 AND 9999 AND ${n(1)} BETWEEN 1 AND 12 AND ${n(2)} BETWEEN 1 AND ${days} AND ${n(3)} BETWEEN 0 AND 23 AND ${n(4)} BETWEEN 0 AND 59`;
  return `if(${valid}, ${datetimeOf(`(${start} + (${n(2)} - 1) * ${DAY} + ${n(3)} * 36000000000 + ${n(4)} * 600000000 + toInt64(round(${n(5)} * 10000000)))`)}, NULL)`;
};

const span = (args: readonly SqlArg[]): string => {
  const n = (i: number) => args[i]!.sql;
  const shift = args.length === 4 ? 1 : 0;
  const [h, m, s] = [n(shift), n(1 + shift), args.length > 2 ? n(2 + shift) : '0'];
  const clock = `toInt64(${h} * 36000000000 + ${m} * 600000000 + round(${s} * 10000000))`;
  return `if(${h} BETWEEN 0 AND 23 AND ${m} BETWEEN 0 AND 59 AND ${s} >= 0 AND ${s} < 60, ${clock}${shift ? ` + ${n(0)} * ${DAY}` : ''}, NULL)`;
};

const unix = (name: string, factor: string): FunctionDecl => ({
  name,
  args: 'number',
  returns: 'datetime',
  sql: `if(toFloat64($1) ${factor} BETWEEN -621355968000000000 AND 2534023007999999999, ${datetimeOf(`toInt64($1 ${factor})`)}, NULL)`,
  doc: 'Datetime of a Unix time; null outside the years 1 to 9999.',
});

export const DATETIME_FUNCTIONS: readonly FunctionDecl[] = [
  { name: 'bin', aliases: ['floor'], args: 'any any', returns: binType, sql: bin, doc: 'Rounds down to a multiple.' },
  {
    name: 'bin_at',
    args: 'any any any',
    returns: binType,
    sql: binAt,
    doc: 'Rounds down to a multiple, counted from a fixed point.',
  },
  { name: 'startofday', args: 'datetime long?', returns: 'datetime', sql: startOf('day'), doc: 'Midnight of the day.' },
  {
    name: 'startofweek',
    args: 'datetime long?',
    returns: 'datetime',
    sql: startOf('week'),
    doc: 'Sunday of the week.',
  },
  {
    name: 'startofmonth',
    args: 'datetime long?',
    returns: 'datetime',
    sql: startOf('month'),
    doc: 'First of the month.',
  },
  { name: 'startofyear', args: 'datetime long?', returns: 'datetime', sql: startOf('year'), doc: 'First of January.' },
  { name: 'endofday', args: 'datetime long?', returns: 'datetime', sql: endOf('day'), doc: 'Last tick of the day.' },
  { name: 'endofweek', args: 'datetime long?', returns: 'datetime', sql: endOf('week'), doc: 'Last tick of Saturday.' },
  {
    name: 'endofmonth',
    args: 'datetime long?',
    returns: 'datetime',
    sql: endOf('month'),
    doc: 'Last tick of the month.',
  },
  { name: 'endofyear', args: 'datetime long?', returns: 'datetime', sql: endOf('year'), doc: 'Last tick of the year.' },
  {
    name: 'dayofweek',
    args: 'datetime',
    returns: 'timespan',
    // The last week of the calendar has no end, which the reference answers with null.
    sql: `if($1 >= toDateTime64('9999-12-26 00:00:00', 7, 'UTC'), NULL, toInt64(toDayOfWeek($1) % 7) * ${DAY})`,
    doc: 'Days since Sunday, as a timespan.',
  },
  { name: 'dayofmonth', args: 'datetime', returns: 'int', sql: 'toInt32(toDayOfMonth($1))', doc: 'Day in the month.' },
  { name: 'dayofyear', args: 'datetime', returns: 'int', sql: 'toInt32(toDayOfYear($1))', doc: 'Day in the year.' },
  { name: 'hourofday', args: 'datetime', returns: 'int', sql: 'toInt32(toHour($1))', doc: 'Hour, 0 to 23.' },
  {
    name: 'monthofyear',
    aliases: ['getmonth'],
    args: 'datetime',
    returns: 'int',
    sql: 'toInt32(toMonth($1))',
    doc: 'Month, 1 to 12.',
  },
  {
    name: 'week_of_year',
    aliases: ['weekofyear'],
    args: 'datetime',
    returns: 'int',
    sql: 'toInt32(toISOWeek($1))',
    doc: 'ISO week.',
  },
  { name: 'getyear', args: 'datetime', returns: 'int', sql: 'toInt32(toYear($1))', doc: 'Year.' },
  {
    name: 'datetime_diff',
    args: 'string datetime datetime',
    // Weeks come as a real, whole though they are.
    returns: (a) => (String(constant(a[0]) ?? '').toLowerCase() === 'week' ? 'real' : 'long'),
    sql: difference,
    check: checkUnit(),
    doc: 'Number of unit borders between two datetimes.',
  },
  {
    name: 'datetime_add',
    args: 'string long datetime',
    returns: 'datetime',
    sql: add,
    check: checkUnit(),
    doc: 'A datetime shifted by units.',
  },
  {
    name: 'datetime_part',
    aliases: ['datepart'],
    args: 'string datetime',
    returns: 'int',
    sql: part,
    check: checkUnit(['week_of_year', 'weekofyear', 'dayofyear']),
    doc: 'One part of a datetime.',
  },
  {
    name: 'make_datetime',
    args: 'long long long? long? long? real? real?',
    returns: 'datetime',
    sql: makeDatetime,
    doc: 'Datetime of parts.',
  },
  { name: 'make_timespan', args: 'long long real? real?', returns: 'timespan', sql: span, doc: 'Timespan of parts.' },
  {
    name: 'format_datetime',
    args: 'datetime string',
    returns: 'string',
    sql: (a, c) => formatDatetime(a[0]!.sql, constant(a[1]), c),
    check: (a) => formatError(constant(a[1]), false),
    doc: 'Text of a datetime.',
  },
  {
    name: 'format_timespan',
    args: 'timespan string',
    returns: 'string',
    sql: (a, c) => formatTimespan(a[0]!.sql, constant(a[1]), c),
    check: (a) => formatError(constant(a[1]), true),
    doc: 'Text of a timespan.',
  },
  unix('unixtime_seconds_todatetime', '* 10000000'),
  unix('unixtime_milliseconds_todatetime', '* 10000'),
  unix('unixtime_microseconds_todatetime', '* 10'),
  unix('unixtime_nanoseconds_todatetime', '/ 100'),
  {
    name: 'around',
    args: 'any any any',
    returns: 'bool',
    sql: (a) =>
      a[0]!.type === 'datetime'
        ? `(abs(${ticks(a[0]!.sql)} - ${ticks(a[1]!.sql)}) <= ${a[2]!.sql})`
        : `(abs(${a[0]!.sql} - ${a[1]!.sql}) <= ${a[2]!.sql})`,
    doc: 'True near a value.',
  },
];
