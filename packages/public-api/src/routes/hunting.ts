import type { HuntRows } from '@parapet/store';
import type { FastifyInstance } from 'fastify';
import { apiRoute, callerOf } from '../auth.ts';
import { bodyOf, textOf } from '../body.ts';
import { ApiError, badRequest } from '../errors.ts';
import { instant } from '../odata/filter.ts';
import type { ApiLimits, PublicApiOptions } from '../types.ts';

const rule = apiRoute({ any: ['ThreatHunting.Read.All'], needs: 'SecData.Read', quota: 'hunting' });
const DAY = 86_400_000;
const DEFAULT_DAYS = 30;
const WINDOW_MS = 15 * 60_000;
const MAX_QUERY = 100_000;

/** KQL types as the reference names them in `schema`. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  datetime: 'DateTime',
  int: 'Int32',
  long: 'Int64',
  real: 'Double',
  decimal: 'Decimal',
  bool: 'Boolean',
  guid: 'Guid',
  timespan: 'TimeSpan',
  dynamic: 'Object',
};

/** `POST /security/runHuntingQuery` (spec A 6.4). */
export function huntingRoutes(
  app: FastifyInstance,
  options: PublicApiOptions,
  limits: ApiLimits,
  budget: HuntingBudget,
  version: string,
): void {
  app.post(`/${version}/security/runHuntingQuery`, { ...rule, bodyLimit: 512 * 1024 }, async (request, reply) => {
    const caller = callerOf(request);
    const { query, timespan } = bodyOf(request.body, ['query', 'timespan']);
    if (query === undefined) throw badRequest('query is missing.');
    const text = textOf(query, 'query', MAX_QUERY);
    const now = options.now?.() ?? Date.now();
    const range = timeRange(timespan === undefined || timespan === null ? '' : textOf(timespan, 'timespan', 200), now);
    budget.check(caller.appId);
    const started = performance.now();
    let rows: HuntRows;
    try {
      rows = await options.hunt(caller, { query: text, range }, request, reply);
    } finally {
      budget.spend(caller.appId, performance.now() - started);
    }
    const body = resultBody(rows, limits.resultBytes);
    if (rows.truncated)
      reply.header('warning', `199 - "The result was cut at ${rows.rows.length} rows; narrow the query."`);
    return reply.code(200).type('application/json; charset=utf-8').send(body);
  });
}

/** The answer as text, so that its size is known before it is sent. */
function resultBody(rows: HuntRows, mostBytes: number): string {
  const names = rows.columns.map(({ name }) => name);
  const head = JSON.stringify({
    '@odata.type': '#microsoft.graph.security.huntingQueryResults',
    schema: rows.columns.map(({ name, type }) => ({ name, type: TYPES[type] ?? 'Object' })),
  });
  const parts: string[] = [];
  let bytes = head.length;
  for (const row of rows.rows) {
    const text = JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > mostBytes)
      throw new ApiError(
        400,
        `The result is larger than ${Math.round(mostBytes / 2 ** 20)} MB. Return fewer rows or columns (take, project, summarize).`,
      );
    parts.push(text);
  }
  return `${head.slice(0, -1)},"results":[${parts.join(',')}]}`;
}

/** Seconds of query time that one application used in the last 15 minutes. */
export class HuntingBudget {
  #seconds: number;
  #now: () => number;
  #spent = new Map<string, { readonly at: number; readonly ms: number }[]>();

  constructor(seconds: number, now: () => number = Date.now) {
    this.#seconds = seconds;
    this.#now = now;
  }

  /** @throws ApiError 429 naming the limit */
  check(appId: string): void {
    const now = this.#now();
    const recent = (this.#spent.get(appId) ?? []).filter(({ at }) => now - at < WINDOW_MS);
    this.#spent.set(appId, recent);
    const used = recent.reduce((sum, { ms }) => sum + ms, 0);
    if (used < this.#seconds * 1000) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(((recent[0]?.at ?? now) + WINDOW_MS - now) / 1000));
    throw new ApiError(
      429,
      `The budget of ${this.#seconds} s of query time in 15 minutes for this application is used up.`,
      'TooManyRequests',
      { retryAfterSeconds },
    );
  }

  spend(appId: string, ms: number): void {
    const own = this.#spent.get(appId) ?? [];
    own.push({ at: this.#now(), ms });
    this.#spent.set(appId, own);
  }
}

const DURATION =
  /^P(?=.)(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/i;

function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (years * 365 + months * 30 + weeks * 7 + days) * DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
}

/**
 * `P30D` · `start/end` · `P30D/end` · `start/P30D` · one start; 30 days when absent.
 * @throws ApiError 400
 */
export function timeRange(text: string, now: number): { readonly from: Date; readonly to: Date } {
  const wrong = badRequest(
    `The timespan ${JSON.stringify(text.slice(0, 100))} is not an ISO 8601 duration, start or interval (P30D, start/end, P30D/end, start/P30D).`,
  );
  const at = (part: string): number => {
    const time = instant(part);
    if (time === undefined) throw wrong;
    return new Date(time).getTime();
  };
  const parts = text.trim() === '' ? [`P${DEFAULT_DAYS}D`] : text.trim().split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) throw wrong;
  const length = durationMs(first);
  let from: number;
  let to = now;
  if (second === undefined) from = length === undefined ? at(first) : now - length;
  else if (length !== undefined) {
    to = at(second);
    from = to - length;
  } else {
    from = at(first);
    const after = durationMs(second);
    to = after === undefined ? at(second) : from + after;
  }
  if (!(from < to) || !Number.isFinite(from) || Math.abs(from) > 8.6e15 || Math.abs(to) > 8.6e15)
    throw badRequest('The timespan ends before it begins.');
  return { from: new Date(Math.max(from, 0)), to: new Date(to) };
}
