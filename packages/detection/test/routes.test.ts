import type { DetectionInfo, Job } from '@parapet/schema';
import { ParapetError } from '@parapet/schema';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Detection, detectionRoutes, type JobContext } from '../src/index.ts';

const rule = (id: string, extra: Partial<DetectionInfo>): DetectionInfo => ({
  id,
  name: id,
  title: id,
  description: '',
  severity: 'medium',
  category: 'Execution',
  techniques: ['T1059'],
  kind: 'continuous',
  trigger: 'arrival',
  frequencyMs: 0,
  lookbackMs: 0,
  shadow: false,
  status: 'ok',
  blindSpots: [],
  lastRows: null,
  lastErrorCode: null,
  nextRun: null,
  warning: null,
  alerts30d: 0,
  origin: 'builtIn',
  version: 1,
  owner: '',
  createdBy: 'Parapet',
  updatedAt: null,
  template: null,
  exclusions: 0,
  couldBeContinuous: false,
  cost: { runs: 0, rowsRead: 0, engineMs: 0 },
  problems: [],
  tables: ['DeviceEvents'],
  enabled: true,
  query: '',
  recommendedActions: '',
  falsePositives: [],
  lastRun: null,
  lastRunMs: null,
  lastError: null,
  alerts: 0,
  ...extra,
});

let rules: Map<string, DetectionInfo>;
let runs: { ruleId: string; range: { from?: Date; to?: Date } }[];
let app: FastifyInstance;
let permissions: string[];

beforeEach(async () => {
  rules = new Map(
    [
      rule('a', { title: 'Alpha', severity: 'low', alerts: 3 }),
      rule('b', { title: 'beta', severity: 'high', category: 'Impact', techniques: ['T1490'], enabled: false }),
      rule('c', { title: 'Gamma', severity: 'medium', alerts: 9 }),
    ].map((info) => [info.id, info]),
  );
  runs = [];
  permissions = [];
  const detection: Pick<Detection, 'list' | 'get' | 'setEnabled' | 'runOverHistory'> = {
    list: async () => [...rules.values()],
    get: async (id) => rules.get(id),
    setEnabled: async (id, enabled, actor) => {
      const info = rules.get(id);
      if (!info) throw new ParapetError('detection_not_found', 404, 'There is no such rule.');
      const next = { ...info, enabled, lastError: `by ${actor.username}` };
      rules.set(id, next);
      return next;
    },
    runOverHistory: async (ruleId, range) => {
      runs.push({ ruleId, range });
      return { rules: 1, created: 0, repeated: 0, hidden: 0, failed: [] };
    },
  };
  const jobs = {
    start: async (kind: string, title: string, createdBy: string, work: (context: JobContext) => Promise<unknown>) => {
      await work({ signal: new AbortController().signal, progress: () => undefined });
      return { id: 'j1', kind, title, createdBy } as unknown as Job;
    },
  };
  app = Fastify();
  app.decorateRequest('principal', { getter: () => ({ username: 'ann' }) } as never);
  app.addHook(
    'onRoute',
    (route) => void permissions.push(`${String(route.method)} ${route.url} ${String(route.config?.permission)}`),
  );
  app.setErrorHandler((error, _, reply) =>
    error instanceof ParapetError
      ? reply.code(error.status).send({ error: { code: error.code, message: error.message } })
      : reply.code(500).send(error),
  );
  await app.register(detectionRoutes, { detection: detection as Detection, jobs });
});
afterEach(() => app.close());

const titles = async (query: string): Promise<string[]> =>
  (await app.inject(`/api/detections?${query}`)).json().items.map((item: DetectionInfo) => item.title);

describe('routes of the detections', () => {
  it('ask for the right permission', () => {
    const lines = permissions.filter((line) => !line.startsWith('HEAD'));
    expect(lines).toEqual(expect.arrayContaining(['PATCH /api/detections/:id DetTune.Manage']));
    // What looks at a text or at alerts that are there reads; everything else changes what is detected.
    const reads = /^(GET|POST .*\/(check|preview|trial|simulate)) /;
    for (const line of lines) {
      const [method, path, permission] = line.split(' ');
      expect(line).toBe(`${method} ${path} ${reads.test(`${method} ${path} `) ? 'SecData.Read' : 'DetTune.Manage'}`);
      expect(permission).toBeDefined();
    }
  });

  it('sort, filter and page on the server', async () => {
    expect(await titles('')).toEqual(['Alpha', 'beta', 'Gamma']);
    expect(await titles('sort=severity&order=desc')).toEqual(['beta', 'Gamma', 'Alpha']);
    expect(await titles('sort=alerts&order=desc&pageSize=2&page=2')).toEqual(['beta']);
    expect(await titles('severity=low,high')).toEqual(['Alpha', 'beta']);
    expect(await titles('category=Impact')).toEqual(['beta']);
    expect(await titles('enabled=false')).toEqual(['beta']);
    expect(await titles('search=t1490')).toEqual(['beta']);
    expect((await app.inject('/api/detections?pageSize=1')).json()).toMatchObject({ total: 3, page: 1, pageSize: 1 });
  });

  it.each(['sort=nope', 'order=up', 'page=0', 'page=x', 'pageSize=1.5', 'enabled=maybe'])(
    'refuse ?%s',
    async (query) => {
      const reply = await app.inject(`/api/detections?${query}`);
      expect([reply.statusCode, reply.json().error.code]).toEqual([400, 'invalid_request']);
    },
  );

  it('answer one rule, or 404', async () => {
    expect((await app.inject('/api/detections/a')).json()).toMatchObject({ title: 'Alpha' });
    expect((await app.inject('/api/detections/zzz')).statusCode).toBe(404);
  });

  it('switch a rule as the caller', async () => {
    const reply = await app.inject({ method: 'PATCH', url: '/api/detections/a', payload: { enabled: false } });
    expect(reply.json()).toMatchObject({ enabled: false, lastError: 'by ann' });
    for (const payload of [{}, { enabled: 'no' }, { enabled: true, title: 'x' }])
      expect((await app.inject({ method: 'PATCH', url: '/api/detections/a', payload })).statusCode).toBe(400);
  });

  it('start a job for one rule or for all', async () => {
    const reply = await app.inject({
      method: 'POST',
      url: '/api/detections/a/run',
      payload: { from: '2026-01-01T00:00:00Z' },
    });
    expect([reply.statusCode, reply.json()]).toEqual([
      202,
      expect.objectContaining({ id: 'j1', createdBy: 'ann', kind: 'detection.history' }),
    ]);
    expect((await app.inject({ method: 'POST', url: '/api/detections/run' })).statusCode).toBe(202);
    expect(runs).toEqual([
      { ruleId: 'a', range: { from: new Date('2026-01-01T00:00:00Z') } },
      { ruleId: 'all', range: {} },
    ]);
    expect((await app.inject({ method: 'POST', url: '/api/detections/zzz/run' })).statusCode).toBe(404);
    const wrong = { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    expect((await app.inject({ method: 'POST', url: '/api/detections/run', payload: wrong })).statusCode).toBe(400);
    expect(
      (await app.inject({ method: 'POST', url: '/api/detections/run', payload: { from: 'soon' } })).statusCode,
    ).toBe(400);
  });
});
