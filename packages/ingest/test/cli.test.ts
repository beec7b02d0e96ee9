import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerIngest, runIngestCli } from '../src/index.ts';
import { type Laboratory, laboratory, temporaryDir } from './setup.ts';

let lab: Laboratory;
let app: FastifyInstance;
let url: string;
let work: ReturnType<typeof temporaryDir>;
let refuse = 0;

beforeAll(async () => {
  lab = await laboratory();
  app = Fastify();
  app.addHook('onRequest', async (_request, reply) => {
    if (refuse-- > 0)
      return reply
        .code(429)
        .header('retry-after', '0.05')
        .send({ error: { reason: 'busy' } });
  });
  registerIngest(app, lab.ingest);
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await lab.close();
});
beforeEach(() => {
  refuse = 0;
  work = temporaryDir();
  return () => work.remove();
});

async function run(args: readonly string[], signal?: AbortSignal): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runIngestCli([...args, '--url', url, '--key', 'good', '--state', join(work.dir, 'state.json')], {
    stdout: {
      write(text) {
        out += text;
      },
    },
    stderr: {
      write(text) {
        err += text;
      },
    },
    env: {},
    ...(signal ? { signal } : {}),
  });
  return { code, out, err };
}
const trail = (id: string) => ({ eventTime: '2024-01-01T00:00:00Z', eventSource: 's', eventName: 'E', eventID: id });
const path = (name: string): string => join(work.dir, name);
async function stored(prefix: string): Promise<string[]> {
  await lab.ingest.idle();
  return (
    await lab.query(`SELECT ReportId FROM hunting.CloudAuditEvents WHERE startsWith(ReportId, '${prefix}') ORDER BY 1`)
  ).map(([id]) => String(id));
}

/** The smallest zip there is: one stored entry, and bytes behind the end as some packers leave them. */
function zip(name: string, content: Buffer, crc: number): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt32LE(crc, 14);
  local.writeUInt32LE(content.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 6);
  central.writeUInt32LE(crc, 16);
  central.writeUInt32LE(content.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + content.length, 16);
  return Buffer.concat([local, Buffer.from(name), content, central, Buffer.from(name), end, Buffer.from('\n')]);
}

describe('parapet ingest', () => {
  it('reads every packing it names, in folders', async () => {
    const { crc32 } = await import('node:zlib');
    mkdirSync(path('in/deep'), { recursive: true });
    writeFileSync(path('in/lines.ndjson'), `${JSON.stringify(trail('p-01'))}\r\n\r\n${JSON.stringify(trail('p-02'))}`);
    writeFileSync(path('in/array.json'), JSON.stringify([trail('p-03'), trail('p-04')], null, 2));
    writeFileSync(path('in/delivery.json.gz'), gzipSync(JSON.stringify({ Records: [trail('p-05'), trail('p-06')] })));
    writeFileSync(path('in/deep/indented.json'), JSON.stringify({ Records: [trail('p-07')] }, null, 2));
    const content = Buffer.from(`\uFEFF${JSON.stringify(trail('p-08'))}\n`);
    writeFileSync(path('in/deep/a.zip'), zip('b.json', content, crc32(content)));
    const tar = pack();
    tar.entry({ name: 'x/y.json' }, `${JSON.stringify(trail('p-09'))}\n`);
    tar.entry({ name: '._y.json' }, Buffer.from([0, 1, 2]));
    tar.finalize();
    await pipeline(tar, createGzip(), createWriteStream(path('in/deep/c.tar.gz')));
    writeFileSync(
      path('in/utf16.json'),
      Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`${JSON.stringify(trail('p-10'))}\r\n${JSON.stringify(trail('p-11'))}\r\n`, 'utf16le'),
      ]),
    );
    const result = await run([path('in')]);
    expect(result.err).toBe('');
    expect(result.code).toBe(0);
    expect(await stored('p-')).toEqual(Array.from({ length: 11 }, (_, i) => `p-${String(i + 1).padStart(2, '0')}`));
  });

  it('reports rejected lines with file, line and reason, and says 1', async () => {
    writeFileSync(path('mixed.json'), `${JSON.stringify(trail('m-1'))}\n{oops\n${JSON.stringify(trail('m-2'))}\n`);
    const result = await run([path('mixed.json'), '--rejects', path('rejects.ndjson')]);
    expect(result.code).toBe(1);
    expect(result.err).toMatch(/mixed\.json:2: .*JSON/);
    expect(result.out).toMatch(/2 events accepted, 1 rejected/);
    expect(JSON.parse(readFileSync(path('rejects.ndjson'), 'utf8'))).toMatchObject({ line: 2, text: '{oops' });
    expect(await stored('m-')).toEqual(['m-1', 'm-2']);
  });

  it('waits and repeats when the server is busy', async () => {
    writeFileSync(path('busy.json'), JSON.stringify(trail('b-1')));
    refuse = 2;
    const result = await run([path('busy.json')]);
    expect(result.code).toBe(0);
    expect(result.out).toMatch(/trying again: busy/);
    expect(await stored('b-')).toEqual(['b-1']);
  });

  it('stops on request, goes on where it was, and sends again only when asked', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => JSON.stringify(trail(`s-${i}`)));
    writeFileSync(path('long.json'), lines.join('\n'));
    const controller = new AbortController();
    const before = lab.ingest.metrics().acceptedEvents;
    const timer = setInterval(() => {
      if (lab.ingest.metrics().acceptedEvents > before) controller.abort();
    }, 1);
    const first = await run([path('long.json')], controller.signal);
    clearInterval(timer);
    expect(first.code).toBe(2);
    expect(first.err).toMatch(/run the same command again/);
    const second = await run([path('long.json')]);
    expect(second.code).toBe(0);
    expect((await stored('s-')).length).toBe(20_000);
    const third = await run([path('long.json')]);
    expect(third.out).toMatch(/0 events accepted[\s\S]*1 files were sent by an earlier run/);
    expect((await run([path('long.json'), '--restart'])).out).toMatch(/20,000 events accepted/);
  });

  it('says 2 for a wrong key, a missing file and wrong use', async () => {
    writeFileSync(path('one.json'), JSON.stringify(trail('w-1')));
    expect(await run([path('one.json'), '--key', 'x'])).toMatchObject({ code: 0 });
    const io = {
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      env: { PARAPET_API_KEY: 'wrong' },
    };
    expect(await runIngestCli([path('one.json'), '--url', url, '--state', path('other.json')], io)).toBe(2);
    expect((await run([path('absent.json')])).err).toMatch(/There is no .*absent\.json/);
    expect(await runIngestCli([], io)).toBe(2);
    expect(await runIngestCli(['--nope'], io)).toBe(2);
  });
});
