import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from '../src/osquery/fleet.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';

let lab: HttpLab;
let key: Key;

beforeAll(async () => {
  lab = await httpLab({ principal: 'ada' });
  key = await lab.source('osquery', {
    config: '{"options":{"utc":true},"schedule":{"up":{"query":"select 1;","interval":60}}}',
  });
});
afterAll(() => lab.close());

async function call<T = Record<string, unknown>>(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${lab.url}${path.startsWith('/') ? path : `/osquery/${path}`}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

async function api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${lab.url}/api/ingest/sources/${key.sourceId}/osquery/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : null) as T };
}

const enrol = async (identifier: string, secret = key.encoded, folder = '/osquery') =>
  (
    await call(`${folder}/enroll`, {
      enroll_secret: secret,
      host_identifier: identifier,
      platform_type: '9',
      host_details: {
        os_version: { name: 'Debian GNU/Linux', version: '12', platform: 'debian' },
        osquery_info: { version: '5.12.1' },
        system_info: { hostname: `host-${identifier}`, uuid: identifier },
      },
    })
  ).body;

interface NodeItem {
  readonly id: string;
  readonly hostIdentifier: string;
  readonly hostname: string;
  readonly version: string;
  readonly os: string;
  readonly lastSeenAt: string;
}

describe('machines', () => {
  it('enrol with the key, fetch their configuration, and enrol again when they are forgotten', async () => {
    expect(await enrol('m1', 'bm9ib2R5OmF0IGFsbA==')).toEqual({ node_invalid: true });
    const { node_key: first } = await enrol('m1', `${key.encoded}\n`);
    expect((await call('config', { node_key: first })).body).toEqual({
      options: { utc: true },
      schedule: { up: { query: 'select 1;', interval: 60 } },
      node_invalid: false,
    });
    const { node_key: second } = await enrol('m1', key.encoded, '/api/v1/osquery');
    expect((await call('config', { node_key: first })).body).toEqual({ node_invalid: true });
    expect((await call('config', { node_key: second })).body.node_invalid).toBe(false);
    const nodes = (await api<{ items: NodeItem[] }>('GET', 'nodes')).body.items;
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({
      hostIdentifier: 'm1',
      hostname: 'host-m1',
      version: '5.12.1',
      os: 'Debian GNU/Linux 12',
    });
    const stored = JSON.stringify(await lab.db.query('select * from osquery_node'));
    expect(stored).not.toContain(String(second));
    // A restart keeps them.
    expect((await Fleet.load(lab.db)).seen(second, '192.0.2.1')?.hostIdentifier).toBe('m1');
    expect((await api('DELETE', `nodes/${nodes[0]?.id}`)).status).toBe(204);
    expect((await call('config', { node_key: second })).body).toEqual({ node_invalid: true });
  });

  it('send results and status lines exactly, also compressed', async () => {
    const own = await lab.source('osquery');
    const { node_key } = await enrol('m2', own.encoded);
    const line =
      '{"name":"proc","hostIdentifier":"m2","unixTime":1700000000,"columns":{"pid":"1","big":12345678901234567890},"action":"added"}';
    const body = `{"node_key":"${node_key}","log_type":"result","data":[${line},${JSON.stringify(line)},7]}`;
    const answer = await call('log', gzipSync(body), { 'content-encoding': 'gzip' });
    expect(answer).toEqual({ status: 200, body: { node_invalid: false } });
    await call('logger', { node_key, log_type: 'status', data: [{ severity: '0', message: 'started' }] });
    const records = await lab.records(own);
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      name: 'proc',
      host: { hostname: 'host-m2' },
      _osquery: { log_type: 'result', platform: 'debian' },
    });
    expect(records[2]).toMatchObject({ message: 'started', _osquery: { log_type: 'status' } });
    const raw = await lab.query(
      `SELECT RawEventData FROM hunting.ParapetRawEvents WHERE SourceId = '${own.sourceId}' ORDER BY Sequence LIMIT 2`,
    );
    for (const [text] of raw) expect(text).toContain('"big":12345678901234567890');
    expect(await lab.query(`SELECT count() FROM hunting.ParapetDeadLetter WHERE SourceId = '${own.sourceId}'`)).toEqual(
      [['1']],
    );
  });

  it('keep what they have when it cannot be taken', async () => {
    const own = await lab.source('osquery', {}, { eventsPerSecond: 1, bytesPerSecond: null });
    const { node_key } = await enrol('m3', own.encoded);
    const lines = Array.from({ length: 40 }, () => ({ name: 'x' }));
    expect((await call('log', { node_key, log_type: 'result', data: lines })).status).toBe(200);
    const later = await call('log', { node_key, log_type: 'result', data: lines });
    expect([later.status, typeof later.body.error, later.body.node_invalid]).toEqual([429, 'string', undefined]);
    expect((await call('log', { node_key, log_type: 'other', data: [] })).status).toBe(400);
    expect((await call('log', { node_key: 'nobody', log_type: 'result', data: lines })).body.node_invalid).toBe(true);
    await lab.registry.remove(own.sourceId);
    expect((await call('log', { node_key, log_type: 'result', data: lines })).body.node_invalid).toBe(true);
  });
});

describe('questions', () => {
  it('reach the machines they are for, once, and their answers are rows to hunt and to see', async () => {
    const [one, two] = [await enrol('q1'), await enrol('q2')];
    const nodes = (await api<{ items: NodeItem[] }>('GET', 'nodes')).body.items;
    const target = nodes.find((node) => node.hostIdentifier === 'q1')?.id;
    const all = await api<{ id: string }>('POST', 'queries', { sql: 'select pid from processes;', name: 'procs' });
    expect(all.status).toBe(201);
    const some = await api<{ id: string }>('POST', 'queries', { sql: 'select 2;', nodes: [target] });
    expect((await api('POST', 'queries', { sql: 'select 2;', nodes: ['nobody'] })).status).toBe(404);
    const asked = (await call<{ queries: object }>('distributed_read', { node_key: one.node_key })).body.queries;
    expect(asked).toEqual({ [all.body.id]: 'select pid from processes;', [some.body.id]: 'select 2;' });
    const others = (await call<{ queries: object }>('distributed/read', { node_key: two.node_key })).body.queries;
    expect(others).toEqual({ [all.body.id]: 'select pid from processes;' });
    expect((await call<{ queries: object }>('distributed_read', { node_key: one.node_key })).body.queries).toEqual({});
    const write = {
      node_key: one.node_key,
      queries: { [all.body.id]: [{ pid: '1' }, { pid: '2' }], [some.body.id]: [], unasked: [{ x: '1' }] },
      statuses: { [all.body.id]: 0, [some.body.id]: 1 },
      messages: { [some.body.id]: 'no such table: x' },
    };
    expect((await call('distributed_write', write)).body).toEqual({ node_invalid: false });
    // Sent again, it is not stored again.
    await call('distributed_write', write);
    await lab.ingest.idle();
    const found = await api<{ results: unknown[]; rows: unknown[] }>('GET', `queries/${all.body.id}`);
    expect(found.body.results).toMatchObject([{ host: 'host-q1', status: 0, rows: 2 }]);
    expect(found.body.rows).toEqual([
      { host: 'host-q1', columns: { pid: '1' } },
      { host: 'host-q1', columns: { pid: '2' } },
    ]);
    expect((await api<{ results: unknown[] }>('GET', `queries/${some.body.id}`)).body.results).toMatchObject([
      { status: 1, message: 'no such table: x', rows: 0 },
    ]);
    const list = (await api<{ items: { answers: number; createdBy: string }[] }>('GET', 'queries')).body.items;
    expect(list.map((query) => [query.answers, query.createdBy])).toEqual([
      [1, 'ada'],
      [1, 'ada'],
    ]);
    // After a restart a machine is not asked what it answered.
    const again = await Fleet.load(lab.db);
    const node = again.seen(two.node_key, '');
    if (!node) throw new Error('lost');
    expect(Object.keys(again.questions(node))).toEqual([all.body.id]);
    const answered = again.seen(one.node_key, '');
    if (!answered) throw new Error('lost');
    expect(again.questions(answered)).toEqual({});
  });

  it('end', async () => {
    let now = Date.now() + 86_400_000;
    const fleet = await Fleet.load(lab.db, () => now);
    const node_key = await fleet.enrol({
      sourceId: key.sourceId,
      hostIdentifier: 'e1',
      hostname: '',
      platform: '',
      os: '',
      version: '',
      address: '',
    });
    const node = fleet.seen(node_key, '');
    if (!node) throw new Error('lost');
    const query = await fleet.ask(key.sourceId, { name: 'n', sql: 's', nodes: null, minutes: 30 }, 'ada');
    expect(fleet.questions(node)).toEqual({ [query.id]: 's' });
    now += 11 * 60_000;
    expect(fleet.questions(node)).toEqual({ [query.id]: 's' });
    now += 20 * 60_000;
    expect(fleet.questions(node)).toEqual({});
    expect(fleet.expected(node, query.id)).toBeNull();
  });
});

it('a configuration that is not JSON is refused where it is entered', async () => {
  await expect(lab.source('osquery', { config: '{"schedule": ' })).rejects.toMatchObject({
    details: { field: 'settings.config' },
  });
});
