import type { QueryOptions, QueryResult, TelemetryStore } from '@parapet/store';

/** A query for a page: whoever waits for it should not wait long. */
const PAGE_LIMITS = { timeoutMs: 15_000, maxMemoryBytes: 2 ** 30, maxResultBytes: 64 * 2 ** 20 };

export type Row = Record<string, unknown>;

/** `2026-03-01 10:00:00.1234567` → `2026-03-01T10:00:00.1234567Z` */
export const toIso = (time: string): string => `${time.replace(' ', 'T')}Z`;

/** ISO text as a DateTime64(7) parameter. */
export function toTime(iso: string): { type: string; value: string } {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?\d*Z$/.exec(iso);
  const text = match
    ? `${match[1]} ${match[2]}.${(match[3] ?? '').padEnd(7, '0')}`
    : new Date(iso).toISOString().replace('T', ' ').slice(0, -1).padEnd(27, '0');
  return { type: "DateTime64(7, 'UTC')", value: text };
}

export const strings = (value: readonly string[]) => ({ type: 'Array(String)', value }) as const;
export const string = (value: string) => ({ type: 'String', value }) as const;
export const number = (value: number) => ({ type: 'Int64', value }) as const;

/** Run a bounded SELECT and get objects, with times as ISO, numbers as numbers and JSON columns as text. */
export async function select(store: TelemetryStore, sql: string, options: QueryOptions = {}): Promise<Row[]> {
  return objects(await store.query(sql, { limits: PAGE_LIMITS, ...options }));
}

function objects(result: QueryResult): Row[] {
  const convert = result.columns.map(({ type }) => converter(type));
  return result.rows.map((row) => {
    const object: Row = {};
    result.columns.forEach(({ name }, index) => {
      object[name] = convert[index]?.(row[index]);
    });
    return object;
  });
}

function converter(type: string): (value: unknown) => unknown {
  if (/DateTime64/.test(type) && !/Array|Tuple/.test(type))
    return (value) => (typeof value === 'string' ? toIso(value) : null);
  if (/^(Nullable\()?U?Int(64|128)/.test(type))
    return (value) => {
      if (typeof value !== 'string') return value ?? null;
      const parsed = Number(value);
      return Number.isSafeInteger(parsed) ? parsed : value;
    };
  return (value) => value ?? null;
}

export const str = (row: Row, column: string): string => {
  const value = row[column];
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
};
export const num = (row: Row, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' ? value : null;
};

const HIDDEN = new Set(['_Batch', '_TimeReceived', '_tie']);

/** The row as people see it: filled columns only, JSON columns parsed. */
export function shown(row: Row): Row {
  const result: Row = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === '' || HIDDEN.has(name)) continue;
    result[name] = name === 'AdditionalFields' && typeof value === 'string' ? parsed(value) : value;
  }
  return result;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
