import type { Expr } from '../plan/ir.ts';
import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';
import { constant, stringLike } from './declare.ts';

function firstPresent(args: readonly SqlArg[], c: SqlContext): string {
  if (!stringLike(args[0]!.type))
    return args.length === 1 ? args[0]!.sql : `coalesce(${args.map((a) => a.sql).join(', ')})`;
  const tests = args.slice(0, -1).map((a) => {
    const x = c.once(a.sql);
    const absent = a.type === 'dynamic' ? `${x} NOT IN ('', 'null')` : `${x} != ''`;
    return `${absent}, ${x}`;
  });
  const last = args[args.length - 1]!.sql;
  return tests.length ? `multiIf(${tests.join(', ')}, ${last})` : last;
}

const isBool = (e: Expr | undefined) =>
  e && (e.type === 'bool' || e.type === 'dynamic') ? undefined : 'The condition must be a truth value.';

export const CONDITION_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'iff',
    aliases: ['iif'],
    args: 'bool same same',
    alike: true,
    returns: 'same',
    total: true,
    sql: 'if($1, $2, $3)',
    check: (a) => isBool(a[0]),
    doc: 'One of two values.',
  },
  {
    name: 'case',
    args: 'case',
    returns: 'same',
    total: true,
    sql: (a) => `multiIf(${a.map((x) => x.sql).join(', ')})`,
    doc: 'The value of the first condition that holds.',
  },
  {
    name: 'coalesce',
    args: 'same same*',
    alike: true,
    returns: 'same',
    total: true,
    sql: firstPresent,
    doc: 'The first value that is not null (texts: not empty).',
  },
  {
    name: 'assert',
    args: 'bool string',
    returns: 'bool',
    check: (a) => {
      const [condition, message] = [constant(a[0]), constant(a[1])];
      if (typeof message !== 'string') return 'The message must be a constant text.';
      return condition === false ? message : undefined;
    },
    sql: (a, c) => `(throwIf(NOT ifNull(${a[0]!.sql}, false), ${c.param(String(constant(a[1])))}) = 0)`,
    doc: 'True, or the end of the query with a message.',
  },
  { name: 'not', args: 'bool', returns: 'bool', sql: 'NOT ($1)', doc: 'Logical negation.' },
  {
    name: 'isnull',
    args: 'any',
    returns: 'bool',
    sql: (a) =>
      a[0]!.type === 'dynamic'
        ? `(${a[0]!.sql} IN ('', 'null'))`
        : a[0]!.type === 'guid'
          ? `empty(${a[0]!.sql})`
          : a[0]!.type === 'string'
            ? 'false'
            : `isNull(${a[0]!.sql})`,
    doc: 'True for null; text is never null.',
  },
  {
    name: 'isnotnull',
    aliases: ['notnull'],
    args: 'any',
    returns: 'bool',
    sql: (a) =>
      a[0]!.type === 'dynamic'
        ? `(${a[0]!.sql} NOT IN ('', 'null'))`
        : a[0]!.type === 'guid'
          ? `notEmpty(${a[0]!.sql})`
          : a[0]!.type === 'string'
            ? 'true'
            : `isNotNull(${a[0]!.sql})`,
    doc: 'False for null; text is never null.',
  },
];
