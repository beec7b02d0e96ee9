import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Laboratory, laboratory, SENDER } from './setup.ts';

/** Lines of one audit event, told by the serial number in each; the event ends with EOE. */
const AUDIT = `id: audit-lines
title: Audit lines
vendor: Test
description: Several lines are one event.
match: tostring(RawEventData.message) has "audit("
assemble:
  key: extract(@"audit\\(([0-9.]+:[0-9]+)\\)", 1, tostring(RawEventData.message))
  text: tostring(RawEventData.message)
  complete: tostring(RawEventData.message) startswith "type=EOE"
  waitSeconds: 60
prepare: |
  extend
      Seconds = extract(@"audit\\(([0-9]+)", 1, PartText),
      T = datetime_add("second", tolong(extract(@"audit\\(([0-9]+)", 1, PartText)), datetime(1970-01-01)),
      Exe = extract(@'exe="([^"]+)"', 1, PartText),
      Cwd = extract(@'cwd="([^"]+)"', 1, PartText),
      LineCount = PartCount, Whole = PartsComplete
time: T
outputs:
  - table: DeviceEvents
    when: true
    transform: |
      project Timestamp = EventTime, ActionType = "Audit", FolderPath = Exe, FileName = Cwd,
        AdditionalFields = bag_pack("Lines", tostring(LineCount), "Whole", tostring(Whole), "Kinds", tostring(array_length(Parts)))
samples:
  - name: s
    events: [{ message: 'type=SYSCALL msg=audit(1700000000.1:1): exe="/bin/a"' }]
`;

/** The same for events that wait a short time only. */
const HASTY = AUDIT.replace('id: audit-lines', 'id: audit-hasty')
  .replace('has "audit("', 'has "audit(" and isnotempty(tostring(RawEventData.hasty))')
  .replace('waitSeconds: 60', 'waitSeconds: 2');

/** Parts of a script, numbered; the text is joined without anything in between. */
const SCRIPTS = `id: script-parts
title: Script parts
vendor: Test
description: A script in numbered parts.
match: isnotempty(RawEventData.script)
assemble:
  key: iff(toint(RawEventData.total) > 1, tostring(RawEventData.script), "")
  order: tolong(RawEventData.part)
  text: tostring(RawEventData.text)
  separator: ''
  count: tolong(RawEventData.total)
  waitSeconds: 60
prepare: |
  extend T = tostring(RawEventData.time), Script = tostring(RawEventData.script), Text = iff(PartCount > 1, PartText, tostring(RawEventData.text))
time: T
outputs:
  - table: DeviceFileEvents
    when: true
    transform: |
      project Timestamp = EventTime, FileName = Script, FolderPath = Text, FileSize = tolong(Sequence)
samples:
  - name: s
    event: { script: a }
`;

const connectorsDir = mkdtempSync(join(tmpdir(), 'parapet-connectors-'));
let lab: Laboratory;
const line = (serial: number, text: string): string =>
  JSON.stringify({ message: text.replace('msg', `msg=audit(1700000000.5:${serial}):`) });
const part = (script: string, number: number, total: number, text: string): string =>
  JSON.stringify({ time: '2024-01-01T00:00:00Z', script, part: number, total, text });
const audits = () =>
  lab.query(
    "SELECT FolderPath, FileName, JSONExtractString(AdditionalFields, 'Lines'), JSONExtractString(AdditionalFields, 'Whole'), JSONExtractString(AdditionalFields, 'Kinds') FROM hunting.DeviceEvents ORDER BY FolderPath",
  );

beforeAll(async () => {
  mkdirSync(join(connectorsDir, 'test'));
  writeFileSync(join(connectorsDir, 'test', 'audit.yaml'), AUDIT);
  writeFileSync(join(connectorsDir, 'test', 'a-hasty.yaml'), HASTY);
  writeFileSync(join(connectorsDir, 'test', 'scripts.yaml'), SCRIPTS);
  lab = await laboratory({ connectorsDir, limits: { batchIdleMs: 20 } });
});
afterAll(async () => {
  await lab.close();
  rmSync(connectorsDir, { recursive: true, force: true });
});

const until = async (what: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !what(); i++) await sleep(25);
  expect(what()).toBe(true);
};

describe('events made of several records', () => {
  it('are put together, whatever lies between their records', async () => {
    expect(lab.ingest.connectorProblems()).toEqual([]);
    await lab.ingest.append(SENDER, 'x', [
      line(1, 'type=SYSCALL msg exe="/bin/one"'),
      line(2, 'type=SYSCALL msg exe="/bin/two"'),
      line(1, 'type=CWD msg cwd="/home/one"'),
      line(2, 'type=CWD msg cwd="/home/two"'),
      line(2, 'type=EOE msg'),
      line(1, 'type=EOE msg'),
    ]);
    await until(() => lab.ingest.lastCommittedBatch() >= 1);
    expect(await audits()).toEqual([
      ['/bin/one', '/home/one', '3', 'True', '3'],
      ['/bin/two', '/home/two', '3', 'True', '3'],
    ]);
    expect(await lab.query('SELECT count(), uniqExact(_ItemId) FROM hunting.ParapetRawEvents')).toEqual([['6', '6']]);
    await lab.query('SELECT 1');
  });

  it('wait for records of the next batch, and lead back to the first record', async () => {
    await lab.ingest.append(SENDER, 'x', [line(3, 'type=SYSCALL msg exe="/bin/three"')]);
    await until(() => lab.ingest.lastCommittedBatch() >= 2);
    expect((await audits()).length).toBe(2);
    await lab.ingest.append(SENDER, 'x', [line(3, 'type=CWD msg cwd="/home/three"'), line(3, 'type=EOE msg')]);
    await until(() => lab.ingest.lastCommittedBatch() >= 3);
    expect((await audits())[1]).toEqual(['/bin/three', '/home/three', '3', 'True', '3']);
    expect(
      await lab.query(
        "SELECT r.RawEventData LIKE '%SYSCALL%' FROM hunting.DeviceEvents AS e JOIN hunting.ParapetRawEvents AS r ON r._ItemId = e._ItemId WHERE e.FolderPath = '/bin/three'",
      ),
    ).toEqual([[1]]);
  });

  it('are used as they are when the rest does not come', async () => {
    const before = Date.now();
    await lab.ingest.append(SENDER, 'x', [
      JSON.stringify({ hasty: 1, message: 'type=SYSCALL msg=audit(1700000000.5:4): exe="/bin/four"' }),
    ]);
    const found = async () => (await audits())[0];
    for (let i = 0; i < 400 && (await found())?.[0] !== '/bin/four'; i++) await sleep(50);
    expect(Date.now() - before).toBeGreaterThan(1_900);
    expect(await found()).toEqual(['/bin/four', '', '1', 'False', '1']);
  });

  it('do not mix what different sources send under one key', async () => {
    await lab.ingest.append(SENDER, 'x', [line(5, 'type=SYSCALL msg exe="/bin/five"')]);
    await lab.ingest.append({ id: 'key-2', name: 'other' }, 'x', [line(5, 'type=SYSCALL msg exe="/bin/six"')]);
    await lab.ingest.idle();
    expect((await audits()).map(([exe, , lines]) => [exe, lines])).toEqual(
      expect.arrayContaining([
        ['/bin/five', '1'],
        ['/bin/six', '1'],
      ]),
    );
  });

  it('are sorted by their number and complete when all parts are there; a record alone passes', async () => {
    await lab.ingest.append(SENDER, 'x', [part('s1', 3, 3, 'c'), part('alone', 1, 1, 'z'), part('s1', 1, 3, 'a')]);
    await lab.ingest.append(SENDER, 'x', [part('s1', 2, 3, 'b'), part('open', 1, 2, 'never ')]);
    await lab.ingest.idle();
    expect(await lab.query('SELECT FileName, FolderPath FROM hunting.DeviceFileEvents ORDER BY FileName')).toEqual([
      ['alone', 'z'],
      ['open', 'never '],
      ['s1', 'abc'],
    ]);
  });

  it('survive the death of the engine while they wait', async () => {
    const batch = lab.ingest.lastCommittedBatch();
    await lab.ingest.append(SENDER, 'x', [part('s2', 1, 2, 'first ')]);
    await until(() => lab.ingest.lastCommittedBatch() > batch);
    process.kill(lab.store.enginePid ?? 0, 'SIGKILL');
    await lab.ingest.append(SENDER, 'x', [part('s2', 2, 2, 'second')]);
    await until(() => lab.ingest.lastCommittedBatch() > batch + 1);
    expect(await lab.query("SELECT FolderPath FROM hunting.DeviceFileEvents WHERE FileName = 's2'")).toEqual([
      ['first second'],
    ]);
  });
});

describe('sources that name their connector', () => {
  it('have their records read by it, whatever they look like', async () => {
    const pinned = { ...SENDER, id: 'key-3', connector: 'script-parts' };
    const record = JSON.stringify({ text: 'type=SYSCALL msg=audit(1.1:9): x', time: '2024-01-01T00:00:00Z' });
    await lab.ingest.append(pinned, 'my-index', [record]);
    await lab.ingest.append({ ...pinned, connector: 'unknown' }, 'my-index', [part('free', 1, 1, 'claimed')]);
    await lab.ingest.idle();
    expect(
      await lab.query(
        "SELECT IndexName, Connector, RawEventData LIKE '%claimed%' FROM hunting.ParapetRawEvents WHERE SourceId = 'key-3' ORDER BY Sequence",
      ),
    ).toEqual([
      ['my-index', 'script-parts', 0],
      ['my-index', 'script-parts', 1],
    ]);
    expect(
      await lab.query("SELECT FolderPath FROM hunting.DeviceFileEvents WHERE FolderPath LIKE '%audit(1.1%'"),
    ).toEqual([['type=SYSCALL msg=audit(1.1:9): x']]);
  });
});
