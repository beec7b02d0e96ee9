import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replays } from '../src/generic/replays.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';

let lab: HttpLab;

beforeAll(async () => {
  lab = await httpLab({ limits: { maxLineBytes: 50_000 } });
});
afterAll(() => lab.close());

interface Answer {
  readonly id: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: string[];
}

async function send(key: Key, body: string, name = 'mine', headers: Record<string, string> = {}) {
  const answer = await fetch(`${lab.url}/api/ingest/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.encoded}`, ...headers },
    body,
  });
  return {
    status: answer.status,
    replayed: answer.headers.get('idempotent-replayed'),
    body: (await answer.json()) as Answer,
  };
}

describe('POST /api/ingest/<name>', () => {
  it('takes objects, arrays, lines of JSON, CSV and text, told apart by content', async () => {
    const key = await lab.source('http');
    const bodies = [
      '{"a":\n12345678901234567890}',
      '[{"b":1},{"b":2}]',
      '{"c":1}\n{"c":2}\n',
      'x,y\n1,2\n3,4\n',
      'first line\nsecond line\n',
    ];
    for (const body of bodies) expect((await send(key, body)).status, body).toBe(202);
    expect(await lab.records(key)).toEqual([
      { a: Number('12345678901234567890') },
      { b: 1 },
      { b: 2 },
      { c: 1 },
      { c: 2 },
      { x: '1', y: '2' },
      { x: '3', y: '4' },
      { message: 'first line' },
      { message: 'second line' },
    ]);
    const rows = await lab.query(
      `SELECT DISTINCT IndexName FROM hunting.ParapetRawEvents WHERE SourceId = '${key.sourceId}'`,
    );
    expect(rows).toEqual([['mine']]);
  });

  it('puts rows into the table it is named after', async () => {
    const key = await lab.source('http');
    await send(key, '{"TimeGenerated":"2024-05-06T07:08:09Z","Computer":"gen-1","SyslogMessage":"m"}', 'Syslog');
    await lab.ingest.idle();
    expect(await lab.query("SELECT SyslogMessage FROM hunting.Syslog WHERE Computer = 'gen-1'")).toEqual([['m']]);
  });

  it('says what it set aside and when the rest can be hunted', async () => {
    const key = await lab.source('http');
    const answer = await send(key, `{"a":1}\n{"b":\n{"c":"${'x'.repeat(60_000)}"}\n{"d":1}\n`);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: 2 });
    expect(answer.body.errors[0]).toMatch(/^Line 2: /);
    const ask = async () =>
      (await (
        await fetch(`${lab.url}/api/ingest/batches/${answer.body.id}`, {
          headers: { authorization: `Bearer ${key.encoded}` },
        })
      ).json()) as { committed: boolean };
    await expect.poll(async () => (await ask()).committed, { timeout: 30_000 }).toBe(true);
    const stored = await lab.query(`SELECT count() FROM hunting.ParapetRawEvents WHERE SourceId = '${key.sourceId}'`);
    expect(stored).toEqual([['2']]);
  });

  it('stores a repeated request once', async () => {
    const key = await lab.source('http');
    const headers = { 'idempotency-key': 'k-1' };
    const [first, second] = await Promise.all([
      send(key, '{"a":1}', 'mine', headers),
      send(key, '{"a":1}', 'mine', headers),
    ]);
    expect(first.body).toEqual(second.body);
    expect([first.replayed, second.replayed].sort()).toEqual(['true', null].sort());
    await send(key, '{"a":1}', 'mine', { 'idempotency-key': 'k-2' });
    expect(await lab.records(key)).toHaveLength(2);
  });

  it('refuses what has no key and no events', async () => {
    const key = await lab.source('http');
    expect((await send({ ...key, encoded: 'x' }, '{"a":1}')).status).toBe(401);
    expect((await send(key, '\n')).status).toBe(400);
  });
});

it('answers are remembered for a day, a bounded number of them, and failures are not', async () => {
  let now = 0;
  let works = 0;
  const replays = new Replays<number>(2, () => now);
  const work = async () => ++works;
  await expect(replays.once('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await replays.once('a', work)).toEqual({ answer: 1, repeated: false });
  expect(await replays.once('a', work)).toEqual({ answer: 1, repeated: true });
  await replays.once('b', work);
  await replays.once('c', work);
  expect((await replays.once('a', work)).repeated).toBe(false);
  now = 25 * 3_600_000;
  expect((await replays.once('a', work)).repeated).toBe(false);
});
