import { createHash } from 'node:crypto';
import type { AuditEntry, Page } from '@parapet/schema';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, createPeople, errorOf, openWorlds, PASSWORD, type Person, type World } from './support.ts';

let worlds: Awaited<ReturnType<typeof openWorlds>>;
let world: World;
beforeAll(async () => {
  worlds = await openWorlds();
});
afterAll(() => worlds.close());
beforeEach(async () => {
  world = await worlds.create();
});
afterEach(() => world.close());

const write = (action: string, more: object = {}) =>
  world.access.audit({ actor: 'ada', action, target: 'thing/1', remoteAddress: '192.0.2.1', ...more });

/** Runs SQL as someone with the database in their hands would. */
const tamper = (sql: string) =>
  world.db.transaction(async (tx) => {
    await tx.query('alter table audit_entry disable trigger all');
    await tx.query(sql);
    await tx.query('alter table audit_entry enable trigger all');
  });

describe('the chain', () => {
  beforeEach(async () => {
    for (let n = 1; n <= 5; n++) await write('thing.update', { before: { n, b: 1, a: [1.5, null] }, after: 'x' });
  });

  test('holds, also for hostile and oversized texts and simultaneous writers', async () => {
    await write('odd.one', {
      actor: "'; drop table audit_entry; --\0\ud800",
      target: 'x'.repeat(5000),
      after: { text: '\0\ud800 🦊', huge: 'y'.repeat(100_000) },
    });
    await Promise.all(Array.from({ length: 20 }, (_, n) => write(`many.${n}`, { after: { n } })));
    expect(await world.access.verifyAudit()).toEqual({
      ok: true,
      entries: 26,
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test.each([
    ['a changed text', "update audit_entry set actor = 'eve' where id = 3", 3],
    ['a changed value', `update audit_entry set before = '{"n":4}' where id = 2`, 2],
    ['a changed time', "update audit_entry set time = time + interval '1 second' where id = 5", 5],
    ['a changed outcome', "update audit_entry set outcome = 'denied' where id = 1", 1],
    ['a removed entry', 'delete from audit_entry where id = 3', 3],
    ['a removed end', 'delete from audit_entry where id >= 4', 4],
    ['an exchange', 'update audit_entry set id = case id when 2 then 103 else 102 end where id in (2, 3)', 2],
    ['a hash made to fit one entry', "update audit_entry set actor = 'eve', hash = repeat('a', 64) where id = 4", 4],
  ])('shows %s', async (_, sql, brokenAt) => {
    await tamper(sql);
    expect(await world.access.verifyAudit()).toMatchObject({ ok: false, brokenAt });
  });

  test('shows a last entry rewritten together with its hash', async () => {
    const [row] = await world.db.query('select * from audit_entry where id = 5');
    const content = [
      'previous_hash',
      'id',
      'time',
      'actor',
      'action',
      'target',
      'outcome',
      'before',
      'after',
      'remote_address',
    ];
    const forged = JSON.stringify(content.map((column) => (column === 'actor' ? 'eve' : row?.[column])));
    const hash = createHash('sha256').update(forged).digest('hex');
    await tamper(`update audit_entry set actor = 'eve', hash = '${hash}' where id = 5`);
    expect(await world.access.verifyAudit()).toMatchObject({
      ok: false,
      brokenAt: 5,
      reason: expect.stringContaining('last'),
    });
  });

  test('is append-only for statements of the product itself', async () => {
    for (const sql of ['update audit_entry set actor = $1', 'delete from audit_entry where actor <> $1']) {
      await expect(world.db.query(sql, ['eve'])).rejects.toThrow('never changed or removed');
    }
    await expect(world.db.query('truncate audit_entry')).rejects.toThrow('never changed or removed');
  });

  test('goes with the transaction it is part of', async () => {
    await world.db
      .transaction(async (tx) => {
        await world.access.audit({ actor: 'ada', action: 'lost', target: 'x' }, tx);
        throw new Error('no');
      })
      .catch(() => undefined);
    await world.db.transaction((tx) => world.access.audit({ actor: 'ada', action: 'kept', target: 'x' }, tx));
    expect(await world.access.verifyAudit()).toMatchObject({ ok: true, entries: 6 });
  });
});

describe('GET /api/audit', () => {
  let people: Record<Person, Browser>;
  beforeEach(async () => {
    people = await createPeople(world);
  });
  const list = async (query = ''): Promise<Page<AuditEntry>> =>
    (await people.administrator.call('GET', `/api/audit${query}`)).json();

  test('tells what was done, newest first, without secrets', async () => {
    const { items, total } = await list();
    expect(total).toBe(items.length);
    const verified = await people.administrator.call('GET', '/api/audit/verification');
    expect(verified.json()).toMatchObject({ ok: true, entries: total });
    expect(items.map(({ action }) => action)).toEqual([
      'session.signIn',
      'session.signIn',
      'user.create',
      'user.create',
      'session.signIn',
      'user.create',
    ]);
    expect(items[2]).toMatchObject({
      actor: 'ada',
      target: 'user/rene',
      outcome: 'ok',
      before: null,
      after: { username: 'rene', role: 'securityReader', disabled: false },
      remoteAddress: '127.0.0.1',
    });
    await write('thing.update', { after: { password: PASSWORD, nested: [{ apiToken: 'abc' }], note: 'kept' } });
    const rows = JSON.stringify(await world.db.query('select * from audit_entry'));
    expect(rows).not.toContain(PASSWORD);
    expect((await list('?action=thing.update')).items[0]?.after).toEqual({
      password: '[removed]',
      nested: [{ apiToken: '[removed]' }],
      note: 'kept',
    });
  });

  test('records failed sign-ins and refused calls with what was missing, once a minute each', async () => {
    await world.app.inject({ method: 'POST', url: '/api/session', payload: { username: 'eve', password: 'x' } });
    expect((await list('?outcome=failed')).items).toMatchObject([{ actor: 'eve', action: 'session.signIn' }]);

    for (let n = 0; n < 3; n++) await people.reader.call('GET', '/api/audit');
    await people.reader.call('POST', '/api/keys', { name: 'x' });
    const denied = await list('?outcome=denied&actor=RENE&order=asc');
    expect(denied.items).toMatchObject([
      { action: 'access.denied', target: 'GET /api/audit', after: { missing: 'Auth.Read' } },
      { action: 'access.denied', target: 'POST /api/keys', after: { missing: 'Data.Manage' } },
    ]);
    expect(denied.total).toBe(2);
    world.clock.now += 61_000;
    await people.reader.call('GET', '/api/audit');
    expect((await list('?outcome=denied&actor=rene')).items[0]?.after).toEqual({
      missing: 'Auth.Read',
      repeatsSinceLastEntry: 2,
    });
    for (let n = 0; n < 50; n++) await world.app.inject(n % 2 ? '/api/users' : '/api/keys');
    expect((await list('?actor=signed%20out')).total).toBe(1);
  });

  test('pages and filters in the database', async () => {
    for (let n = 0; n < 5; n++) {
      world.clock.now += 60_000;
      await write(n === 0 ? 'incident.update' : 'incidents_x', {
        target: `incident/${n}`,
        after: { note: `100% ${n}` },
      });
    }
    const page = await list('?page=2&pageSize=2&search=100%25');
    expect(page).toMatchObject({ total: 5, page: 2, pageSize: 2 });
    expect(page.items.map(({ target }) => target)).toEqual(['incident/2', 'incident/1']);
    expect((await list('?action=incident')).items.map(({ target }) => target)).toEqual(['incident/0']);
    expect((await list('?action=incident_')).total).toBe(0);
    expect((await list('?target=incident/3')).total).toBe(1);
    expect((await list('?outcome=failed,denied')).total).toBe(0);
    expect((await list('?search=%25_%25')).total).toBe(0);
    const from = new Date(world.clock.now - 60_000).toISOString();
    expect((await list(`?from=${from}`)).total).toBe(2);
    expect((await list(`?from=${from}&to=${new Date(world.clock.now).toISOString()}`)).total).toBe(1);
  });

  test('refuses filters that make no sense, and takes hostile ones as text', async () => {
    const senseless = [
      'page=0',
      'page=x',
      'pageSize=100000',
      'outcome=maybe',
      'from=yesterday',
      'order=up',
      'page=1&page=2',
    ];
    for (const query of [...senseless, `search=${'x'.repeat(600)}`]) {
      const answer = await people.administrator.call('GET', `/api/audit?${query}`);
      expect([query, answer.statusCode]).toEqual([query, 400]);
      expect(errorOf(answer).code).toBe('invalid_request');
    }
    for (const text of ["'", '\\', '%', '$1', '\0', '"; drop table audit_entry; --', '\ud800']) {
      const value = encodeURIComponent(text.replace('\ud800', '\uFFFD'));
      const answer = await people.administrator.call(
        'GET',
        `/api/audit?search=${value}&actor=${value}&action=${value}&target=${value}`,
      );
      expect(answer.statusCode).toBe(200);
      expect(answer.json().total).toBe(0);
    }
  });
});
