import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startObjects } from '../src/objects/kind.ts';
import type { RunningReceiver } from '../src/sources/types.ts';
import { receiverContext, until } from './receiver.ts';
import { type Laboratory, laboratory } from './setup.ts';

const KEY_ID = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const REGION = 'eu-test-1';
const bucket = new Map<string, Buffer>();
const reads: string[] = [];
let server: Server;
let endpoint: string;
let lab: Laboratory;
const running = new Set<RunningReceiver>();

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const etagOf = (body: Buffer): string => createHash('md5').update(body).digest('hex');

/** Signature Version 4 as AWS publishes it, over the request as it came in. */
function signed(request: IncomingMessage): boolean {
  const header =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (!header) return false;
  const [, id = '', day = '', region = '', names = '', signature = ''] = header;
  if (id !== KEY_ID || region !== REGION) return false;
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const canonicalQuery = query.split('&').filter(Boolean).sort().join('&');
  const headers = names
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim()}\n`)
    .join('');
  const payload = String(request.headers['x-amz-content-sha256']);
  const canonical = [request.method, path, canonicalQuery, headers, names, payload].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'],
    `${day}/${region}/s3/aws4_request`,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const key = ['aws4_request'].reduce(hmac, hmac(hmac(hmac(`AWS4${SECRET}`, day), region), 's3'));
  return hmac(key, toSign).toString('hex') === signature;
}

beforeAll(async () => {
  lab = await laboratory();
  server = createServer((request, reply) => {
    const refuse = (status: number, code: string): void => {
      reply
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
    };
    if (!signed(request)) return refuse(403, 'SignatureDoesNotMatch');
    const url = new URL(request.url ?? '', 'http://x');
    if (!url.pathname.startsWith('/logs/')) return refuse(404, 'NoSuchBucket');
    const key = decodeURIComponent(url.pathname.slice('/logs/'.length));
    if (key === '') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const after = url.searchParams.get('continuation-token') ?? '';
      const names = [...bucket.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
      // Two a page, so that there are pages.
      const page = names.slice(0, 2);
      const contents = page.map((name) => {
        const body = bucket.get(name) as Buffer;
        return `<Contents><Key>${encodeURIComponent(name)}</Key><LastModified>2024-03-0${name.includes('old') ? 1 : 5}T00:00:00.000Z</LastModified><ETag>&quot;${etagOf(body)}&quot;</ETag><Size>${body.length}</Size></Contents>`;
      });
      const more = names.length > 2;
      reply.end(
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${page[1]}</NextContinuationToken>` : ''}${contents.join('')}</ListBucketResult>`,
      );
      return;
    }
    const body = bucket.get(key);
    if (!body) return refuse(404, 'NoSuchKey');
    if (key.includes('forbidden')) return refuse(403, 'AccessDenied');
    if (request.headers['if-match'] !== `"${etagOf(body)}"`) return refuse(412, 'PreconditionFailed');
    reads.push(key);
    reply.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(async () => {
  for (const receiver of running) await receiver.stop();
  server.close();
  await lab.close();
});

async function start(id: string, settings: Record<string, unknown>): Promise<RunningReceiver> {
  const receiver = await startObjects(
    receiverContext(lab.ingest, 's3', id, lab.dir, {
      endpoint,
      region: REGION,
      bucket: 'logs',
      pathStyle: true,
      accessKeyId: KEY_ID,
      secretAccessKey: SECRET,
      pollSeconds: 0.2,
      ...settings,
    }),
  );
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

describe('a bucket', () => {
  it('is read object by object, each once, new and changed ones included, also after a restart', async () => {
    bucket.set('in/a b+c/1.json.gz', gzipSync('{"Records":[{"message":"one"},{"message":"two"}]}'));
    bucket.set("in/ü'(2)*.log", Buffer.from('three\n'));
    bucket.set('in/3.csv', Buffer.from('message,x\nfour,1\n'));
    bucket.set('in/forbidden.log', Buffer.from('never\n'));
    bucket.set('in/noise.bin', Buffer.alloc(5_000));
    bucket.set('in/old.log', Buffer.from('old\n'));
    bucket.set('out/other.log', Buffer.from('other\n'));
    let receiver = await start('bucket', { prefix: 'in/', from: '2024-03-02' });
    await until(() => receiver.state().counters?.events === 4);
    bucket.set('in/4.log', Buffer.from('five\n'));
    await until(() => receiver.state().counters?.events === 5);
    // The same key with another content is another object.
    bucket.set('in/4.log', Buffer.from('six\n'));
    await until(() => receiver.state().counters?.events === 6);
    expect(receiver.state().detail).toMatch(/forbidden.log: The key may not do this/);
    await receiver.stop();
    running.delete(receiver);
    const before = reads.length;
    receiver = await start('bucket', { prefix: 'in/', from: '2024-03-02' });
    await until(() => receiver.state().counters?.listed === 7);
    bucket.set('in/5.log', Buffer.from('seven\n'));
    await until(() => receiver.state().counters?.events === 1);
    expect(reads.slice(before)).toEqual(['in/5.log']);
    expect((await texts('bucket')).sort()).toEqual(['five', 'four', 'one', 'seven', 'six', 'three', 'two']);
    // Again from the start, a part of it.
    await receiver.stop();
    running.delete(receiver);
    receiver = await start('bucket', { prefix: 'in/a', from: '2024-03-02', replay: 1 });
    await until(() => receiver.state().counters?.events === 2);
    expect((await texts('bucket')).slice(7)).toEqual(['one', 'two']);
  });

  it('says what is wrong with its settings', async () => {
    const said = async (settings: Record<string, unknown>): Promise<string> => {
      const receiver = await start(`wrong-${JSON.stringify(settings).length}`, settings);
      await until(() => receiver.state().state === 'failed');
      await receiver.stop();
      running.delete(receiver);
      return receiver.state().detail;
    };
    expect(await said({ secretAccessKey: 'wrong' })).toMatch(/secret key does not fit/);
    expect(await said({ bucket: 'nothing-here' })).toMatch(/no bucket nothing-here/);
    expect(await said({ endpoint: 'http://127.0.0.1:1' })).toMatch(/cannot be reached/);
    await expect(start('no-address', { endpoint: 'minio' })).rejects.toThrow(/no address/);
    await expect(start('no-date', { from: 'soon' })).rejects.toThrow(/no date/);
    expect(readFileSync(join(lab.dir, 'bucket', 'positions.json'), 'utf8')).not.toContain(SECRET);
  });
});
