import { describe, expect, test } from 'vitest';
import { run } from './engine.ts';
import type { Scalars, Tables } from './semantics/cases.ts';
import { AGGREGATES, JOINS, ROWS } from './semantics/tables.ts';
import { REGEX, STRINGS, TERMS } from './semantics/text.ts';
import { ADDRESSES, DECIMALS, DYNAMICS, NULLS, NUMBERS, TIMES } from './semantics/values.ts';

/** Expressions that are evaluated by one statement. */
const TOGETHER = 25;

const scalars: Readonly<Record<string, Scalars>> = {
  terms: TERMS,
  'regular expressions': REGEX,
  texts: STRINGS,
  nulls: NULLS,
  numbers: NUMBERS,
  decimals: DECIMALS,
  'dynamic values': DYNAMICS,
  addresses: ADDRESSES,
  times: TIMES,
};

describe.each(Object.entries(scalars))('%s', (_name, cases) => {
  const groups = Array.from({ length: Math.ceil(cases.length / TOGETHER) }, (_, i) =>
    cases.slice(i * TOGETHER, (i + 1) * TOGETHER),
  );
  test.each(groups.map((g, i) => [`part ${i + 1}`, g] as const))('%s', async (_part, group) => {
    const answer = await run(`print ${group.map(([text], i) => `c${i} = ${text}`).join(', ')}`);
    const got = group.map(([text], i) => [text, answer.rows[0]![i]]);
    expect(got).toEqual(group.map(([text, value]) => [text, value]));
  });
});

const tables: Readonly<Record<string, Tables>> = { joins: JOINS, aggregates: AGGREGATES, rows: ROWS };

describe.each(Object.entries(tables))('%s', (_name, cases) => {
  test.each(cases)('%s', async (query, columns, rows) => {
    const answer = await run(query);
    expect(answer.columns.map((c) => c.name).join()).toBe(columns);
    expect(answer.rows).toEqual(rows);
  });
});

test('there are enough cases', () => {
  const count = [...Object.values(scalars), ...Object.values(tables)].reduce((n, c) => n + c.length, 0);
  expect(count).toBeGreaterThan(300);
});
