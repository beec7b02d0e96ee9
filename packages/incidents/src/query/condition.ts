/**
 * Conditions over alerts and incidents as data: what the public API's filters become. Nothing in here is SQL text of a
 * caller; fields are looked up in a table and values are bound.
 */
import type { Where } from '../sql.ts';

export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
/** Times are ISO 8601 text, enumerations their wire names. */
export type ConditionValue = string | number | null;

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: Operator;
      readonly value: ConditionValue;
    }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly ConditionValue[] };

export interface FieldColumn {
  readonly sql: string;
  /** PostgreSQL type that a value is bound as. */
  readonly type: 'text' | 'timestamptz' | 'smallint' | 'bigint';
  readonly nullable?: boolean;
  /** A wire value as the column holds it. */
  readonly store?: (value: string | number) => unknown;
}

export type FieldTable = Readonly<Record<string, FieldColumn>>;

const SQL_OPERATORS = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** SQL of a condition that is true or false, never null. Values go into `where`. */
export function conditionSql(condition: Condition, fields: FieldTable, where: Where): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      if (condition.parts.length === 0) return condition.kind === 'and' ? 'true' : 'false';
      return `(${condition.parts.map((part) => conditionSql(part, fields, where)).join(` ${condition.kind} `)})`;
    case 'not':
      return `(not coalesce(${conditionSql(condition.part, fields, where)}, false))`;
    case 'in': {
      const column = fieldOf(fields, condition.field);
      const values = condition.values.filter((value) => value !== null);
      const parts = condition.values.includes(null) ? [`${column.sql} is null`] : [];
      if (values.length > 0)
        parts.push(
          `${column.sql} = any(${where.place(values.map((value) => stored(column, value)))}::${column.type}[])`,
        );
      return parts.length === 0 ? 'false' : `(${parts.join(' or ')})`;
    }
    case 'compare': {
      const column = fieldOf(fields, condition.field);
      const { operator, value } = condition;
      if (value === null) {
        // Only "is" and "is not" have an answer for nothing; everything else compares to false.
        if (operator === 'eq') return `(${column.sql} is null)`;
        return operator === 'ne' ? `(${column.sql} is not null)` : 'false';
      }
      const place = `${where.place(stored(column, value))}::${column.type}`;
      const test = `${column.sql} ${SQL_OPERATORS[operator]} ${place}`;
      return operator === 'ne' && column.nullable ? `(${test} or ${column.sql} is null)` : `(${test})`;
    }
  }
}

function fieldOf(fields: FieldTable, name: string): FieldColumn {
  const column = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!column) throw new Error(`There is no field ${name}`);
  return column;
}

const stored = (column: FieldColumn, value: string | number): unknown => (column.store ? column.store(value) : value);

export interface Order {
  readonly field: string;
  readonly descending: boolean;
}

/**
 * Rows after a place in an order, so that rows that arrive meanwhile shift nothing.
 * @param after values of the order's fields, then of the tie, as text
 */
export function afterSql(
  order: readonly { readonly sql: string; readonly type: string; readonly descending: boolean }[],
  after: readonly string[],
  where: Where,
): string {
  const places = order.map(({ type }, index) => `${where.place(after[index] ?? null)}::${type}`);
  if (order.every(({ descending }) => descending === order[0]?.descending)) {
    const compare = order[0]?.descending ? '<' : '>';
    return `(${order.map(({ sql }) => sql).join(', ')}) ${compare} (${places.join(', ')})`;
  }
  const steps = order.map(({ sql, descending }, index) => {
    const equal = order.slice(0, index).map((each, at) => `${each.sql} = ${places[at]}`);
    return `(${[...equal, `${sql} ${descending ? '<' : '>'} ${places[index]}`].join(' and ')})`;
  });
  return `(${steps.join(' or ')})`;
}
