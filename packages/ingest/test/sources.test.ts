import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParapetError } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { createSealer } from '@parapet/state';
import { openTestState, resetTestState } from '@parapet/state/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ingest, Sender } from '../src/index.ts';
import { invalidValues } from '../src/sources/invalid.ts';
import { RateLimit } from '../src/sources/limits.ts';
import { ingestMigrations } from '../src/sources/migrations.ts';
import { appendWhenRoom, Receivers } from '../src/sources/receivers.ts';
import { SourceRegistry } from '../src/sources/registry.ts';
import { SourceTotals } from '../src/sources/totals.ts';
import type { ReceiverContext, SourceKind } from '../src/sources/types.ts';
import { CONNECTORS, laboratory, silent } from './setup.ts';

let db: StateDb;
let dir: string;
const started: ReceiverContext[] = [];
let stops = 0;
let refuseStart: string | null = null;

const push: SourceKind = {
  id: 'elastic',
  title: 'Push',
  description: '',
  credentials: 'key',
  fields: [],
  setup: [],
};
const pull: SourceKind = {
  id: 'pull',
  title: 'Pull',
  description: '',
  credentials: 'none',
  fields: [
    { name: 'bucket', label: 'Bucket', type: 'text', required: true, pattern: '^[a-z0-9.-]{3,63}$' },
    { name: 'secret', label: 'Secret key', type: 'secret', required: true },
    { name: 'every', label: 'Every', type: 'number', fallback: 60, min: 5, max: 3600 },
  ],
  setup: [],
  async start(context) {
    if (refuseStart) throw new Error(refuseStart);
    started.push(context);
    return {
      state: () => ({ state: 'running', detail: 'Looking for objects' }),
      stop: async () => {
        stops++;
      },
    };
  },
};

const open = () => SourceRegistry.load(db, [push, pull], createSealer(join(dir, 'secret.key')));
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof ParapetError ? error.code : String(error)),
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'parapet-sources-'));
  db = await openTestState();
});
beforeEach(async () => {
  await resetTestState(db);
  await db.migrate(ingestMigrations);
  started.length = 0;
  stops = 0;
  refuseStart = null;
});
afterAll(async () => {
  await db.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the registry', () => {
  it('keeps secrets sealed, opens them for the receiver alone, and keeps them when a form leaves them empty', async () => {
    const registry = await open();
    const made = await registry.create(
      { name: 'Lake', kind: 'pull', settings: { bucket: 'logs', secret: 'hunter2-very-secret' } },
      'ada',
    );
    const [row] = await db.query<{ settings: unknown }>('select settings from ingest_source');
    expect(JSON.stringify(row)).not.toContain('hunter2');
    expect(JSON.stringify(made)).not.toContain('hunter2');
    expect(statSync(join(dir, 'secret.key')).mode & 0o077).toBe(0);
    await registry.update(made.id, { settings: { bucket: 'other', secret: '' } });
    const again = await open();
    const source = again.get(made.id);
    if (!source) throw new Error('lost');
    expect((await again.opened(source)).settings).toEqual({
      bucket: 'other',
      secret: 'hunter2-very-secret',
      every: 60,
    });
    expect(readFileSync(join(dir, 'secret.key'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses what a kind does not allow and names the field', async () => {
    const registry = await open();
    const attempt = (settings: Record<string, unknown>) =>
      registry.create({ name: 'x', kind: 'pull', settings }, 'ada').then(
        () => null,
        (error: ParapetError) => [error.code, (error.details as { field: string }).field],
      );
    expect(await attempt({ secret: 's' })).toEqual(['invalid_request', 'settings.bucket']);
    expect(await attempt({ bucket: 'logs' })).toEqual(['invalid_request', 'settings.secret']);
    expect(await attempt({ bucket: "'; drop", secret: 's' })).toEqual(['invalid_request', 'settings.bucket']);
    expect(await attempt({ bucket: 'logs', secret: 's', every: 1 })).toEqual(['invalid_request', 'settings.every']);
    expect(await attempt({ bucket: 'logs', secret: 's', more: 1 })).toEqual(['invalid_request', 'settings.more']);
    expect(await code(registry.create({ name: 'x', kind: 'fax' }, 'ada'))).toBe('invalid_request');
    expect(await code(registry.create({ name: 'a\nb', kind: 'elastic' }, 'ada'))).toBe('invalid_request');
    expect(registry.list()).toEqual([]);
  });

  it('has one source by a name, and gives the name back when it is removed', async () => {
    const registry = await open();
    const first = await registry.create({ name: 'Firewall', kind: 'elastic' }, 'ada');
    expect(await code(registry.create({ name: 'FIREWALL', kind: 'elastic' }, 'ada'))).toBe('source_name_taken');
    await registry.remove(first.id);
    await registry.create({ name: 'firewall', kind: 'elastic' }, 'ada');
    expect((await open()).list().map((source) => source.name)).toEqual(['firewall']);
  });

  it('makes a source of a key that stands alone, and refuses one that is switched off', async () => {
    const registry = await open();
    await registry.create({ name: 'Proxy', kind: 'elastic' }, 'ada');
    const sender = await registry.senderOf({ id: 'key-9', name: 'Proxy', sourceId: 'key-9' });
    expect(sender).toEqual({ id: 'key-9', name: 'Proxy (key-9)' });
    await registry.update('key-9', { enabled: false, connector: 'squid' });
    expect(await code(registry.senderOf({ id: 'key-9', name: 'Proxy', sourceId: 'key-9' }))).toBe('source_disabled');
    await registry.update('key-9', { enabled: true });
    expect(await registry.senderOf({ id: 'key-9', name: 'Proxy', sourceId: 'key-9' })).toMatchObject({
      connector: 'squid',
    });
  });
});

describe('receivers', () => {
  it('start with a source, restart when it changes, stop when it is switched off', async () => {
    const registry = await open();
    const receivers = new Receivers({} as Ingest, registry, dir, silent);
    await receivers.start();
    const source = await registry.create(
      { name: 'Lake', kind: 'pull', settings: { bucket: 'logs', secret: 's' } },
      'a',
    );
    await receivers.settled(source.id);
    expect(started.map((context) => context.source.settings.secret)).toEqual(['s']);
    expect(receivers.state(source)).toEqual({ state: 'running', detail: 'Looking for objects' });
    // Two changes at once leave one receiver.
    const [, last] = await Promise.all([
      registry.update(source.id, { settings: { bucket: 'one', secret: '' } }),
      registry.update(source.id, { settings: { bucket: 'two', secret: '' } }),
    ]);
    await receivers.settled(source.id);
    expect(started.length - stops).toBe(1);
    expect(started.at(-1)?.source.settings.bucket).toBe(last.settings.bucket);
    const off = await registry.update(source.id, { enabled: false });
    await receivers.settled(source.id);
    expect(started.length).toBe(stops);
    expect(receivers.state(off).state).toBe('off');
    await receivers.close();
  });

  it('say why they cannot start and try again', async () => {
    const registry = await open();
    const receivers = new Receivers({} as Ingest, registry, dir, silent);
    refuseStart = 'Port 514 is taken by another program.';
    const source = await registry.create(
      { name: 'Lake', kind: 'pull', settings: { bucket: 'logs', secret: 's' } },
      'a',
    );
    await receivers.settled(source.id);
    expect(receivers.state(source)).toEqual({ state: 'failed', detail: refuseStart });
    refuseStart = null;
    await expect.poll(() => receivers.state(source).state, { timeout: 5_000 }).toBe('running');
    await receivers.close();
    expect(started.length).toBe(stops);
  });
});

describe('limits', () => {
  it('let a burst through, then the rate, and a large batch never for nothing', () => {
    let now = 0;
    const limit = new RateLimit({ eventsPerSecond: 10, bytesPerSecond: null }, () => now);
    limit.take(1_000, 1);
    expect(() => limit.take(1, 1)).toThrow(ParapetError);
    expect(limit.wait()).toBe(90_100);
    now = 90_100;
    limit.take(1, 1);
    let accepted = 0;
    for (let second = 0; second < 1_000; second++) {
      now += 1_000;
      for (let i = 0; i < 25; i++) {
        if (limit.wait() > 0) break;
        limit.take(1, 1);
        accepted++;
      }
    }
    expect(accepted / 1_000).toBeCloseTo(10, 0);
  });

  it('are waited for by receivers that cannot send their peer away', async () => {
    let tries = 0;
    const ingest = {
      appendRequest: async () => {
        if (++tries < 3) throw new ParapetError('buffer_full', 429, 'full');
        return { firstSequence: 1 };
      },
    } as unknown as Ingest;
    const sender: Sender = { id: 's', name: 's' };
    await appendWhenRoom(ingest, sender, { groups: new Map() }, new AbortController().signal);
    expect(tries).toBe(3);
    const broken = {
      appendRequest: async () => {
        throw new ParapetError('too_large', 413, 'no');
      },
    } as unknown as Ingest;
    await expect(
      appendWhenRoom(broken, sender, { groups: new Map() }, new AbortController().signal),
    ).rejects.toMatchObject({ code: 'too_large' });
    const stop = new AbortController();
    tries = -1_000;
    const waiting = appendWhenRoom(ingest, sender, { groups: new Map() }, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});

describe('totals', () => {
  it('count new batches only, and everything again after a while, so that deleted rows are missed', async () => {
    const lab = await laboratory({ connectorsDir: join(CONNECTORS, 'microsoft') });
    try {
      let now = Date.now();
      const totals = new SourceTotals(
        lab.store,
        () => lab.ingest.lastCommittedBatch(),
        () => now,
      );
      const send = async (id: string, count: number): Promise<void> => {
        await lab.ingest.append(
          { id, name: `source ${id}` },
          'x',
          Array.from({ length: count }, (_, i) => `{"n":${i}}`),
        );
        await lab.ingest.idle();
      };
      const shown = async () =>
        Object.fromEntries([...(await totals.get())].map(([id, total]) => [id, total.connectors.get('')]));
      expect(await shown()).toEqual({});
      await send('a', 3);
      expect(await shown()).toEqual({ a: 3 });
      await send('a', 2);
      await send('b', 5);
      expect(await shown()).toEqual({ a: 5, b: 5 });
      expect((await totals.get()).get('b')).toMatchObject({
        name: 'source b',
        rejected: 0,
        bytes: 5 * '{"n":0}'.length,
      });
      await lab.store.command("ALTER TABLE hunting.ParapetRawEvents DELETE WHERE SourceId = 'a'", {
        settings: { mutations_sync: 2 },
      });
      expect(await shown()).toEqual({ a: 5, b: 5 });
      now += 3_600_000;
      expect(await shown()).toEqual({ b: 5 });
      const connection = (port: string) =>
        JSON.stringify({
          '@timestamp': '2024-05-06T12:00:00Z',
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          SourceName: 'Microsoft-Windows-Sysmon',
          Hostname: 'pc-1',
          EventID: 3,
          UtcTime: '2024-05-06 12:00:00.000',
          Image: 'System',
          SourcePort: '51000',
          DestinationPort: port,
          Initiated: 'true',
        });
      await lab.ingest.append({ id: 'c', name: 'c' }, 'x', ['many', '443', 'more'].map(connection));
      await lab.ingest.append({ id: 'd', name: 'd' }, 'x', [connection('few')]);
      await lab.ingest.idle();
      const tables = ['DeviceNetworkEvents', 'WindowsEvent', 'DeviceEvents'];
      expect(await invalidValues(lab.store, 'c', 24, tables)).toMatchObject({
        values: [{ table: 'DeviceNetworkEvents', column: 'RemotePort', rows: 2, example: expect.stringMatching(/^m/) }],
        partial: false,
      });
      expect((await invalidValues(lab.store, 'd', 24, tables)).values).toMatchObject([{ rows: 1, example: 'few' }]);
      expect((await invalidValues(lab.store, 'b', 24, tables)).values).toEqual([]);
    } finally {
      await lab.close();
    }
  }, 400_000);
});
