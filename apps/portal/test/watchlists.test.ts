import type { WatchlistEvent } from '@parapet/schema/wire';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { aliasFrom, headOf } from '../src/pages/watchlists/file.ts';
import { changedCells, eventText } from '../src/pages/watchlists/parts/events.ts';
import { itemsQuery, watchlistSchema } from '../src/pages/watchlists/search.ts';

describe('the beginning of a file', () => {
  it.each([
    ['vip.csv', 'Address,"User, name"\n1,2', 'csv', ['Address', 'User, name']],
    ['vip.csv', '\ufeffAddress;User\r\n1;2', 'csv', ['Address', 'User']],
    ['vip.txt', 'Address\tUser\n1\t2', 'tsv', ['Address', 'User']],
    ['vip.tsv', 'Address\n1', 'tsv', ['Address']],
    ['vip.json', '[{"a": "}", "b": 1}, {"c": 2}, {"d"', 'json', ['a', 'b', 'c']],
    ['vip.ndjson', '{"a": 1}\n{"b": {"x": 1}}\n', 'json', ['a', 'b']],
  ])('%s: %j is %s with %j', (name, text, format, columns) => {
    expect(headOf(name, text)).toEqual({ format, columns });
  });

  it('gives an alias without blanks', () => {
    expect(aliasFrom('VIP users (2026).csv')).toBe('VIP-users-2026');
    expect(aliasFrom('Ärger.csv')).toBe('A-rger');
  });
});

it('asks for rows as the API takes it', () => {
  const state = v.parse(watchlistSchema, { search: ' a ', sort: '-User, name', page: '3' });
  expect(itemsQuery(state)).toEqual({ search: 'a', sort: 'User, name', descending: true, page: 3, pageSize: 50 });
  expect(itemsQuery(v.parse(watchlistSchema, {}))).toEqual({ search: '', page: 1, pageSize: 50 });
});

describe('the history', () => {
  const event = (action: WatchlistEvent['action'], detail: Record<string, unknown>): WatchlistEvent => ({
    id: 1,
    at: '2026-01-01T00:00:00Z',
    by: 'ada',
    action,
    detail,
  });
  const list = { searchKey: 'Address' };

  it('says what an upload did', () => {
    expect(eventText(event('created', { items: 1200, source: 'vip.csv' }), list)).toBe('1,200 rows from vip.csv');
    expect(eventText(event('upserted', { added: 1, changed: 2, source: 'b.csv' }), list)).toBe(
      '1 added, 2 updated from b.csv',
    );
    expect(eventText(event('itemDeleted', { before: { Address: '192.0.2.1' } }), list)).toBe('192.0.2.1');
  });

  it('shows the cells that differ', () => {
    const detail = { before: { Address: 'a', Note: 'x' }, after: { Address: 'a', Note: 'y', More: 'z' } };
    expect(changedCells(event('itemChanged', detail))).toEqual([
      { column: 'Note', before: 'x', after: 'y' },
      { column: 'More', before: '', after: 'z' },
    ]);
  });
});
