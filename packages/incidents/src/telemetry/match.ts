import type { SqlParam } from '@parapet/kql';
import { kqlString } from './kql.ts';

/**
 * A condition in both languages: SQL that counts, and KQL for the link that shows what was counted. Written together so
 * that they cannot drift apart.
 */
export interface Match {
  /** SQL with named parameters; the names are unique per text. */
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlParam>>;
  readonly kql: string;
}

let counter = 0;

/** Equal without regard to case. */
export function same(column: string, value: string): Match {
  counter = (counter + 1) % 1_000_000;
  const name = `m${counter}`;
  return {
    sql: `lowerUTF8(${column}) = {${name}:String}`,
    params: { [name]: { type: 'String', value: value.toLowerCase() } },
    kql: `${column} =~ ${kqlString(value)}`,
  };
}

/** Contains, without regard to case. */
export function includes(column: string, value: string): Match {
  counter = (counter + 1) % 1_000_000;
  const name = `m${counter}`;
  return {
    sql: `positionCaseInsensitiveUTF8(${column}, {${name}:String}) > 0`,
    params: { [name]: { type: 'String', value } },
    kql: `${column} contains ${kqlString(value)}`,
  };
}

/** The first label of a domain equals, without regard to case: `CORP` and `corp.example.com`. */
export function sameDomain(column: string, value: string): Match {
  counter = (counter + 1) % 1_000_000;
  const name = `m${counter}`;
  return {
    sql: `lowerUTF8(splitByChar('.', toString(${column}))[1]) = {${name}:String}`,
    params: { [name]: { type: 'String', value: value.toLowerCase() } },
    kql: `tolower(tostring(split(${column}, ".")[0])) == ${kqlString(value.toLowerCase())}`,
  };
}

/** Is one of a few spellings; exact, so that the engine's indexes of values help. */
export function among(column: string, values: readonly string[]): Match {
  counter = (counter + 1) % 1_000_000;
  const name = `m${counter}`;
  return {
    sql: `${column} IN ({${name}:Array(String)})`,
    params: { [name]: { type: 'Array(String)', value: [...values] } },
    kql:
      values.length === 1
        ? `${column} == ${kqlString(values[0] ?? '')}`
        : `${column} in (${values.map(kqlString).join(', ')})`,
  };
}

/** Is one of a few names without regard to case. */
export function named(column: string, values: readonly string[]): Match {
  counter = (counter + 1) % 1_000_000;
  const name = `m${counter}`;
  return {
    sql: `lowerUTF8(toString(${column})) IN ({${name}:Array(String)})`,
    params: { [name]: { type: 'Array(String)', value: values.map((value) => value.toLowerCase()) } },
    kql: `${column} in~ (${values.map(kqlString).join(', ')})`,
  };
}

/** A name as the whole value, or as the host of an address that begins with it. */
export function host(column: string, value: string): Match {
  const start = (text: string): Match => {
    counter = (counter + 1) % 1_000_000;
    const name = `m${counter}`;
    return {
      sql: `startsWith(lowerUTF8(${column}), {${name}:String})`,
      params: { [name]: { type: 'String', value: text.toLowerCase() } },
      kql: `${column} startswith ${kqlString(text)}`,
    };
  };
  return any(
    same(column, value),
    ...[
      `${value}/`,
      `${value}:`,
      ...['http', 'https'].flatMap((scheme) => [`${scheme}://${value}/`, `${scheme}://${value}:`]),
    ].map(start),
    ...['http', 'https'].map((scheme) => same(column, `${scheme}://${value}`)),
  );
}

const join = (matches: readonly Match[], sqlWord: string, kqlWord: string): Match => ({
  sql: matches.length === 1 ? (matches[0]?.sql ?? '') : `(${matches.map(({ sql }) => sql).join(` ${sqlWord} `)})`,
  params: Object.assign({}, ...matches.map(({ params }) => params)),
  kql: matches.length === 1 ? (matches[0]?.kql ?? '') : `(${matches.map(({ kql }) => kql).join(` ${kqlWord} `)})`,
});

export const all = (...matches: readonly Match[]): Match => join(matches, 'AND', 'and');
export const any = (...matches: readonly Match[]): Match => join(matches, 'OR', 'or');
