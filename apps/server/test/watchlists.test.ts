import type {
  AuditEntry,
  ErrorBody,
  HuntingSchemaInfo,
  Page,
  WatchlistEvent,
  WatchlistInfo,
  WatchlistItem,
  WatchlistUploadResult,
} from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Person, type PortalServer, startPortalServer } from './portal-server.ts';

let portal: PortalServer;
let reader: Person;

beforeAll(async () => {
  portal = await startPortalServer();
  reader = await portal.person('rita', 'reader');
});
afterAll(() => portal.close());

const query = (fields: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(fields).map(([k, v]): [string, string] => [k, String(v)])).toString();

const upload = <T = WatchlistUploadResult>(
  alias: string,
  text: string | Uint8Array,
  more: Record<string, string | number> = {},
): Promise<Answer<T>> =>
  portal.call<T>(
    'POST',
    `/api/watchlists/upload?${query({ alias, name: alias, searchKey: 'Address', format: 'csv', source: 'vip.csv', ...more })}`,
    text,
  );

const into = <T = WatchlistUploadResult>(id: string, mode: string, text: string, more: Record<string, string> = {}) =>
  portal.call<T>('POST', `/api/watchlists/${id}/upload?${query({ mode, format: 'csv', ...more })}`, text);

const error = (answer: Answer<unknown>) => (answer.body as ErrorBody).error;
const items = async (id: string, more: Record<string, string | number> = {}): Promise<Page<WatchlistItem>> =>
  (await portal.call<Page<WatchlistItem>>('GET', `/api/watchlists/${id}/items?${query(more)}`)).body;

describe('a watchlist', () => {
  let list: WatchlistInfo;

  it('is made of a CSV file, quotes and line ends inside values included', async () => {
    const text = 'Address,"User, name",Note\r\n192.0.2.1,ann,"two\nlines"\r\n192.0.2.2,bob,"a ""b"" c"\r\n\r\n';
    const answer = await upload('vip_users', text);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    list = answer.body.watchlist;
    expect(list).toMatchObject({
      alias: 'vip_users',
      columns: ['Address', 'User, name', 'Note'],
      searchKey: 'Address',
      items: 2,
      source: 'vip.csv',
      createdBy: 'ada',
    });
    expect((await items(list.id)).items.map((i) => i.cells)).toEqual([
      ['192.0.2.1', 'ann', 'two\nlines'],
      ['192.0.2.2', 'bob', 'a "b" c'],
    ]);
  });

  it('is read by its alias, with the columns every list has', async () => {
    expect(
      await portal.hunt(
        `_GetWatchlist('vip_users') | project SearchKey, ['User, name'], Age = LastUpdatedTimeUTC > ago(1h), Id = isnotempty(_DTItemId) | sort by SearchKey asc`,
      ),
    ).toEqual([
      ['192.0.2.1', 'ann', true, true],
      ['192.0.2.2', 'bob', true, true],
    ]);
    expect(await portal.hunt('_GetWatchlistAlias')).toEqual([['vip_users']]);
    expect(
      await portal.hunt(
        `datatable(IP:string)["192.0.2.2", "192.0.2.9"] | where IP in ((_GetWatchlist('vip_users') | project SearchKey))`,
      ),
    ).toEqual([['192.0.2.2']]);
  });

  it('ignores the time range of the page', async () => {
    const timeRange = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
    const answer = await portal.call<{ rows: unknown[] }>('POST', '/api/hunting/run', {
      query: `_GetWatchlist('vip_users') | count`,
      timeRange,
    });
    expect(answer.body.rows).toEqual([[2]]);
  });

  it('is offered to the editor', async () => {
    const { body } = await portal.call<HuntingSchemaInfo>('GET', '/api/hunting/schema');
    expect(body.watchlists.find((w) => w.alias === 'vip_users')?.columns.map((c) => c.name)).toEqual([
      'Address',
      'User, name',
      'Note',
      '_DTItemId',
      'LastUpdatedTimeUTC',
      'SearchKey',
    ]);
  });

  it('takes, changes, removes and brings back rows, and tells who did it', async () => {
    const base = `/api/watchlists/${list.id}/items`;
    const added = await portal.call<WatchlistItem>('POST', base, { cells: { Address: '192.0.2.3', Note: 'new' } });
    expect(added.status).toBe(201);
    expect(added.body.cells).toEqual(['192.0.2.3', '', 'new']);
    const same = await portal.call('POST', base, { cells: { Address: '192.0.2.1' } });
    expect([same.status, error(same).code]).toEqual([409, 'duplicate_key']);
    const changed = await portal.call<WatchlistItem>('PUT', `${base}/${added.body.id}`, { cells: { Note: 'other' } });
    expect(changed.body.cells).toEqual(['192.0.2.3', '', 'other']);
    const keyless = await portal.call('PUT', `${base}/${added.body.id}`, { cells: { Address: ' ' } });
    expect(error(keyless).code).toBe('missing_keys');
    expect((await portal.call('DELETE', `${base}/${added.body.id}`)).status).toBe(204);
    expect(await portal.hunt(`_GetWatchlist('vip_users') | count`)).toEqual([[2]]);
    expect((await portal.call('DELETE', `${base}/${added.body.id}`)).status).toBe(404);
    await portal.call('POST', `${base}/${added.body.id}/restore`);
    expect(await portal.hunt(`_GetWatchlist('vip_users') | where SearchKey == '192.0.2.3' | project Note`)).toEqual([
      ['other'],
    ]);
    const { body } = await portal.call<{ items: WatchlistEvent[] }>('GET', `/api/watchlists/${list.id}/history`);
    expect(body.items.map((e) => e.action)).toEqual([
      'itemRestored',
      'itemDeleted',
      'itemChanged',
      'itemAdded',
      'created',
    ]);
    expect(body.items[2]?.detail).toMatchObject({ before: { Note: 'new' }, after: { Note: 'other' } });
    const audit = await portal.call<Page<AuditEntry>>('GET', '/api/audit?pageSize=100');
    const actions = audit.body.items.map((entry) => entry.action);
    for (const action of ['create', 'item.add', 'item.change', 'item.delete', 'item.restore'])
      expect(actions).toContain(`watchlist.${action}`);
  });

  it('finds, sorts and pages rows', async () => {
    expect((await items(list.id, { search: 'OTHER' })).items.map((i) => i.cells[0])).toEqual(['192.0.2.3']);
    const sorted = await items(list.id, { sort: 'Address', descending: 'true', pageSize: 2, page: 2 });
    expect([sorted.total, sorted.items.map((i) => i.cells[0])]).toEqual([3, ['192.0.2.1']]);
  });

  it('is updated by key: known rows change in place, new ones are added, the rest stays', async () => {
    const before = (await items(list.id)).items;
    const answer = await into(list.id, 'upsert', 'Note,Address\nchanged,192.0.2.2\nfresh,192.0.2.7\n');
    expect(answer.body).toMatchObject({ added: 1, changed: 1, removed: 0 });
    const after = (await items(list.id)).items;
    expect(after.map((i) => [i.cells[0], i.cells[2]])).toEqual([
      ['192.0.2.1', 'two\nlines'],
      ['192.0.2.2', 'changed'],
      ['192.0.2.3', 'other'],
      ['192.0.2.7', 'fresh'],
    ]);
    expect(after[1]?.id).toBe(before[1]?.id);
  });

  it('does not take columns it has not, unless it is replaced', async () => {
    expect(error(await into(list.id, 'append', 'Address,City\n192.0.2.8,Oslo')).code).toBe('unknown_columns');
    expect(error(await into(list.id, 'append', 'Address\n192.0.2.7')).code).toBe('duplicate_keys');
    const kept = await into(list.id, 'append', 'Address\n192.0.2.7', { duplicates: 'keep' });
    expect(kept.body.watchlist.items).toBe(5);
    const replaced = await into(list.id, 'replace', 'City;Address\nOslo;192.0.2.8');
    expect(replaced.body).toMatchObject({
      added: 1,
      removed: 5,
      watchlist: { columns: ['City', 'Address'], items: 1 },
    });
    expect(await portal.hunt(`_GetWatchlist('vip_users') | project City, SearchKey`)).toEqual([['Oslo', '192.0.2.8']]);
  });

  it('is deleted, and can be brought back', async () => {
    expect((await portal.call('DELETE', `/api/watchlists/${list.id}`)).status).toBe(204);
    const gone = await portal.call('POST', '/api/hunting/run', { query: `_GetWatchlist('vip_users')` });
    expect(error(gone).message).toContain("no watchlist with the alias 'vip_users'");
    expect((await portal.call('POST', `/api/watchlists/${list.id}/restore`)).status).toBe(200);
    expect(await portal.hunt(`_GetWatchlist('vip_users') | count`)).toEqual([[1]]);
  });

  it('lets rows end with their life', async () => {
    const change = await portal.call<WatchlistInfo>('PATCH', `/api/watchlists/${list.id}`, {
      itemLifeDays: 30,
      alias: 'renamed-list',
    });
    expect(change.body).toMatchObject({ itemLifeDays: 30, alias: 'renamed-list' });
    expect(await portal.hunt(`_GetWatchlist('renamed-list') | count`)).toEqual([[1]]);
  });

  it('is for those who may manage detections; others read', async () => {
    expect((await reader.call('GET', '/api/watchlists')).status).toBe(200);
    expect((await reader.call('DELETE', `/api/watchlists/${list.id}`)).status).toBe(403);
    expect(
      (await reader.call('POST', `/api/watchlists/${list.id}/upload?mode=replace&format=csv`, 'a\n1')).status,
    ).toBe(403);
  });
});

describe('what is refused', () => {
  it('tells the first ten lines of ragged rows and stores nothing', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => (i % 2 ? `10.0.0.${i},x` : `10.0.0.${i},x,extra`));
    const answer = await upload('ragged', `Address,Name\n${rows.join('\n')}`);
    expect(error(answer)).toMatchObject({
      code: 'ragged_rows',
      details: { lines: [2, 4, 6, 8, 10, 12, 14, 16, 18, 20], total: 15, fields: 2 },
    });
    const { body } = await portal.call<{ items: WatchlistInfo[] }>('GET', '/api/watchlists');
    expect(body.items.map((l) => l.alias)).not.toContain('ragged');
  });

  it('tells keys that stand in several rows, and keeps them only when asked to', async () => {
    const text = 'Address\n192.0.2.1\n192.0.2.2\n192.0.2.1';
    const answer = await upload('twice', text);
    expect([answer.status, error(answer).code, error(answer).details]).toEqual([
      409,
      'duplicate_keys',
      { keys: [{ key: '192.0.2.1', rows: 2 }], total: 1 },
    ]);
    expect((await upload('twice', text, { duplicates: 'keep' })).body).toMatchObject({ added: 3, duplicateKeys: 1 });
  });

  it.each([
    ['has blanks', 'bad_alias', 'Address\n1', {}],
    ['ok', 'bad_alias', 'Address\n1', {}],
    ['list-1', 'no_search_key', 'Name\n1', {}],
    ['list-1', 'bad_columns', 'Address,Address\n1,2', {}],
    ['list-1', 'bad_columns', 'Address,_DTItemId\n1,2', {}],
    ['list-1', 'missing_keys', 'Address,B\n1,x\n,y', {}],
    ['list-1', 'empty_file', '', {}],
    ['list-1', 'open_quote', 'Address\n"192.0.2.1\n', {}],
    ['list-1', 'row_too_long', `Address\n${'x'.repeat(20_000)}`, {}],
    ['list-1', 'bad_json', '[1, 2]', { format: 'json' }],
    ['list-1', 'bad_json', '{"Address": "a"}\nno', { format: 'json' }],
  ])('%s: %s', async (alias, code, text, more) => {
    expect(error(await upload(alias, text, more)).code).toBe(code);
  });
});

describe('formats', () => {
  it('reads TSV, UTF-16 as spreadsheets write it, and JSON', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Address\tName\n192.0.2.1\tÅsa\n', 'utf16le')]);
    const tsv = await upload('tsv-list', utf16, { format: 'tsv' });
    expect((await items(tsv.body.watchlist.id)).items[0]?.cells).toEqual(['192.0.2.1', 'Åsa']);
    const json = await upload('json-list', '[{"Address": "a", "n": 1}, {"Address": "b", "tags": ["x"]}]', {
      format: 'json',
    });
    expect((await items(json.body.watchlist.id)).items.map((i) => i.cells)).toEqual([
      ['a', '1', ''],
      ['b', '', '["x"]'],
    ]);
  });

  it('takes 200,000 rows, which a query uses within 5 s', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255},user${i}`);
    const answer = await upload('large', `Address,User\n${rows.join('\n')}`);
    expect(answer.body).toMatchObject({ added: 200_000 });
    const started = performance.now();
    expect(
      await portal.hunt(
        `range i from 0 to 999999 step 1 | extend IP = strcat("10.", i / 65536, ".", (i / 256) % 256, ".", i % 256) | where IP in ((_GetWatchlist('large') | project SearchKey)) | count`,
      ),
    ).toEqual([[200_000]]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
