import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDrop } from '../src/drop/kind.ts';
import type { RunningReceiver } from '../src/sources/types.ts';
import type { Ingest } from '../src/types.ts';
import { receiverContext, until } from './receiver.ts';
import { type Laboratory, laboratory } from './setup.ts';

let lab: Laboratory;
const running = new Set<RunningReceiver>();
beforeAll(async () => {
  lab = await laboratory();
});
afterAll(async () => {
  for (const receiver of running) await receiver.stop();
  await lab.close();
});

async function start(
  id: string,
  settings: Record<string, unknown>,
  ingest: Ingest = lab.ingest,
): Promise<RunningReceiver> {
  const receiver = await startDrop(receiverContext(ingest, 'files', id, lab.dir, { settleSeconds: 0, ...settings }));
  running.add(receiver);
  return receiver;
}

async function texts(id: string): Promise<string[]> {
  await lab.ingest.idle();
  return (
    await lab.query(
      `SELECT JSONExtractString(RawEventData, 'message') FROM hunting.ParapetRawEvents WHERE SourceId = '${id}' ORDER BY Sequence`,
    )
  ).map(([message]) => String(message));
}

const log = (from: number, to: number, word = 'line'): string =>
  Array.from({ length: to - from }, (_, i) => `${word} ${from + i} of a log with some text\n`).join('');
const numbers = (from: number, to: number, word = 'line'): string[] =>
  Array.from({ length: to - from }, (_, i) => `${word} ${from + i} of a log with some text`);

describe('a folder whose files are taken', () => {
  it('moves what was read away and says what could not be used', async () => {
    const receiver = await start('take', { mode: 'collect' });
    const folder = join(lab.dir, 'take', 'drop');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'a.log'), log(0, 3));
    writeFileSync(join(folder, 'half.log.part'), 'unfinished\n');
    writeFileSync(join(folder, 'mixed.json'), '{"message":"good"}\n{broken\n');
    writeFileSync(join(folder, 'noise.bin'), Buffer.alloc(5_000));
    const whole = gzipSync(log(0, 6_000, 'gz'));
    writeFileSync(join(folder, 'cut.gz'), whole.subarray(0, whole.length - 1_000));
    // A bomb: 120 MB of one line, and a link out of the folder.
    writeFileSync(join(folder, 'bomb.gz'), gzipSync(Buffer.alloc(120 * 2 ** 20, 0x61)));
    writeFileSync(join(lab.dir, 'secret.txt'), 'secret\n');
    symlinkSync(join(lab.dir, 'secret.txt'), join(folder, 'link.txt'));
    const before = process.memoryUsage().rss;
    await until(() => receiver.state().counters?.files === 5);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
    expect(readdirSync(folder).sort()).toEqual(['done', 'failed', 'half.log.part', 'link.txt', 'sub']);
    expect(readdirSync(join(folder, 'done')).sort()).toEqual([
      'cut.gz',
      'cut.gz.problems.txt',
      'mixed.json',
      'mixed.json.problems.txt',
      'sub',
    ]);
    expect(readdirSync(join(folder, 'failed')).sort()).toEqual([
      'bomb.gz',
      'bomb.gz.problems.txt',
      'noise.bin',
      'noise.bin.problems.txt',
    ]);
    expect(readFileSync(join(folder, 'done', 'mixed.json.problems.txt'), 'utf8')).toMatch(
      /1 events were taken, 1 lines[\s\S]*mixed.json:2: /,
    );
    expect(readFileSync(join(folder, 'done', 'cut.gz.problems.txt'), 'utf8')).toContain('cut off');
    expect(readFileSync(join(folder, 'failed', 'bomb.gz.problems.txt'), 'utf8')).toContain(
      'the line has 125829120 bytes',
    );
    const stored = await texts('take');
    expect(stored).toEqual(expect.arrayContaining([...numbers(0, 3), 'good', ...numbers(0, 1_000, 'gz')]));
    expect(stored).not.toContain('secret');
    const reasons = await lab.query(
      "SELECT Reason, count() FROM hunting.ParapetDeadLetter WHERE SourceId = 'take' GROUP BY Reason ORDER BY Reason",
    );
    expect(reasons.map(([reason, count]) => [reason, Number(count)])).toEqual([
      ['malformed_json', 1],
      ['unreadable_file', 3],
    ]);
    // The same name again is the same to nobody.
    writeFileSync(join(folder, 'mixed.json'), '{"message":"again"}\n');
    await until(() => existsSync(join(folder, 'done', 'mixed.json.2')));
    expect((await texts('take')).filter((text) => text === 'again' || text === 'good')).toEqual(['good', 'again']);
  });

  it('waits until a file has come to rest, and goes on in the middle of one after a restart', async () => {
    let receiver = await start('rest', { mode: 'collect', settleSeconds: 1 });
    const folder = join(lab.dir, 'rest', 'drop');
    for (let i = 0; i < 6; i++) {
      appendFileSync(join(folder, 'growing.log'), log(i * 10, i * 10 + 10));
      await sleep(250);
    }
    expect(receiver.state().counters?.files).toBe(0);
    await until(() => receiver.state().counters?.files === 1);
    await receiver.stop();
    running.delete(receiver);
    // Three chunks, each of which takes its time: the stop falls into the middle.
    writeFileSync(join(folder, 'large.log'), log(0, 12_000, 'large'));
    const slow = new Proxy(lab.ingest, {
      get: (target, key) =>
        key === 'appendRequest'
          ? async (...args: Parameters<Ingest['appendRequest']>) => {
              await sleep(300);
              return target.appendRequest(...args);
            }
          : Reflect.get(target, key),
    });
    receiver = await start('rest', { mode: 'collect' }, slow);
    await until(() => receiver.state().detail.startsWith('Reading large.log'));
    await sleep(400);
    await receiver.stop();
    running.delete(receiver);
    expect(existsSync(join(folder, 'large.log'))).toBe(true);
    receiver = await start('rest', { mode: 'collect' });
    await until(() => receiver.state().counters?.files === 1, 40_000);
    // What the first run stored is not stored again by the second.
    expect(receiver.state().counters?.events).toBeLessThan(12_000);
    expect(await texts('rest')).toEqual([...numbers(0, 60), ...numbers(0, 12_000, 'large')]);
  });

  it('forgets read files after their days, and says which folder cannot be used', async () => {
    mkdirSync(join(lab.dir, 'old', 'drop', 'done'), { recursive: true });
    writeFileSync(join(lab.dir, 'old', 'drop', 'done', 'x.log'), 'x\n');
    await start('old', { mode: 'collect', keepDays: 0 });
    await until(() => !existsSync(join(lab.dir, 'old', 'drop', 'done', 'x.log')));
    await expect(start('relative', { folder: 'some/where' })).rejects.toThrow(/absolute/);
    await expect(start('absent', { mode: 'follow', folder: '/does/not/exist' })).rejects.toThrow(/cannot be read/);
  });
});

describe('logs that are followed', () => {
  it('are read as they grow, through every kind of rotation and a restart, each line once', async () => {
    const folder = join(lab.dir, 'logs');
    mkdirSync(folder);
    const path = (name: string): string => join(folder, name);
    const settings = { mode: 'follow', folder, settleSeconds: 1 };
    let receiver = await start('follow', settings);
    let written = 0;
    const write = (name: string, lines: number): void => {
      appendFileSync(path(name), log(written, written + lines));
      written += lines;
    };
    let before = 0;
    const taken = (): number => before + (receiver.state().counters?.events ?? 0);
    const caughtUp = (): Promise<void> => until(() => taken() >= written, 30_000);
    write('app.log', 100);
    await caughtUp();
    // Half a line waits for its end.
    appendFileSync(path('app.log'), 'line 100 of a');
    await sleep(700);
    expect(taken()).toBe(100);
    appendFileSync(path('app.log'), ' log with some text\n');
    written++;
    await caughtUp();
    // Renamed, as logrotate does; the writer goes on in the old file for a moment.
    renameSync(path('app.log'), path('app.log.1'));
    write('app.log.1', 10);
    write('app.log', 100);
    await caughtUp();
    // Packed later.
    await sleep(2_500);
    writeFileSync(path('app.log.1.gz'), gzipSync(readFileSync(path('app.log.1'))));
    rmSync(path('app.log.1'));
    // Copied and cut, with lines nobody had read before the cut.
    await receiver.stop();
    before = taken();
    running.delete(receiver);
    write('app.log', 50);
    receiver = await start('follow', settings);
    await caughtUp();
    copyFileSync(path('app.log'), path('app.log.2'));
    truncateSync(path('app.log'));
    await sleep(1_500);
    write('app.log', 60);
    await caughtUp();
    await sleep(2_500);
    const stored = await texts('follow');
    expect(stored.slice().sort()).toEqual(numbers(0, written).sort());
    expect(readdirSync(folder).sort()).toEqual(['app.log', 'app.log.1.gz', 'app.log.2']);
  });

  it('of tables keep their header, also after a restart', async () => {
    const folder = join(lab.dir, 'tables');
    mkdirSync(folder);
    const settings = { mode: 'follow', folder, pattern: '*.csv' };
    writeFileSync(join(folder, 'a.csv'), 'message,host\nfirst,h\n');
    writeFileSync(join(folder, 'b.txt'), 'not taken\n');
    let receiver = await start('tables', settings);
    await until(() => receiver.state().counters?.events === 1);
    await receiver.stop();
    running.delete(receiver);
    appendFileSync(join(folder, 'a.csv'), 'second,h\n');
    receiver = await start('tables', settings);
    await until(() => receiver.state().counters?.events === 1);
    expect(await texts('tables')).toEqual(['first', 'second']);
  });
});
