/** Clients that others wrote, unchanged, over real sockets. Each is left out with a message where it is not installed. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { Receivers } from '../src/sources/receivers.ts';
import { makeCertificates, type TestCertificates } from './certificates.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';
import { silent } from './setup.ts';

const EVENTS = 2_000;
let lab: HttpLab;
let certificates: TestCertificates | null;
let secure: ReturnType<typeof createServer> | undefined;
let secureUrl = '';

beforeAll(async () => {
  lab = await httpLab();
  certificates = makeCertificates();
  if (!certificates) return;
  const { cert, key } = certificates;
  secure = createServer({ cert, key }, lab.app.routing);
  await new Promise<void>((resolve) => secure?.listen(0, '127.0.0.1', resolve));
  secureUrl = `https://localhost:${(secure.address() as AddressInfo).port}`;
});
afterAll(async () => {
  secure?.closeAllConnections();
  secure?.close();
  certificates?.remove();
  await lab.close();
});

async function installed<T>(context: TestContext, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return context.skip(`${name} is not installed`);
  }
}

/** Every number from 0 to n-1 once. */
function expectAll(numbers: unknown[], n = EVENTS): void {
  expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
}

it('@elastic/elasticsearch: the bulk helper, and its product check', async (context) => {
  const { Client } = await installed(context, '@elastic/elasticsearch', () => import('@elastic/elasticsearch'));
  const key = await lab.source('elastic');
  const client = new Client({ node: lab.url, auth: { apiKey: key.encoded }, compression: true });
  const stats = await client.helpers.bulk({
    datasource: Array.from({ length: EVENTS }, (_, n) => ({ n, '@timestamp': '2024-01-01T00:00:00Z' })),
    onDocument: () => ({ create: { _index: 'logs-test-default' } }),
    flushBytes: 20_000,
    concurrency: 4,
  });
  expect([stats.successful, stats.failed]).toEqual([EVENTS, 0]);
  const one = await client.index({ index: 'single', document: { n: EVENTS } });
  expect(one.result).toBe('created');
  expect((await client.cluster.health()).status).toBe('green');
  await client.close();
  const records = await lab.records(key);
  expectAll(
    records.map((record) => record.n),
    EVENTS + 1,
  );
});

it('@elastic/elasticsearch: a source over its rate is tried again until all is in', async (context) => {
  const { Client } = await installed(context, '@elastic/elasticsearch', () => import('@elastic/elasticsearch'));
  const key = await lab.source('elastic', {}, { eventsPerSecond: 500, bytesPerSecond: null });
  const client = new Client({ node: lab.url, auth: { apiKey: key.encoded } });
  const events = Array.from({ length: 6_500 }, (_, n) => ({ n }));
  const stats = await client.helpers.bulk({
    datasource: events,
    onDocument: () => ({ create: { _index: 'x' } }),
    flushBytes: 15_000,
    concurrency: 1,
    retries: 20,
    wait: 300,
  });
  await client.close();
  expect([stats.successful, stats.failed]).toEqual([events.length, 0]);
  expect(lab.ingest.activity(key.sourceId).refused).toBeGreaterThan(0);
  expectAll(
    (await lab.records(key)).map((record) => record.n),
    events.length,
  );
});

it('splunk-logging: events in batches', async (context) => {
  const splunk = (await installed(context, 'splunk-logging', () => import('splunk-logging' as string))) as {
    default: { Logger: new (config: object) => SplunkLogger };
  };
  interface SplunkLogger {
    error: (error: Error) => void;
    send(event: object, done?: (error: Error | null, response: unknown, body: { code: number }) => void): void;
    flush(done: (error: Error | null, response: unknown, body: { code: number }) => void): void;
  }
  const key = await lab.source('hec');
  const logger = new splunk.default.Logger({ token: key.encoded, url: lab.url, maxBatchCount: 0, batchInterval: 0 });
  const failures: unknown[] = [];
  logger.error = (error) => failures.push(error);
  let codes: number[] = [];
  for (let part = 0; part < 4; part++) {
    for (let n = part * 500; n < (part + 1) * 500; n++)
      logger.send({
        message: { n },
        severity: 'info',
        metadata: { source: 'app', sourcetype: 'json', index: 'main', host: 'web-1' },
      });
    const code = await new Promise<number>((resolve, reject) =>
      logger.flush((error, _response, body) => (error ? reject(error) : resolve(body.code))),
    );
    codes = [...codes, code];
  }
  expect([codes, failures]).toEqual([[0, 0, 0, 0], []]);
  const records = await lab.records(key);
  expectAll(records.map((record) => (record.message as { n: number }).n));
  expect(records[0]).toMatchObject({ host: { hostname: 'web-1' }, _hec: { sourcetype: 'json', index: 'main' } });
  expect(Math.abs(Date.parse(String(records[0]?.['@timestamp'])) - Date.now())).toBeLessThan(600_000);
});

for (const encoding of ['http', 'proto', 'grpc'] as const)
  it(`@opentelemetry/exporter-logs-otlp-${encoding}: a batch processor`, async (context) => {
    const name = `@opentelemetry/exporter-logs-otlp-${encoding}`;
    const sdk = await installed(context, '@opentelemetry/sdk-logs', () => import('@opentelemetry/sdk-logs'));
    const resources = await installed(context, '@opentelemetry/resources', () => import('@opentelemetry/resources'));
    const module = (await installed(context, name, () => import(name))) as {
      OTLPLogExporter: new (config: object) => import('@opentelemetry/sdk-logs').LogRecordExporter;
    };
    const port = 40_000 + (process.pid % 20_000);
    const key: Key = await lab.source('otlp', encoding === 'grpc' ? { grpcPort: port } : {});
    const receivers = new Receivers(lab.ingest, lab.registry, lab.dir, silent);
    if (encoding === 'grpc') await receivers.start();
    const authorization = `Bearer ${key.encoded}`;
    let config: object = { url: `${lab.url}/v1/logs`, headers: { authorization }, compression: 'gzip' };
    if (encoding === 'grpc') {
      const { Metadata, credentials } = (await installed(
        context,
        '@grpc/grpc-js',
        () => import('@grpc/grpc-js' as string),
      )) as {
        Metadata: new () => { set(name: string, value: string): void };
        credentials: { createInsecure(): unknown };
      };
      const metadata = new Metadata();
      metadata.set('authorization', authorization);
      config = {
        url: `http://127.0.0.1:${port}`,
        metadata,
        credentials: credentials.createInsecure(),
        compression: 'gzip',
      };
    }
    const provider = new sdk.LoggerProvider({
      resource: resources.resourceFromAttributes({ 'host.name': 'otel-host', 'service.name': 'app' }),
      processors: [
        new sdk.BatchLogRecordProcessor({ exporter: new module.OTLPLogExporter(config), maxQueueSize: EVENTS * 2 }),
      ],
    });
    const logger = provider.getLogger('test', '1.0');
    for (let n = 0; n < EVENTS; n++)
      logger.emit({
        severityText: 'INFO',
        severityNumber: 9,
        body: n % 2 === 0 ? `event ${n}` : { n, nested: { list: [1, 'two', true] } },
        attributes: { n, ratio: 0.5 },
      });
    await provider.forceFlush();
    await provider.shutdown();
    const records = await lab.records(key);
    expectAll(records.map((record) => (record.attributes as { n: number }).n));
    const [text, map] = [
      records.find((record) => record.message === 'event 0'),
      records.find((record) => record.n === 1),
    ];
    expect(text).toMatchObject({
      host: { hostname: 'otel-host' },
      resource: { 'service.name': 'app' },
      attributes: { ratio: 0.5 },
      _otlp: { severity_text: 'INFO', scope: { name: 'test', version: '1.0' } },
    });
    expect(map).toMatchObject({ nested: { list: [1, 'two', true] } });
    await receivers.close();
  });

it('@azure/monitor-ingestion with @azure/identity: tokens of our own authority, compressed uploads', async (context) => {
  if (!certificates) return context.skip('the openssl command is not installed');
  const identity = await installed(context, '@azure/identity', () => import('@azure/identity'));
  const { LogsIngestionClient } = await installed(
    context,
    '@azure/monitor-ingestion',
    () => import('@azure/monitor-ingestion'),
  );
  const key = await lab.source('azure-logs');
  const tlsOptions = { ca: certificates.ca };
  const credential = new identity.ClientSecretCredential('parapet', key.id, key.secret, {
    authorityHost: secureUrl,
    disableInstanceDiscovery: true,
    tlsOptions,
  });
  const client = new LogsIngestionClient(secureUrl, credential, { tlsOptions });
  const rows = Array.from({ length: EVENTS }, (_, n) => ({ TimeGenerated: new Date(), n, Text: 'x'.repeat(900) }));
  await client.upload('dcr-00000000000000000000000000000000', 'Custom-Clients_CL', rows);
  expectAll((await lab.records(key)).map((record) => record.n));
  const wrong = new identity.ClientSecretCredential('parapet', key.id, 'guess', {
    authorityHost: secureUrl,
    disableInstanceDiscovery: true,
    tlsOptions,
  });
  await expect(wrong.getToken('https://monitor.azure.com/.default')).rejects.toThrow(/7000215/);
});
