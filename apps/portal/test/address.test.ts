import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { withQuery } from '../src/api/client.ts';
import { parseSearchString, splitList, stringifySearch } from '../src/lib/searchString.ts';
import { NONE, patchSearch, url } from '../src/lib/urlState.ts';
import { safeNext } from '../src/pages/access/next.ts';
import { differsFromStart, QUEUE_START, queueQuery, queueSchema } from '../src/pages/incidents/search.ts';
import { filterOf, withFilter } from '../src/shell/scope-filter/link.ts';

describe('search string', () => {
  it('writes lists readably and reads them back', () => {
    const text = stringifySearch({
      status: ['active', 'inProgress'],
      sort: '-lastUpdate',
      page: 2,
      empty: '',
      off: false,
    });
    expect(text).toBe('?status=active,inProgress&sort=-lastUpdate&page=2');
    expect(parseSearchString(text)).toEqual({ status: 'active,inProgress', sort: '-lastUpdate', page: '2' });
  });

  it('keeps items apart that contain commas, percent signs, spaces and other scripts', () => {
    const items = ['a,b', '100%', 'x%2Cy', 'two words', 'مرحبا', '&=#+?'];
    const back = parseSearchString(stringifySearch({ tags: items }));
    expect(splitList(back.tags ?? '')).toEqual(items);
  });

  it('reads repeated parameters as one list', () => {
    expect(parseSearchString('?severity=high&severity=low&x=')).toEqual({ severity: 'high,low' });
  });

  it('asks the API in the same dialect', () => {
    expect(withQuery('/api/incidents', { status: ['active', 'inProgress'], search: '', from: undefined })).toBe(
      '/api/incidents?status=active%2CinProgress',
    );
  });
});

describe('page state', () => {
  const schema = v.object({
    tab: url.choice(['a', 'b'], 'a'),
    page: url.integer(1),
    list: url.list(['x', 'y'], ['x']),
  });

  it('falls back on anything it does not understand', () => {
    expect(v.parse(schema, { tab: 'zzz', page: '-4', list: 'x,evil' })).toEqual({ tab: 'a', page: 1, list: ['x'] });
    expect(v.parse(schema, {})).toEqual({ tab: 'a', page: 1, list: ['x'] });
  });

  it('leaves defaults out of the address and keeps what it does not know', () => {
    const defaults = v.parse(schema, {});
    expect(patchSearch({ other: '1', page: '3' }, { page: 1, tab: 'b' }, defaults)).toEqual({ other: '1', tab: 'b' });
  });

  it('can tell "cleared" from "not given"', () => {
    const defaults = v.parse(schema, {});
    const next = patchSearch({}, { list: [] }, defaults);
    expect(next).toEqual({ list: NONE });
    expect(v.parse(schema, next).list).toEqual([]);
  });
});

describe('incident queue address', () => {
  const now = Date.parse('2026-11-21T10:00:30Z');

  it('turns the address into the question for the API', () => {
    const state = v.parse(queueSchema, {
      status: 'active,inProgress',
      severity: 'high,bogus',
      assignedTo: 'me,unassigned',
      range: '1d',
      search: '  wks-001 ',
      row: '12',
    });
    expect(queueQuery(state, 'ada', now)).toEqual({
      status: ['active', 'inProgress'],
      severity: ['high'],
      priority: [],
      assignedTo: ['ada', 'unassigned'],
      category: [],
      source: [],
      serviceSource: [],
      product: [],
      tag: [],
      classification: [],
      determination: [],
      technique: [],
      asset: [],
      entity: [],
      ruleId: [],
      background: undefined,
      mention: [],
      multipleSources: false,
      multipleCategories: false,
      to: '',
      search: 'wks-001',
      sort: '-lastUpdate',
      page: 1,
      pageSize: 50,
      from: '2026-11-20T10:00:00.000Z',
    });
  });

  it('asks for every status when none is chosen, instead of the default queue', () => {
    const query = queueQuery(v.parse(queueSchema, { range: 'all' }), 'ada', now);
    expect(query.status).toEqual(['active', 'inProgress', 'resolved']);
    expect(query.from).toBeUndefined();
  });

  it('knows when there is something to reset', () => {
    expect(differsFromStart({ ...QUEUE_START, sort: 'name', page: '2', row: '1' })).toBe(false);
    expect(differsFromStart({ ...QUEUE_START, severity: 'high' })).toBe(true);
    expect(differsFromStart({ range: 'all' })).toBe(true);
  });
});

describe('address after sign-in', () => {
  it.each([
    ['/incidents?status=active#x', '/incidents?status=active#x'],
    ['//evil.example/a', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-in?next=/x', '/'],
  ])('%s leads to %s', (next, expected) => {
    expect(safeNext(next)).toBe(expected);
  });
});

describe('the scope filter in a link', () => {
  const filter = { scopes: ['a,b', 'c'], environments: [{ kind: 'gcpProject', id: 'shop:eu' } as const] };

  it('comes back as it went out, in place of an older one, beside the page own address', () => {
    const link = withFilter('https://p.example/alerts?status=new&cloudScopes=old', filter);
    const search = parseSearchString(new URL(link).search);
    expect(search.status).toBe('new');
    expect(filterOf(search)).toEqual(filter);
    expect(withFilter(link, { scopes: [], environments: [] })).toBe('https://p.example/alerts?status=new');
  });

  it('is not there in other addresses, and drops what is no environment', () => {
    expect(filterOf({ status: 'new' })).toBeUndefined();
    expect(filterOf({ environments: 'moon:1,awsAccount:,x' })).toEqual({ scopes: [], environments: [] });
  });
});
