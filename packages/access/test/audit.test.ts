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
      removed: 0,
      sealed: true,
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

/** Writes the chain anew from an entry on, as the code does, with everything but the key. */
async function rewrite(actor: string): Promise<void> {
  const rows = await world.db.query<Record<string, unknown>>('select * from audit_entry order by id');
  let previous = '0'.repeat(64);
  const statements: string[] = [];
  for (const row of rows) {
    const content = [
      previous,
      row.id,
      (row.time as Date).toISOString(),
      actor,
      row.action,
      row.target,
      row.outcome,
      row.before,
      row.after,
      row.remote_address,
    ];
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    statements.push(
      `update audit_entry set actor = '${actor}', previous_hash = '${previous}', hash = '${hash}' where id = ${row.id}`,
    );
    previous = hash;
  }
  for (const sql of statements) await tamper(sql);
  await world.db.query('update audit_head set hash = $1', [previous]);
}

describe('the seal', () => {
  test('shows a whole chain that was written anew by someone without the key', async () => {
    for (let n = 0; n < 3; n++) await write('thing.update', { after: { n } });
    expect(await world.access.verifyAudit()).toMatchObject({ ok: true, sealed: true });
    await rewrite('eve');
    expect(await world.access.verifyAudit()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('written anew'),
    });
  });
});

describe('retention', () => {
  const DAY = 86_400_000;
  /** Everything is in the hunting tables at once. */
  const delivered: Record<string, unknown>[] = [];
  const keep = (days: number) => people.administrator.call('PUT', '/api/audit/settings', { keepDays: days });
  let people: Record<Person, Browser>;
  let mirror: ReturnType<World['access']['mirrorAudit']>;
  beforeEach(async () => {
    people = await createPeople(world);
    delivered.length = 0;
    mirror = world.access.mirrorAudit(async (rows) => void delivered.push(...rows));
  });
  afterEach(() => mirror.close());

  test('removes what is old behind a sealed checkpoint, and the chain still verifies', async () => {
    expect((await people.reader.call('PUT', '/api/audit/settings', { keepDays: 90 })).statusCode).toBe(403);
    expect((await keep(90)).json()).toMatchObject({ keepDays: 90 });
    const before = (await world.access.verifyAudit()).entries;
    world.clock.now += 100 * DAY;
    await write('fresh.one');
    const removed = await mirror.prune();
    expect(removed).toBe(before);
    const after = await world.access.verifyAudit();
    expect(after).toMatchObject({ ok: true, entries: 2, removed: before, sealed: true });
    // Twice over, and with new entries meanwhile.
    world.clock.now += 100 * DAY;
    await write('fresh.two');
    await mirror.prune();
    expect(await world.access.verifyAudit()).toMatchObject({ ok: true, removed: before + 2 });
    expect(delivered.map((row) => row.ActionType)).toEqual(
      expect.arrayContaining(['user.create', 'fresh.one', 'audit.prune']),
    );
    expect(delivered.length).toBe(before + 3);
  });

  test('keeps what cannot be hunted yet, everything without a setting, and refuses removal by hand', async () => {
    world.clock.now += 400 * DAY;
    expect(await mirror.prune()).toBe(0);
    await expect(world.db.query('delete from audit_entry where id = 1')).rejects.toThrow('never changed or removed');
    const broken = world.access.mirrorAudit(async () => {
      throw new Error('the engine is down');
    });
    await write('late');
    await world.db.query('update audit_settings set keep_days = 30');
    world.clock.now += 400 * DAY;
    await expect(broken.prune()).rejects.toThrow('the engine is down');
    await broken.close();
    expect(await world.access.verifyAudit()).toMatchObject({ ok: true, removed: 0 });
  });

  test('shows a checkpoint that was forged to hide removed entries', async () => {
    for (let n = 0; n < 4; n++) await write(`thing.${n}`);
    const [row] = await world.db.query<{ hash: string }>('select hash from audit_entry where id = 3');
    await world.db.query(
      `insert into audit_checkpoint (id, hash, entries, cut_before, made_at, made_by, seal)
       values (3, $1, 3, now(), now(), 'system', 'aaaaaaaa:00')`,
      [row?.hash],
    );
    await world.db.query('delete from audit_entry where id <= 3');
    expect(await world.access.verifyAudit()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('installation'),
    });
  });
});

describe('the hunting table', () => {
  test('gets every entry once and in order, also after a delivery that broke off', async () => {
    const people = await createPeople(world);
    await people.administrator.call('PATCH', `/api/users/${people.reader.info.user?.id}`, { displayName: 'Renée' });
    await people.reader.call('POST', '/api/users', {});
    const calls: [string, number[]][] = [];
    let failing = true;
    const mirror = world.access.mirrorAudit(async (rows, token) => {
      calls.push([token, rows.map((row) => Number(row.AuditId))]);
      if (failing) throw new Error('the engine is down');
      for (const row of rows) if (row.ActionType === 'user.update') found = row;
    });
    let found: Record<string, unknown> | undefined;
    await expect(mirror.flush()).rejects.toThrow('the engine is down');
    await write('later');
    failing = false;
    await mirror.flush();
    // The delivery that broke off is repeated with the same rows and token; what came later goes into the next one.
    expect(calls.at(-2)).toEqual(calls[0]);
    expect(calls.at(-1)?.[1]).toEqual([calls[0]![1].at(-1)! + 1]);
    await mirror.close();
    expect(found).toMatchObject({
      ActionType: 'user.update',
      AccountName: 'ada',
      ObjectType: 'user',
      ObjectName: 'rene',
      Outcome: 'Succeeded',
      ChangedFields: ['displayName'],
    });
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
