/** What people add to hunting: saved queries and functions, and data from outside. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  CreatedIngestKey,
  ErrorBody,
  HuntCheck,
  HuntDiagnostic,
  HuntingLanguage,
  HuntingSchemaInfo,
  HuntResult,
  LibraryQuery,
  QueryUsagePage,
  SavedQuery,
  SessionInfo,
} from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Person, type PortalServer, startPortalServer } from './portal-server.ts';

let portal: PortalServer;
let olga: Person;
let outside: Server;
let base = '';

beforeAll(async () => {
  outside = createServer((req, res) => {
    if (req.url === '/list.csv') res.end('IP,Name\n192.0.2.1,one\n192.0.2.2,"two, or so"\n');
    else if (req.url === '/bags.json') res.end('{"a": {"x": 1}}\n{"a": {"x": 2, "y": "b"}}\n');
    else res.writeHead(404).end();
  });
  await new Promise<void>((done) => outside.listen(0, '127.0.0.1', done));
  base = `http://localhost:${(outside.address() as AddressInfo).port}`;
  portal = await startPortalServer(['--external-data-hosts', 'localhost, *.example.org', '--external-data-internal']);
  olga = await portal.person('olga', 'operator');
});
afterAll(async () => {
  await portal.close();
  outside.close();
});

const error = (answer: Answer<unknown>) => (answer.body as ErrorBody).error;
const save = <T = SavedQuery>(body: object, who: Person = portal) => who.call<T>('POST', '/api/hunting/queries', body);
const fn = (name: string, query: string, more: object = {}) => ({ kind: 'function', name, query, ...more });
const message = async (query: string, who: Person = portal): Promise<string> =>
  error(await who.call('POST', '/api/hunting/run', { query })).message;

describe('saved functions', () => {
  let double: SavedQuery;

  it('are called by their name, with parameters, defaults and tables', async () => {
    double = (await save(fn('Twice', 'x * factor', { parameters: 'x:long, factor:long = 2', description: 'Doubles.' })))
      .body;
    expect(double).toMatchObject({ kind: 'function', own: true, parameters: 'x:long, factor:long = 2' });
    await save(fn('OnlyBig', 'T | where n > least', { parameters: 'T:(n:long), least:long = 2' }));
    expect(await portal.hunt('print a = Twice(4), b = Twice(4, 5)')).toEqual([[8, 20]]);
    expect(await portal.hunt('range n from 1 to 4 step 1 | invoke OnlyBig() | count')).toEqual([[2]]);
  });

  it('are known to the editor', async () => {
    const language = await portal.call<HuntingLanguage>('GET', '/api/hunting/language');
    expect(language.body.items.find((item) => item.name === 'Twice')).toMatchObject({ kind: 'saved' });
    const schema = await portal.call<HuntingSchemaInfo>('GET', '/api/hunting/schema');
    expect(schema.body.functions.find((f) => f.name === 'Twice')?.doc).toBe('Doubles.');
    const check = await portal.call<HuntCheck>('POST', '/api/hunting/check', { query: 'print Twice(1)' });
    expect(check.body.diagnostics).toEqual([]);
  });

  it('are personal until they are shared', async () => {
    expect(await message('print Twice(1)', olga)).toContain('Twice');
    const shared = await portal.call('PUT', `/api/hunting/queries/${double.id}`, {
      ...fn('Twice', 'x * 3', { parameters: 'x:long' }),
      shared: true,
    });
    expect(shared.status).toBe(200);
    expect(await olga.hunt('print Twice(1)')).toEqual([[3]]);
    const taken = await save(fn('Twice', 'print 1'), olga);
    expect([taken.status, error(taken).code]).toEqual([409, 'function_name_taken']);
    const theirs = await olga.call('PUT', `/api/hunting/queries/${double.id}`, fn('Twice', 'print 1'));
    expect(theirs.status).toBe(404);
  });

  it('may call each other, but not themselves, and not deeper than eight', async () => {
    await save(fn('Level1', 'print n = 1'));
    for (let i = 2; i <= 8; i++)
      expect((await save(fn(`Level${i}`, `Level${i - 1} | extend l${i} = ${i}`))).status).toBe(201);
    expect((await portal.hunt('Level8 | project n, l8'))[0]).toEqual([1, 8]);
    expect(error(await save(fn('Level9', 'Level8'))).message).toContain('8 deep');
    expect(error(await save(fn('Loop', 'Loop()'))).message).toContain('calls itself: Loop → Loop');
    const one = (await portal.call<{ items: SavedQuery[] }>('GET', '/api/hunting/queries')).body.items.find(
      (q) => q.name === 'Level1',
    );
    const loop = await portal.call('PUT', `/api/hunting/queries/${one?.id}`, fn('Level1', 'Level3'));
    expect(error(loop).message).toContain('calls itself');
  });

  it('are not saved with mistakes, which are told where they stand', async () => {
    const wrong = await save(fn('Broken', 'DeviceProcesEvents\n| where FileNam == "x"'));
    expect(error(wrong).code).toBe('kql_error');
    expect((error(wrong).details as HuntDiagnostic[])[0]).toMatchObject({ line: 1, column: 1, start: 0 });
    const later = await save(fn('Broken', 'DeviceProcessEvents\n| where FileNam == "x"'));
    expect((error(later).details as HuntDiagnostic[])[0]).toMatchObject({ line: 2, column: 9, suggestion: 'FileName' });
    expect(error(await save(fn('Broken', 'print 1', { parameters: 'x:' }))).code).toBe('kql_error');
  });

  it.each([
    ['two words', 'bad_function_name'],
    ['DeviceEvents', 'function_name_taken'],
    ['strlen', 'function_name_taken'],
    ['Level1', 'query_name_taken'],
  ])('%s is no name for one: %s', async (name, code) => {
    expect(error(await save(fn(name, 'print 1'))).code).toBe(code);
  });

  it('are not deleted under those that call them, unless asked twice', async () => {
    const { items } = (await portal.call<{ items: SavedQuery[] }>('GET', '/api/hunting/queries')).body;
    const id = items.find((q) => q.name === 'Level7')?.id;
    const used = await portal.call('DELETE', `/api/hunting/queries/${id}`);
    expect([used.status, error(used).code, error(used).details]).toEqual([
      409,
      'function_in_use',
      { callers: ['Level8'] },
    ]);
    expect((await portal.call('DELETE', `/api/hunting/queries/${id}?force=true`)).status).toBe(204);
    expect(await message('Level8')).toContain('Level7');
  });

  it('are shown by the query endpoint', async () => {
    const { body: key } = await portal.call<CreatedIngestKey>('POST', '/api/keys', { name: 'q', purpose: 'query' });
    const ask = async (csl: string) => {
      const response = await fetch(`${portal.server.url}/v1/rest/mgmt`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key.encoded}` },
        body: JSON.stringify({ db: 'hunting', csl }),
      });
      return (await response.json()) as { Tables: { Rows: unknown[][] }[] };
    };
    const all = await ask('.show functions');
    const names = all.Tables[0]?.Rows.map((row) => row[0]);
    expect(names).toContain('Twice');
    expect(names).toContain('FileProfile');
    // A key sees what is shared.
    expect(names).not.toContain('OnlyBig');
    expect((await ask('.show function Twice')).Tables[0]?.Rows[0]?.slice(0, 3)).toEqual([
      'Twice',
      '(x:long)',
      '{ x * 3 }',
    ]);
    const schema = JSON.parse(String((await ask('.show database schema as json')).Tables[0]?.Rows[0]?.[0])) as {
      Databases: { hunting: { Functions: Record<string, { InputParameters: unknown[] }> } };
    };
    expect(schema.Databases.hunting.Functions.Twice?.InputParameters).toEqual([
      { Name: 'x', Type: 'System.Int64', CslType: 'long' },
    ]);
  });
});

describe('externaldata', () => {
  it('reads listed hosts, in every statement of a text', async () => {
    expect(
      await portal.hunt(
        `externaldata(IP:string, Name:string)["${base}/list.csv"] with (format="csv", ignoreFirstRecord=true) | where IP has "2.2"`,
      ),
    ).toEqual([['192.0.2.2', 'two, or so']]);
    const several = await portal.call<HuntResult>('POST', '/api/hunting/run', {
      query: `externaldata(IP:string)["${base}/list.csv"] | count\n\nexternaldata(a:dynamic)["${base}/bags.json"] with (format="multijson") | count`,
    });
    expect([several.body.rows, several.body.more?.[0]?.rows]).toEqual([[[3]], [[2]]]);
  });

  it('gives its columns to plug-ins that make columns of data', async () => {
    expect(
      await portal.hunt(
        `externaldata(a:dynamic)["${base}/bags.json"] with (format="multijson") | evaluate bag_unpack(a) | sort by x asc | project x, y`,
      ),
    ).toEqual([
      [1, ''],
      [2, 'b'],
    ]);
  });

  it('tells what stands in the way', async () => {
    expect(await message(`externaldata(a:string)["https://other.example.com/x.csv"]`)).toContain('external-data-hosts');
    expect(await message(`externaldata(a:string)["${base}/missing.csv"]`)).toContain('answered 404');
  });
});

describe('folders, files and the report of runs', () => {
  it('keeps saved queries in folders and refuses names that no tree could show', async () => {
    const made = (await save({ name: 'In a folder', query: 'print 1', folder: 'Triage/Mail' })).body;
    expect(made.folder).toBe('Triage/Mail');
    const path = `/api/hunting/queries/${made.id}`;
    // Who saves the text anew leaves it where it is; an empty folder is the top.
    const kept = await portal.call<SavedQuery>('PUT', path, { name: 'In a folder', query: 'print 2' });
    expect([kept.body.folder, kept.body.query]).toEqual(['Triage/Mail', 'print 2']);
    const moved = await portal.call<SavedQuery>('PUT', path, { name: 'In a folder', query: 'print 2', folder: '' });
    expect(moved.body.folder).toBe('');
    for (const folder of ['/a', 'a/', 'a//b', 'a\nb', 'a/b/c/d/e/f/g/h/i'])
      expect((await save({ name: 'bad', query: 'print 1', folder })).status, folder).toBe(400);
  });

  it('delivers queries as files, and every one of them runs', async () => {
    const { items } = (await portal.call<{ items: LibraryQuery[] }>('GET', '/api/hunting/library')).body;
    expect(items.length).toBeGreaterThan(5);
    expect(items.every(({ folder, description }) => folder.startsWith('Delivered/') && description !== '')).toBe(true);
    const failed: string[] = [];
    for (const { name, query } of items) {
      const answer = await portal.call('POST', '/api/hunting/run', { query });
      if (answer.status !== 200) failed.push(`${name}: ${error(answer).message}`);
    }
    expect(failed).toEqual([]);
  });

  it('reports what was run: to everyone their own, all of it to who may see the system', async () => {
    await olga.call('POST', '/api/hunting/run', { query: 'print MarkOfOlga = 1' });
    await portal.call('POST', '/api/hunting/run', { query: 'NoSuchTable | where MarkOfPortal == 1' });
    const all = (await portal.call<QueryUsagePage>('GET', '/api/hunting/usage?pageSize=200')).body;
    expect(all.everyone).toBe(true);
    const of = (text: string) => all.items.find(({ query }) => query.includes(text));
    expect(of('MarkOfOlga')).toMatchObject({ via: 'portal', state: 'completed', rows: 1, use: 'low', user: 'olga' });
    expect(of('MarkOfPortal')).toMatchObject({ state: 'failed', rows: 0 });
    expect(all.days.reduce((sum, { runs }) => sum + runs, 0)).toBe(all.total);
    // Somebody who hunts, and may not see how the system does.
    const vera = await portal.person('vera', null);
    const role = await portal.call<{ id: string }>('POST', '/api/access/roles', {
      name: 'Hunter',
      groups: { securityData: ['SecData.Read'] },
    });
    await portal.call('POST', '/api/access/assignments', {
      name: 'Hunter',
      roleId: role.body.id,
      subjects: [{ kind: 'user', id: (await vera.call<SessionInfo>('GET', '/api/session')).body.user?.id }],
      sources: ['endpoint'],
      scopes: [],
    });
    await vera.call('POST', '/api/hunting/run', { query: 'print MarkOfVera = 1' });
    const hers = (await vera.call<QueryUsagePage>('GET', '/api/hunting/usage')).body;
    expect(hers.everyone).toBe(false);
    expect(hers.items.map(({ query }) => query)).toEqual(['print MarkOfVera = 1']);
    const failedOnly = (await portal.call<QueryUsagePage>('GET', '/api/hunting/usage?state=failed')).body;
    expect(failedOnly.items.every(({ state }) => state === 'failed')).toBe(true);
    expect((await portal.call('GET', '/api/hunting/usage?use=enormous')).status).toBe(400);
  });
});
