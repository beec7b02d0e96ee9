import {
  DETECTION_STATUSES,
  type DetectionInfo,
  type DetectionSummary,
  type Job,
  type Page,
  ParapetError,
  type Permission,
  SEVERITIES,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { registerRuleRoutes } from './routes/rules.ts';
import { registerTuningRoutes } from './routes/tuning.ts';
import type { Detection, JobContext } from './runtime/types.ts';
import type { CallersSight } from './stored/preview.ts';
import type { AlertHistory } from './tuning/suggest.ts';

export interface DetectionRoutesOptions {
  readonly detection: Detection;
  /** The part of packages/state's jobs that starts one. */
  readonly jobs: {
    start(
      kind: string,
      title: string,
      createdBy: string,
      work: (context: JobContext) => Promise<unknown>,
    ): Promise<Job>;
  };
  /** Alerts of each rule as the caller sees them; every alert when absent. */
  readonly alertCounts?: (request: FastifyRequest, since?: Date) => Promise<ReadonlyMap<string, number>>;
  /** Whether the caller sees every row of some tables: what runs over them found and cost is for them alone. */
  readonly wholeOf?: (request: FastifyRequest) => Promise<(tables: readonly string[]) => boolean>;
  /** What the caller sees of telemetry: previews show no more. */
  readonly sightOf?: (request: FastifyRequest) => Promise<CallersSight>;
  /** Past alerts as the caller sees them; every alert when absent. */
  readonly historyOf?: (request: FastifyRequest) => Promise<AlertHistory>;
  /** Resolve alerts as the caller, for the step that applies a tuning rule to what is there; answers how many were changed. */
  readonly resolveAlerts?: (request: FastifyRequest, ids: readonly string[], comment: string) => Promise<number>;
}

const READ: { permission: Permission } = { permission: 'SecData.Read' };
const MANAGE: { permission: Permission } = { permission: 'DetTune.Manage' };
const MAX_PAGE_SIZE = 500;
const DAY = 86_400_000;
/** What a rule's runs found and cost, for who does not see all the rows they read. */
const UNTOLD = {
  lastRows: null,
  lastRunMs: null,
  lastError: null,
  warning: null,
  cost: { runs: 0, rowsRead: 0, engineMs: 0 },
} as const;

type SortKey =
  | keyof Pick<
      DetectionInfo,
      | 'name'
      | 'title'
      | 'severity'
      | 'category'
      | 'kind'
      | 'enabled'
      | 'status'
      | 'lastRun'
      | 'lastRunMs'
      | 'nextRun'
      | 'lastRows'
      | 'alerts'
      | 'alerts30d'
      | 'createdBy'
      | 'owner'
    >
  | 'cost';
const SORT_KEYS: readonly SortKey[] = [
  'title',
  'severity',
  'category',
  'kind',
  'enabled',
  'lastRun',
  'lastRunMs',
  'alerts',
  'name',
  'status',
  'nextRun',
  'lastRows',
  'alerts30d',
  'createdBy',
  'owner',
  'cost',
];

interface ListQuery {
  readonly search?: string;
  readonly severity?: string;
  readonly category?: string;
  readonly kind?: string;
  readonly enabled?: string;
  readonly status?: string;
  readonly origin?: string;
  readonly shadow?: string;
  readonly update?: string;
  readonly couldBeContinuous?: string;
  readonly table?: string;
  readonly technique?: string;
  readonly sort?: string;
  readonly order?: string;
  readonly page?: string;
  readonly pageSize?: string;
}

const invalid = (message: string): ParapetError => new ParapetError('invalid_request', 400, message);

/**
 * Routes of the rules:
 * `GET /api/detections?search&severity&category&kind&enabled&sort&order&page&pageSize` (severity and category take comma-separated
 * lists), `GET /api/detections/:id`, `PATCH /api/detections/:id` `{enabled}`, `POST /api/detections/:id/run` and
 * `POST /api/detections/run` `{from?, to?}`, both answering 202 with the job.
 */
export async function detectionRoutes(app: FastifyInstance, options: DetectionRoutesOptions): Promise<void> {
  const { detection, jobs, alertCounts } = options;
  /** With the number of alerts that the caller sees. */
  const seen = async (request: FastifyRequest, rules: readonly DetectionInfo[]): Promise<DetectionInfo[]> => {
    const [counts, whole] = await Promise.all([alertCounts?.(request), options.wholeOf?.(request)]);
    const limited = whole ? rules.filter(({ tables }) => !whole(tables)) : [];
    const hidden = new Set(limited.map(({ id }) => id));
    const recent = hidden.size > 0 ? await alertCounts?.(request, new Date(Date.now() - 30 * DAY)) : undefined;
    return rules.map((rule) => {
      const alerts = counts ? (counts.get(rule.id) ?? 0) : rule.alerts;
      if (!hidden.has(rule.id)) return { ...rule, alerts };
      return { ...rule, alerts, alerts30d: recent?.get(rule.id) ?? 0, ...UNTOLD };
    });
  };
  app.get('/api/detections/summary', { config: READ }, async (request): Promise<DetectionSummary> => {
    const all = await detection.list();
    const list = await seen(request, all);
    const whole = await options.wholeOf?.(request);
    const told = new Set(all.filter(({ tables }) => !whole || whole(tables)).map(({ id }) => id));
    const count = (test: (info: DetectionInfo) => boolean) => list.filter(test).length;
    return {
      total: list.length,
      enabled: count(({ enabled }) => enabled),
      failing: count(({ status }) => status === 'failed' || status === 'broken'),
      warnings: count(({ status }) => status === 'warning' || status === 'throttled'),
      off: count(({ enabled }) => !enabled),
      shadow: count(({ shadow }) => shadow),
      updates: count(hasUpdate),
      couldBeContinuous: count(({ couldBeContinuous }) => couldBeContinuous),
      engineMs: Math.round(list.reduce((sum, { cost }) => sum + cost.engineMs, 0)),
      notices: (await detection.records.notices())
        .filter(({ ruleId }) => told.has(ruleId))
        .map((notice) => ({
          ...notice,
          name: list.find(({ id }) => id === notice.ruleId)?.name ?? notice.ruleId,
        })),
    };
  });

  app.get<{ Querystring: ListQuery }>(
    '/api/detections',
    { config: READ },
    async (request): Promise<Page<DetectionInfo>> => {
      const { query } = request;
      return page(sorted(filtered(await seen(request, await detection.list()), query), query), query);
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/detections/:id',
    { config: READ },
    async (request): Promise<DetectionInfo> => {
      const info = await detection.get(request.params.id);
      if (!info) throw notFound();
      return (await seen(request, [info]))[0] ?? info;
    },
  );

  app.patch<{ Params: { id: string }; Body: unknown }>('/api/detections/:id', { config: MANAGE }, async (request) => {
    const body = request.body as { enabled?: unknown; shadow?: unknown } | null;
    const [key, ...others] = Object.keys(body ?? {});
    const value = key === 'enabled' ? body?.enabled : key === 'shadow' ? body?.shadow : undefined;
    if (typeof value !== 'boolean' || others.length > 0)
      throw invalid('The body must be {"enabled": true|false} or {"shadow": true|false}.');
    const actor = { username: request.principal.username, remoteAddress: request.ip };
    return key === 'enabled'
      ? detection.setEnabled(request.params.id, value, actor)
      : detection.setShadow(request.params.id, value, actor);
  });

  const start = async (request: FastifyRequest, ruleId: string, title: string): Promise<Job> => {
    const range = rangeOf(request.body);
    return jobs.start('detection.history', title, request.principal.username, (context) =>
      detection.runOverHistory(ruleId, range, context),
    );
  };
  app.post('/api/detections/run', { config: MANAGE }, async (request, reply) => {
    reply.code(202);
    return start(request, 'all', 'Run all detections over stored data');
  });
  app.post<{ Params: { id: string } }>('/api/detections/:id/run', { config: MANAGE }, async (request, reply) => {
    const info = await detection.get(request.params.id);
    if (!info) throw notFound();
    reply.code(202);
    return start(request, info.id, `Run "${info.name}" over stored data`);
  });
  registerRuleRoutes(app, options);
  registerTuningRoutes(app, options);
}

const hasUpdate = ({ template }: DetectionInfo): boolean => template !== null && template.version < template.latest;

const notFound = (): ParapetError =>
  new ParapetError(
    'detection_not_found',
    404,
    'There is no detection rule with this id.',
    'The list of detections shows the ids.',
  );

function rangeOf(body: unknown): { from?: Date; to?: Date } {
  if (body === null || body === undefined) return {};
  if (typeof body !== 'object') throw invalid('The body must be an object with from and to, or empty.');
  const range: { from?: Date; to?: Date } = {};
  for (const key of ['from', 'to'] as const) {
    const value = (body as Record<string, unknown>)[key];
    if (value === undefined || value === null) continue;
    const time = typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
    if (Number.isNaN(time.getTime())) throw invalid(`${key} must be an ISO 8601 time.`);
    range[key] = time;
  }
  if (range.from && range.to && range.from > range.to) throw invalid('from must not be later than to.');
  return range;
}

function filtered(list: readonly DetectionInfo[], query: ListQuery): DetectionInfo[] {
  const search = (query.search ?? '').trim().toLowerCase();
  const oneOf = (value: string | undefined) => (value ? new Set(value.split(',')) : undefined);
  const severities = oneOf(query.severity);
  const categories = oneOf(query.category);
  const statuses = oneOf(query.status);
  for (const status of statuses ?? [])
    if (!(DETECTION_STATUSES as readonly string[]).includes(status))
      throw invalid(`status must be of ${DETECTION_STATUSES.join(', ')}.`);
  const kinds = oneOf(query.kind);
  if (query.enabled !== undefined && query.enabled !== 'true' && query.enabled !== 'false')
    throw invalid('enabled must be true or false.');
  return list.filter(
    (info) =>
      (!search ||
        [info.name, info.title, info.description, info.owner, info.id, ...info.techniques, ...info.tables].some(
          (text) => text.toLowerCase().includes(search),
        )) &&
      (!severities || severities.has(info.severity)) &&
      (!categories || categories.has(info.category)) &&
      (!kinds || kinds.has(info.kind)) &&
      (!statuses || statuses.has(info.status)) &&
      (!query.origin || info.origin === query.origin) &&
      (!query.shadow || info.shadow === (query.shadow === 'true')) &&
      (query.update !== 'true' || hasUpdate(info)) &&
      (query.couldBeContinuous !== 'true' || info.couldBeContinuous) &&
      (!query.table || info.tables.includes(query.table)) &&
      (!query.technique ||
        info.techniques.some((id) => id === query.technique || id.startsWith(`${query.technique}.`))) &&
      (query.enabled === undefined || info.enabled === (query.enabled === 'true')),
  );
}

function sorted(list: DetectionInfo[], query: ListQuery): DetectionInfo[] {
  const key = (query.sort ?? 'name') as SortKey;
  if (!SORT_KEYS.includes(key)) throw invalid(`sort must be one of ${SORT_KEYS.join(', ')}.`);
  if (query.order !== undefined && query.order !== 'asc' && query.order !== 'desc')
    throw invalid('order must be asc or desc.');
  const direction = query.order === 'desc' ? -1 : 1;
  const value = (info: DetectionInfo): string | number =>
    key === 'severity'
      ? SEVERITIES.indexOf(info.severity)
      : key === 'cost'
        ? info.cost.engineMs
        : typeof info[key] === 'number'
          ? info[key]
          : String(info[key] ?? '');
  return list.sort((a, b) => {
    const left = value(a);
    const right = value(b);
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : String(left).localeCompare(String(right), 'en');
    return direction * order || a.title.localeCompare(b.title, 'en');
  });
}

function page(list: readonly DetectionInfo[], query: ListQuery): Page<DetectionInfo> {
  const whole = (text: string | undefined, fallback: number, name: string): number => {
    const value = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(value) || value < 1) throw invalid(`${name} must be a whole number from 1.`);
    return value;
  };
  const pageSize = Math.min(MAX_PAGE_SIZE, whole(query.pageSize, 50, 'pageSize'));
  const number = whole(query.page, 1, 'page');
  return { items: list.slice((number - 1) * pageSize, number * pageSize), total: list.length, page: number, pageSize };
}
