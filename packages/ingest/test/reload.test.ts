import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Laboratory, laboratory, SENDER } from './setup.ts';

const connector = (id: string, mark: string, match = 'isnotempty(RawEventData.custom)'): string => `id: ${id}
title: Custom ${mark}
vendor: Test
description: Written in the portal.
match: ${match}
prepare: |
  extend T = tostring(RawEventData.at), Who = tostring(RawEventData.custom.user)
time: T
outputs:
  - table: DeviceEvents
    when: isnotempty(Who)
    transform: |
      project Timestamp = EventTime, ActionType = "${mark}", AccountName = Who, ProcessId = tostring(RawEventData.pid)
samples:
  - name: s
    event: { custom: { user: a } }
`;
let lab: Laboratory;
const event = (user: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  at: '2024-01-01T00:00:00Z',
  custom: { user },
  ...more,
});
beforeAll(async () => {
  lab = await laboratory({ limits: { batchIdleMs: 20 } });
});
afterAll(() => lab.close());

const store = async (user: string): Promise<unknown> => {
  await lab.ingest.append(SENDER, 'x', [JSON.stringify(event(user))]);
  await lab.ingest.idle();
  return (await lab.query(`SELECT ActionType FROM hunting.DeviceEvents WHERE AccountName = '${user}'`))[0]?.[0];
};

describe('connectors at run time', () => {
  it('are used, replaced and removed without a restart', async () => {
    expect(await store('u1')).toBeUndefined();
    const first = await lab.ingest.reloadConnectors([{ file: 'a.yaml', text: connector('my-app', 'one') }]);
    expect(first.problems).toEqual([]);
    expect(first.connectors[0]).toMatchObject({ id: 'my-app', installed: true, tables: ['DeviceEvents'] });
    expect(first.connectors.length).toBeGreaterThan(2);
    expect(await store('u2')).toBe('one');
    await lab.ingest.reloadConnectors([{ file: 'a.yaml', text: connector('my-app', 'two') }]);
    expect(await store('u3')).toBe('two');
    await lab.ingest.reloadConnectors([]);
    expect(await store('u4')).toBeUndefined();
    expect(
      await lab.query('SELECT Connector, count() FROM hunting.ParapetRawEvents GROUP BY Connector ORDER BY 1'),
    ).toEqual([
      ['', '2'],
      ['my-app', '2'],
    ]);
  });

  it('take the place of a built-in one with the same id, and a broken one leaves it alone', async () => {
    const replaced = await lab.ingest.reloadConnectors([
      { file: 'mine.yaml', text: connector('aws-cloudtrail', 'mine') },
      { file: 'broken.yaml', text: connector('broken', 'x').replace('extend T', 'extendd T') },
    ]);
    expect(replaced.connectors.filter(({ id }) => id === 'aws-cloudtrail')).toMatchObject([{ installed: true }]);
    expect(replaced.problems).toMatchObject([{ file: 'broken.yaml', line: 7 }]);
    expect(await store('u5')).toBe('mine');
    const back = await lab.ingest.reloadConnectors([]);
    expect(back.connectors.filter(({ id }) => id === 'aws-cloudtrail')).toMatchObject([{ installed: false }]);
  });
});

describe('a trial', () => {
  it('gives rows, problems and what is not read, and stores nothing', async () => {
    const counts = () => lab.query('SELECT count() FROM hunting.ParapetRawEvents');
    const before = await counts();
    const trial = await lab.ingest.tryConnector(connector('trial-app', 'trial'), [
      event('ada', { pid: 'many', extra: { 'odd key': 7, list: [{ a: 1 }, { a: 2 }] } }),
      { ...event('bob', { pid: 12 }), at: 'yesterday' },
      { nothing: true },
      { eventID: '1', eventSource: 's', eventName: 'E', custom: { user: 'eve' } },
    ]);
    expect(trial.problem).toBeNull();
    expect(trial.tables).toEqual({
      DeviceEvents: [
        expect.objectContaining({ ActionType: 'trial', AccountName: 'ada', _record: 0 }),
        expect.objectContaining({ ActionType: 'trial', AccountName: 'bob', _record: 1, ProcessId: '12' }),
        expect.objectContaining({ AccountName: 'eve', _record: 3 }),
      ],
    });
    expect(trial.records).toEqual([
      {
        claimed: true,
        takenBy: null,
        rows: 1,
        problems: ['ProcessId: "many" does not fit the column and is left out.'],
      },
      { claimed: true, takenBy: null, rows: 1, problems: [expect.stringMatching(/time of the record cannot be read/)] },
      { claimed: false, takenBy: null, rows: 0, problems: [] },
      { claimed: true, takenBy: 'aws-cloudtrail', rows: 1, problems: [expect.stringMatching(/has no time/)] },
    ]);
    expect(trial.unmapped).toEqual(
      expect.arrayContaining([
        { path: 'extra["odd key"]', records: 1, example: '7' },
        { path: 'extra.list.a', records: 1, example: '1' },
        { path: 'nothing', records: 1, example: 'true' },
      ]),
    );
    expect(trial.unmapped.map(({ path }) => path)).not.toEqual(expect.arrayContaining(['custom.user']));
    expect(await counts()).toEqual(before);
    expect(await lab.query("SELECT count() FROM hunting.DeviceEvents WHERE ActionType = 'trial'")).toEqual([['0']]);
  });

  it('names the line of a mistake', async () => {
    const trial = await lab.ingest.tryConnector(connector('x-app', 'x').replace('AccountName', 'NoSuchColumn'), [
      event('a'),
    ]);
    expect(trial.problem).toEqual({
      file: 'connector.yaml',
      line: 13,
      message: 'DeviceEvents has no column named NoSuchColumn',
    });
  });

  it('puts records of one event together', async () => {
    const text = connector('parts-app', 'parts').replace(
      'prepare:',
      'assemble:\n  key: tostring(RawEventData.id)\nprepare:',
    );
    const trial = await lab.ingest.tryConnector(text, [
      event('a', { id: 1 }),
      event('b', { id: 2 }),
      event('c', { id: 1 }),
    ]);
    expect(trial.problem).toBeNull();
    expect(trial.records.map(({ rows }) => rows)).toEqual([1, 1, 0]);
  });

  it('refuses too much', async () => {
    await expect(lab.ingest.tryConnector(connector('x-app', 'x'), Array(201).fill({}))).rejects.toMatchObject({
      status: 413,
    });
  });
});
