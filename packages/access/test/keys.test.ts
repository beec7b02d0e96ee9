import type { CreatedIngestKey } from '@parapet/schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, createPeople, createWorld, errorOf, type Person, type World } from './support.ts';

let world: World;
let people: Record<Person, Browser>;
beforeAll(async () => {
  world = await createWorld();
  people = await createPeople(world);
});
afterAll(() => world.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('a key is shown once, stored as a hash and accepted in every form', async () => {
  const made = await people.administrator.call('POST', '/api/keys', { name: '  Domain controllers  ' });
  expect(made.statusCode).toBe(201);
  const key = made.json<CreatedIngestKey>();
  expect(key).toMatchObject({ name: 'Domain controllers', createdBy: 'ada', lastUsedAt: null });
  expect(key.encoded).toBe(base64(`${key.id}:${key.secret}`));
  const everything = JSON.stringify([
    await world.db.query('select * from ingest_key'),
    await world.db.query('select * from audit_entry'),
    (await people.reader.call('GET', '/api/keys')).json(),
  ]);
  expect(everything).not.toContain(key.secret);
  expect(everything).not.toContain(key.encoded);

  const sender = { id: key.id, name: 'Domain controllers', sourceId: key.id };
  const { access } = world;
  expect(await access.verifyKey(key)).toEqual(sender);
  for (const header of [
    `ApiKey ${key.encoded}`,
    `apikey  ${key.encoded}`,
    `Basic ${key.encoded}`,
    `Bearer ${key.encoded}`,
    `Splunk ${key.encoded}`,
  ]) {
    expect(await access.verifyKey(header)).toEqual(sender);
  }
  for (const wrong of [
    undefined,
    '',
    key.encoded,
    `ApiKey ${base64(`${key.id}:${key.secret}x`)}`,
    `ApiKey ${base64(`${key.id}:`)}`,
    `ApiKey ${base64(`unknown:${key.secret}`)}`,
    `ApiKey ${base64(`:${key.secret}`)}`,
    `ApiKey ${base64(key.id)}`,
    'ApiKey ☃',
    `ApiKey ${'A'.repeat(5000)}`,
    `Digest ${key.encoded}`,
    { id: key.id, secret: '' },
    { id: '__proto__', secret: 'x' },
  ]) {
    expect(await access.verifyKey(wrong)).toBeNull();
  }
});

test('a revoked key is refused at once, and stays refused after a restart', async () => {
  const kept = await world.access.createKey('kept', 'ada');
  const key = await world.access.createKey('short-lived', 'ada');
  expect(await world.access.verifyKey(key)).not.toBeNull();
  expect((await people.operator.call('DELETE', `/api/keys/${key.id}`)).statusCode).toBe(403);
  expect((await people.administrator.call('DELETE', `/api/keys/${key.id}`)).statusCode).toBe(204);
  expect(await world.access.verifyKey(key)).toBeNull();
  const again = await people.administrator.call('DELETE', `/api/keys/${key.id}`);
  expect(again.statusCode).toBe(404);
  expect(errorOf(again).code).toBe('key_not_found');
  expect((await world.access.listKeys()).map(({ id }) => id)).not.toContain(key.id);

  const next = await createWorld({ db: world.db });
  expect(await next.access.verifyKey(key)).toBeNull();
  expect(await next.access.verifyKey(kept)).toEqual({ id: kept.id, name: 'kept', sourceId: kept.id });
  await next.close();
});

test('names are taken while their key is active', async () => {
  const key = await world.access.createKey('Firewall', 'ada');
  const twin = await people.administrator.call('POST', '/api/keys', { name: 'FIREWALL' });
  expect(twin.statusCode).toBe(409);
  expect(errorOf(twin).code).toBe('key_name_taken');
  expect(await world.access.revokeKey(key.id, 'ada')).toBe(true);
  expect((await people.administrator.call('POST', '/api/keys', { name: 'FIREWALL' })).statusCode).toBe(201);
});

test('bad names are refused', async () => {
  for (const name of ['', '   ', 'x'.repeat(300), 'a\nb', 'a\0b', null, {}]) {
    expect((await people.administrator.call('POST', '/api/keys', { name })).statusCode).toBe(400);
  }
});

test('the time of last use is written at most once a minute', async () => {
  const key = await world.access.createKey('busy', 'ada');
  const stored = async (): Promise<string | undefined> => {
    const [row] = await world.db.query<{ last_used_at: Date | null }>(
      'select last_used_at from ingest_key where id = $1',
      [key.id],
    );
    return row?.last_used_at?.toISOString();
  };
  const use = async (laterMs: number): Promise<string> => {
    world.clock.now += laterMs;
    await world.access.verifyKey(key);
    return new Date(world.clock.now).toISOString();
  };
  const first = await use(0);
  expect(await stored()).toBe(first);
  const second = await use(59_000);
  expect(await stored()).toBe(first);
  expect((await world.access.listKeys()).find(({ id }) => id === key.id)?.lastUsedAt).toBe(second);
  const third = await use(1000);
  expect(await stored()).toBe(third);
});

test('the list is paged and searched', async () => {
  const answer = await people.reader.call('GET', '/api/keys?search=BUSY&pageSize=1');
  expect(answer.json()).toMatchObject({ total: 1, page: 1, pageSize: 1, items: [{ name: 'busy' }] });
});
