import { ParapetError } from '@parapet/schema';

/** Conditions of one SELECT with their parameters. */
export class Where {
  readonly params: unknown[] = [];
  readonly #conditions: string[] = [];

  /** @param condition writes the condition around the placeholder of `value` */
  add(value: unknown, condition: (place: string) => string): void {
    this.#conditions.push(condition(this.place(value)));
  }

  raw(condition: string): void {
    this.#conditions.push(condition);
  }

  /** Bind a value and get its placeholder. */
  place(value: unknown): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  toString(): string {
    return this.#conditions.length > 0 ? `where ${this.#conditions.join(' and ')}` : '';
  }
}

/** Text as a LIKE pattern that matches it anywhere. */
export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

export const iso = (time: Date): string => time.toISOString();

/** A decimal id that fits a bigint, or undefined. */
export function decimalId(text: string): string | undefined {
  return /^[1-9]\d{0,17}$/.test(text) ? text : undefined;
}

export function notFound(what: string, id: string): ParapetError {
  return new ParapetError(
    'not_found',
    404,
    `There is no ${what} with the id ${JSON.stringify(id.slice(0, 100))}.`,
    `Check the id, or find the ${what} in its list.`,
  );
}

/** An instant from a query string. @throws ParapetError `invalid_request` 400 naming the field */
export function instant(name: string, text: string): Date {
  const time = new Date(text);
  // PostgreSQL and ClickHouse both lack room for times outside; nothing real is there either.
  const year = time.getUTCFullYear();
  if (Number.isNaN(time.getTime()) || year < 1970 || year > 2261)
    throw new ParapetError(
      'invalid_request',
      400,
      `${name} is not a time.`,
      'Write an ISO 8601 instant, such as 2026-03-01T00:00:00Z.',
    );
  return time;
}
