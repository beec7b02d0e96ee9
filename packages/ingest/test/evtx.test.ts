import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readEvtx } from '../src/formats/evtx/reader.ts';
import { readDocuments } from '../src/formats/index.ts';
import { ChunkBuilder, CLASSIC, evtxFile, LOGON, logonValues, type Node, value } from './evtx-builder.ts';

async function read(file: Buffer, piece = 10_000): Promise<{ values: unknown[]; problems: string[] }> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < file.length; at += piece) pieces.push(file.subarray(at, at + piece));
  const values: unknown[] = [];
  const problems: string[] = [];
  for await (const item of readEvtx(Readable.from(pieces, { objectMode: true }))) {
    if ('problem' in item) problems.push(`${item.place}: ${item.problem}`);
    else values.push(JSON.parse(JSON.stringify(item.value)));
  }
  return { values, problems };
}

const ids = (values: readonly unknown[]): number[] =>
  values.map((item) => (item as { Event: { System: { EventRecordID: number } } }).Event.System.EventRecordID);

function chunkOf(...numbers: number[]): ChunkBuilder {
  const chunk = new ChunkBuilder();
  for (const id of numbers) chunk.record(id, LOGON, logonValues(id, `user${id}`));
  return chunk;
}

describe('event log files', () => {
  it('give every record with attributes, typed values and named data', async () => {
    const { values, problems } = await read(evtxFile([chunkOf(1, 2).finish(), chunkOf(3).finish()]));
    expect(problems).toEqual([]);
    expect(ids(values)).toEqual([1, 2, 3]);
    expect(values[1]).toEqual({
      Event: {
        '#attributes': { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
        System: {
          Provider: {
            '#attributes': {
              Name: 'Microsoft-Windows-Security-Auditing',
              Guid: '{54849625-5478-4994-9A5B-A3E3B0328C30}',
            },
          },
          EventID: 4624,
          TimeCreated: { '#attributes': { SystemTime: '2024-05-06T12:00:01.2345678Z' } },
          EventRecordID: 2,
          Correlation: null,
          Channel: 'Security',
          Computer: 'pc-1.corp.example',
        },
        EventData: {
          SubjectUserSid: 'S-1-5-21-1-2-3-500',
          TargetUserName: 'user2',
          TargetLogonId: '0x3e7',
          Elevated: true,
          Empty: null,
        },
      },
    });
  });

  it('list unnamed data in their order, keep numbers beyond 2^53 exact and hostile names harmless', async () => {
    const head = logonValues(1).slice(0, 8);
    const big = [...head];
    big[5] = value.u64(18_446_744_073_709_551_615n);
    const odd: Node = {
      name: 'Event',
      children: [
        { name: '__proto__', children: [{ s: 0 }] },
        { name: 'Twice', children: ['a'] },
        { name: 'Twice', children: ['b & c'] },
      ],
    };
    const chunk = new ChunkBuilder()
      .record(1, CLASSIC, [...big, value.texts(['first', '', 'third'])])
      .record(2, CLASSIC, [...head, value.text('only one')])
      .record(3, odd, [value.text('x')]);
    const { values, problems } = await read(evtxFile([chunk.finish()]));
    expect(problems).toEqual([]);
    expect(values[0]).toMatchObject({
      Event: {
        System: { EventRecordID: '18446744073709551615' },
        EventData: { Data: { '#text': ['first', '', 'third'] } },
      },
    });
    expect(values[1]).toMatchObject({ Event: { EventData: { Data: { '#text': 'only one' } } } });
    expect(values[2]).toEqual(JSON.parse('{"Event":{"__proto__":"x","Twice":"a","Twice_1":"b & c"}}'));
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('read XML inside a value', async () => {
    // A fragment of its own: its name stands where the record can point to it, in the template of another record.
    const chunk = new ChunkBuilder();
    const outer: Node = { name: 'Event', children: [{ name: 'UserData', children: [{ s: 0 }] }] };
    const probe = new ChunkBuilder().record(1, { name: 'LogFileCleared' }, []);
    const name = 0x200 + 24 + 4 + 10 + 24 + 4 + 7 + 4;
    expect(
      probe
        .finish()
        .subarray(name + 8, name + 36)
        .toString('utf16le'),
    ).toBe('LogFileCleared');
    const inner = Buffer.alloc(13);
    inner.set([0x0f, 1, 1, 0, 0x01, 0xff, 0xff]);
    chunk.record(1, { name: 'LogFileCleared' }, []);
    const fragment = Buffer.concat([inner.subarray(0, 7), Buffer.alloc(4), u32(name), Buffer.from([0x03, 0x00])]);
    const bare = Buffer.concat([
      Buffer.from([0x0f, 1, 1, 0, 0x01]),
      Buffer.alloc(4),
      u32(name),
      Buffer.from([0x03, 0]),
    ]);
    chunk.record(2, outer, [value.xml(fragment)]).record(3, outer, [value.xml(bare)]);
    const { values, problems } = await read(evtxFile([chunk.finish()]));
    expect(problems).toEqual([]);
    expect(values.slice(1)).toEqual([
      { Event: { UserData: { LogFileCleared: null } } },
      { Event: { UserData: { LogFileCleared: null } } },
    ]);
  });

  it('of an open log give records that its header does not know yet, and nothing stale behind them', async () => {
    const chunk = chunkOf(7, 8, 9);
    const bytes = chunk.finish();
    bytes.writeUInt32LE(chunk.records.get(8) ?? 0, 48);
    // What stands behind is from an earlier use of the chunk.
    bytes.writeBigUInt64LE(3n, (chunk.records.get(9) ?? 0) + 8);
    const { values, problems } = await read(evtxFile([bytes, Buffer.alloc(65_536)], true));
    expect(ids(values)).toEqual([7, 8]);
    expect(problems).toEqual([]);
  });

  it('give what a damaged file still holds and say what they leave out', async () => {
    const chunk = chunkOf(1, 2, 3);
    const bytes = chunk.finish();
    // The second record claims to be smaller than a record can be; the third is whole.
    bytes.writeUInt32LE(5, (chunk.records.get(2) ?? 0) + 4);
    const broken = chunkOf(4, 5);
    const second = broken.finish();
    // A template far outside of the chunk.
    second.writeUInt32LE(0xfffffff0, (broken.records.get(5) ?? 0) + 24 + 4 + 6);
    const { values, problems } = await read(evtxFile([bytes, Buffer.alloc(65_536, 7), second]));
    expect(ids(values)).toEqual([1, 3, 4]);
    expect(problems).toEqual([
      'chunk 1: the checksum is wrong: the chunk is damaged; records that can be read are taken',
      `chunk 1: no record at byte ${chunk.records.get(2)}`,
      'chunk 2: no records here: never used, or damaged',
      'chunk 3: the checksum is wrong: the chunk is damaged; records that can be read are taken',
      'chunk 3, record 5: a template outside of the chunk',
    ]);
  });

  it('give what stands before the end of a file that was cut off', async () => {
    const chunk = chunkOf(1, 2);
    const file = evtxFile([chunk.finish()]);
    const { values, problems } = await read(file.subarray(0, 4_096 + (chunk.records.get(2) ?? 0) + 40));
    expect(ids(values)).toEqual([1]);
    expect(problems).toEqual(['chunk 1, record 2: the file ends inside this record']);
    expect((await read(file.subarray(0, 100))).problems).toEqual(['header: the file ends inside its header']);
  });

  it('survive any damage without an exception and without endless output', async () => {
    const whole = evtxFile([chunkOf(1, 2, 3, 4, 5).finish()]);
    let seed = 12_345;
    const random = (limit: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % limit;
    };
    for (let round = 0; round < 300; round++) {
      const file = Buffer.from(whole);
      for (let i = 0; i < 1 + random(8); i++) file[4_096 + 512 + random(3_000)] = random(256);
      const { values } = await read(file, 65_536);
      expect(values.length).toBeLessThanOrEqual(5);
    }
  });

  it('refuse a record that its template blows up', async () => {
    const bomb: Node = { name: 'Event', children: Array.from({ length: 2_000 }, () => ({ s: 0 })) };
    const chunk = new ChunkBuilder().record(1, bomb, [value.text('x'.repeat(12_000))]);
    const { values, problems } = await read(evtxFile([chunk.finish()]));
    expect(values).toEqual([]);
    expect(problems).toEqual(['chunk 1, record 1: the record is larger than 16777216 characters']);
  });

  it('are told by their content, packed or not', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'parapet-evtx-'));
    try {
      const file = evtxFile([chunkOf(1, 2).finish()]);
      writeFileSync(join(dir, 'plain.log'), file);
      writeFileSync(join(dir, 'packed.bin'), gzipSync(file));
      for (const name of ['plain.log', 'packed.bin']) {
        const lines: number[] = [];
        for await (const item of readDocuments(join(dir, name), () => undefined)) {
          if (!('document' in item)) throw new Error(item.problem);
          expect(item.document.bytes.toString()).toContain('"TargetUserName":"user');
          lines.push(item.document.line);
        }
        expect(lines).toEqual([1, 2]);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

function u32(n: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(n);
  return buffer;
}
