import { expect, test } from 'vitest';
import { diffTexts, reduceTexts } from '../src/host/text-patterns.ts';
import { compile } from '../src/index.ts';
import { NOW, run, SCHEMA } from './engine.ts';

const rowsOf = async (query: string): Promise<readonly (readonly unknown[])[]> => (await run(query)).rows;

/** The first error of a text: its code, and the part of the text it points at. */
function errorOf(text: string): [string, string, string | undefined] {
  const result = compile(text, { schema: SCHEMA, now: NOW });
  if (result.ok || !result.errors[0]) throw new Error('No error');
  const e = result.errors[0];
  return [e.code, text.slice(e.start, e.start + e.length), e.suggestion];
}

test('plugins that reach outside, unknown ones and wrong arguments are refused at their place', () => {
  expect(errorOf('print x=1 | evaluate python(typeof(*), "x")').slice(0, 2)).toEqual(['KQL0126', 'python']);
  expect(errorOf('print x=1 | evaluate http_request("http://x")').slice(0, 2)).toEqual(['KQL0126', 'http_request']);
  expect(errorOf('print x=1 | evaluate bag_unpak(x)')).toEqual(['KQL0125', 'bag_unpak', 'bag_unpack']);
  expect(errorOf('print x=dynamic({}) | evaluate bag_unpack(x, columnConflict="error")').slice(0, 2)).toEqual([
    'KQL0124',
    '"error"',
  ]);
  expect(errorOf('print x=1 | evaluate bag_unpack(x)').slice(0, 2)).toEqual(['KQL0120', 'x']);
  expect(errorOf('print x=1 | evaluate basket(7)').slice(0, 2)).toEqual(['KQL0122', '7']);
  expect(
    errorOf('print x=1, t=now() | evaluate sliding_window_counts(x, t, now(), now(), 1d, "decade")').slice(0, 2),
  ).toEqual(['KQL0121', '"decade"']);
});

test('a property that meets a column is an error unless the text says which one stays', async () => {
  const table = 'datatable(Name:string, d:dynamic)["x", dynamic({"Name": "y"})] | evaluate bag_unpack(d';
  await expect(rowsOf(`${table})`)).rejects.toThrow(/second column named 'Name'/);
  expect(await rowsOf(`${table}, columnsConflict='replace_source')`)).toEqual([['y']]);
  expect(await rowsOf(`${table}, '', 'keep_source')`)).toEqual([['x']]);
});

test('the documented cohort table of new_activity_metrics', async () => {
  const rows = await rowsOf(`
    let Users = datatable(Timestamp:datetime, u:dynamic)[
      datetime(2019-11-01), dynamic([0,2,3,4]), datetime(2019-11-02), dynamic([0,1,3,4,5]), datetime(2019-11-03), dynamic([0,2,4,5]),
      datetime(2019-11-04), dynamic([0,1,2,3]), datetime(2019-11-05), dynamic([0,1,2,3,4])] | mv-expand user = u to typeof(long);
    Users
    | evaluate new_activity_metrics(user, Timestamp, datetime(2019-11-01), datetime(2019-11-07) - 1tick, 1d)
    | where from_Timestamp < datetime(2019-11-03)
    | project dcount_new_values, dcount_retained_values, dcount_churn_values, retention_rate`);
  expect(rows).toEqual([
    [4, 4, 0, 1],
    [2, 3, 1, 0.75],
    [1, 3, 1, 0.75],
    [1, 3, 1, 0.75],
    [1, 4, 0, 1],
    [0, 0, 4, 0],
    [2, 2, 0, 1],
    [0, 1, 1, 0.5],
    [0, 1, 1, 0.5],
    [0, 1, 1, 0.5],
    [0, 0, 2, 0],
  ]);
});

test('funnels: states around a sequence, and how far ids come in time', async () => {
  const table = `let S = datatable(Id:long, T:datetime, E:string)[
    1, datetime(2020-01-01 01:00), "Hail", 1, datetime(2020-01-01 02:00), "Tornado", 1, datetime(2020-01-03), "Wind",
    2, datetime(2020-01-01 05:00), "Hail", 2, datetime(2020-01-01 06:00), "Tornado", 2, datetime(2020-01-01 07:00), "Wind"];`;
  const range = 'Id, T, datetime(2020-01-01), datetime(2021-01-01)';
  expect(
    await rowsOf(
      `${table} S | evaluate funnel_sequence(${range}, 1d, 365d, E, dynamic(['Tornado'])) | project prev, next, ['dcount'] | sort by next asc`,
    ),
  ).toEqual([
    ['Hail', '', 1],
    ['Hail', 'Wind', 1],
  ]);
  expect(
    await rowsOf(
      `${table} S | evaluate funnel_sequence_completion(${range}, 365d, E, dynamic(['Hail', 'Wind']), dynamic([1h, 3d])) | project E, Period, ['dcount']`,
    ),
  ).toEqual([
    ['Hail', '01:00:00', 2],
    ['Wind', '01:00:00', 0],
    ['Hail', '3.00:00:00', 2],
    ['Wind', '3.00:00:00', 2],
  ]);
  expect(
    await rowsOf(
      `${table} S | evaluate sequence_detect(T, 1d, 2d, h=(E == "Hail"), w=(E == "Wind"), Id) | project Id, Duration`,
    ),
  ).toEqual([[2, '02:00:00']]);
});

test('preview gives the number of all rows as a second table', async () => {
  expect(await rowsOf('range x from 1 to 20 step 1 | evaluate preview(2)')).toHaveLength(2);
  const result = compile('range x from 1 to 20 step 1 | evaluate preview(2)', { schema: SCHEMA, now: NOW });
  expect(result.ok && result.more?.map((m) => m.columns)).toEqual([[{ name: 'Count', type: 'long' }]]);
});

test('texts without anything in common stay under others', () => {
  const options = { threshold: 0.1, characters: '' };
  expect(reduceTexts([[]], options)).toEqual([]);
  expect(reduceTexts([[['a1'], ['b2'], [null]]], options)).toEqual([['others', 3, '']]);
  expect(reduceTexts([[['x-1'], ['x-2']]], { threshold: 0.1, characters: '-' })).toEqual([['x*', 2, 'x-1']]);
  expect(reduceTexts([[['x]1'], ['x]2']]], { threshold: 0.1, characters: '^]\\' })).toEqual([['x*', 2, 'x]1']]);
});

test('text patterns tell two sets of rows apart', () => {
  const rows = [
    ['connection to a failed', false],
    ['connection to b failed', false],
    ['connection to c opened', true],
    ['connection to d opened', true],
  ];
  const found = diffTexts([rows], { minTokens: 2, maxTokens: 20, threshold: 0.6 });
  expect(found).toEqual([
    [0, 2, 0, 100, 'connection to * failed'],
    [2, 0, 100, 0, 'connection to * opened'],
  ]);
});

test('while there is no data, the columns that the text goes on to read are there and empty', async () => {
  const bags = 'datatable(d:dynamic, x:long)[dynamic(null), 1] | evaluate bag_unpack(d, "p_")';
  expect(await rowsOf(`${bags} | extend z = isempty(p_foo) | project z, p_foo, x, p_n = p_n`)).toEqual([
    [true, null, 1, null],
  ]);
  await expect(rowsOf(`${bags} | project foo`)).rejects.toThrow(/no column or variable named 'foo'/);
  await expect(rowsOf('print d = dynamic({"a": 1}) | evaluate bag_unpack(d) | project b')).rejects.toThrow(/named 'b'/);
  expect(
    await rowsOf(
      'datatable(S:string, E:string)[] | evaluate pivot(S) | where ALASKA > 2 | project E, ALASKA, more = ALABAMA + 1',
    ),
  ).toEqual([]);
});

test('intersections of sketches', async () => {
  const query = `range x from 1 to 100 step 1
    | summarize a = hll(iff(x % 2 == 0, x, 0), 2), b = hll(iff(x % 3 == 0, x, 0), 2), c = hll(iff(x % 5 == 0, x, 0), 2)
    | evaluate dcount_intersect(a, b, c) | project s0, s1, s2`;
  expect(await rowsOf(query)).toEqual([[51, 17, 4]]);
});
