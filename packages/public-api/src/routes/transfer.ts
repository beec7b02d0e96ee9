import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, baseUrl, callerOf, rawQuery, sendJson, viewOf } from '../auth.ts';
import { checkDepth } from '../body.ts';
import { ApiError, badRequest, shownError } from '../errors.ts';
import { wireAlert, wireIncident } from '../graph/records.ts';
import { instant } from '../odata/filter.ts';
import { importedIncident } from '../transfer/import-incident.ts';
import { parquetOf } from '../transfer/parquet.ts';
import type { PublicApiOptions } from '../types.ts';
import { placed } from './answers.ts';
import { READ_INCIDENTS } from './incidents.ts';

const manage = apiRoute({ any: ['SecurityData.Manage.All'], needs: 'Alerts.Manage', quota: 'security' });
const read = apiRoute({ any: READ_INCIDENTS, needs: 'SecData.Read', quota: 'security' });
const MAX_BODY = 64 * 2 ** 20;
const MAX_LINES = 1_000;
const EXPORT_PAGE = 200;
/** A file is made in memory. */
const MOST_IN_PARQUET = 5_000;

interface LineResult {
  readonly line: number;
  readonly outcome: 'created' | 'exists' | 'failed';
  readonly incidentId?: string;
  readonly alertIds?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

interface ImportAnswer {
  readonly dryRun: boolean;
  readonly created: number;
  readonly existing: number;
  readonly failed: number;
  readonly results: readonly LineResult[];
}

/** `POST /security/incidents/import` and `GET /security/incidents/export` (spec A 6.6, "Peers and asks"). */
export function transferRoutes(app: FastifyInstance, options: PublicApiOptions, version: string): void {
  const path = `/${version}/security/incidents`;
  app.post(`${path}/import`, { ...manage, bodyLimit: MAX_BODY }, async (request, reply) => {
    const query = new URLSearchParams(rawQuery(request));
    const dryRun = /^true$/i.test(query.get('dryRun') ?? 'false');
    const lines = linesOf(request.body);
    const run = (): Promise<ImportAnswer> => importLines(options, request, lines, dryRun);
    const key = request.headers['idempotency-key'];
    if (dryRun || typeof key !== 'string' || key === '') return sendJson(reply, await run());
    if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw badRequest('Idempotency-Key is 1 to 200 visible ASCII characters.');
    return sendJson(reply, await once(options, callerOf(request).appId, key, JSON.stringify(lines), run));
  });

  app.get(`${path}/export`, read, async (request, reply) => {
    const query = new URLSearchParams(rawQuery(request));
    const since = query.get('since') ?? query.get('lastUpdateDateTime');
    const from = since === null ? undefined : instant(since);
    if (since !== null && from === undefined) throw badRequest('since is not a date and time.');
    const format = (query.get('format') ?? 'ndjson').toLowerCase();
    if (format !== 'ndjson' && format !== 'parquet') throw badRequest('format is ndjson or parquet.');
    const most = format === 'parquet' ? MOST_IN_PARQUET : 100_000;
    const limit = Number(query.get('limit') ?? Math.min(most, 10_000));
    if (!Number.isInteger(limit) || limit < 1 || limit > most) throw badRequest(`limit is a number from 1 to ${most}.`);
    const after = placeOf(query.get('after'));
    const context = { base: baseUrl(options.oauth, request), tenantId: callerOf(request).tenantId, allMembers: true };
    const { records } = await viewOf(options, request);
    const page = (place: readonly string[] | undefined, size: number) =>
      placed(() =>
        records.incidents({
          // By last update: what changes during the export comes again at its end instead of being missed.
          order: [{ field: 'lastUpdate', descending: false }],
          limit: size,
          ...(from ? { condition: { kind: 'compare', field: 'lastUpdate', operator: 'ge', value: from } } : {}),
          ...(place ? { after: place } : {}),
        }),
      );
    // The first page is read before the answer begins, so that what is wrong can still be told with a status.
    const first = await page(after, Math.min(limit, EXPORT_PAGE));
    async function* pages(): AsyncGenerator<{
      readonly incidents: readonly object[];
      readonly after: string | undefined;
    }> {
      let current = first;
      let left = limit;
      for (;;) {
        const alerts = await records.alertsOf(current.items.map(({ id }) => id));
        yield {
          incidents: current.items.map((record) => ({
            ...wireIncident(record, context),
            alerts: (alerts.get(record.id) ?? []).map((each) => wireAlert(each, context)),
          })),
          after: current.next && Buffer.from(JSON.stringify(current.next)).toString('base64url'),
        };
        left -= current.items.length;
        if (!current.next || left <= 0) return;
        current = await page(current.next, Math.min(left, EXPORT_PAGE));
      }
    }
    if (format === 'parquet') {
      const rows: Record<string, unknown>[] = [];
      let next: string | undefined;
      for await (const { incidents, after: place } of pages()) {
        for (const incident of incidents) rows.push(incident as Record<string, unknown>);
        next = place;
      }
      // A file has no line to say it in: whoever wants the rest sends this back as `after`.
      if (next) reply.header('x-parapet-after', next);
      return reply
        .type('application/vnd.apache.parquet')
        .header('content-disposition', 'attachment; filename="incidents.parquet"')
        .send(parquetOf(rows));
    }
    async function* lines(): AsyncGenerator<string> {
      for await (const { incidents, after: place } of pages()) {
        for (const incident of incidents) yield `${JSON.stringify(incident)}\n`;
        // A line of its own after each page: whoever was cut off goes on from the last one that arrived.
        if (place) yield `${JSON.stringify({ '@parapet.after': place })}\n`;
      }
    }
    return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(lines(), { objectMode: false }));
  });
}

function placeOf(text: string | null): readonly string[] | undefined {
  if (text === null) return undefined;
  try {
    const place = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(place) && place.length === 2 && place.every((each) => typeof each === 'string')) return place;
  } catch {
    // Told below.
  }
  throw badRequest('after is not a value of @parapet.after of an export.');
}

/** NDJSON text, a JSON list, `{value: […]}` as a list call answers it, or one incident. */
function linesOf(body: unknown): readonly (string | object)[] {
  const lines: readonly (string | object)[] =
    typeof body === 'string'
      ? body.split('\n').filter((line) => line.trim() !== '')
      : Array.isArray(body)
        ? body
        : Array.isArray((body as { value?: unknown } | null)?.value)
          ? (body as { value: object[] }).value
          : typeof body === 'object' && body !== null
            ? [body]
            : [];
  if (lines.length === 0) throw badRequest('The body holds no incident. Send NDJSON, one incident a line.');
  if (lines.length > MAX_LINES) throw badRequest(`One import holds at most ${MAX_LINES} incidents.`);
  return lines;
}

async function importLines(
  options: PublicApiOptions,
  request: FastifyRequest,
  lines: readonly (string | object)[],
  dryRun: boolean,
): Promise<ImportAnswer> {
  const { records } = await viewOf(options, request);
  const results: LineResult[] = [];
  const now = new Date(options.now?.() ?? Date.now());
  for (const [index, line] of lines.entries()) {
    const at = { line: index + 1 };
    try {
      const wire = typeof line === 'string' ? parseLine(line) : line;
      // A line of an export that only says where to go on.
      if (Object.keys(wire).length === 1 && '@parapet.after' in wire) continue;
      checkDepth(wire);
      const result = await records.import(importedIncident(wire, now), actorOf(request), dryRun);
      results.push({
        ...at,
        outcome: result.outcome,
        ...(result.incidentId ? { incidentId: result.incidentId } : {}),
        alertIds: result.alertIds,
      });
    } catch (error) {
      const shown = shownError(error as Error);
      if (!shown) throw error;
      results.push({ ...at, outcome: 'failed', error: { code: shown.code, message: shown.message } });
    }
  }
  const count = (outcome: LineResult['outcome']): number => results.filter((each) => each.outcome === outcome).length;
  return { dryRun, created: count('created'), existing: count('exists'), failed: count('failed'), results };
}

function parseLine(line: string): object {
  try {
    const value = JSON.parse(line) as unknown;
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw badRequest(`The line is not JSON: ${(error as Error).message}`);
  }
  throw badRequest('The line is not a JSON object.');
}

/**
 * Do something once for a key: a repeated call gets the first one's answer.
 * @throws ApiError 409 while the first is under way, 400 when the key comes with another body
 */
async function once(
  { db, now = Date.now }: PublicApiOptions,
  appId: string,
  key: string,
  body: string,
  run: () => Promise<ImportAnswer>,
): Promise<ImportAnswer> {
  const hash = createHash('sha256').update(body).digest('hex');
  await db.query(`delete from api_idempotency where created_at < $1`, [new Date(now() - 7 * 86_400_000)]);
  const [begun] = await db.query(
    `insert into api_idempotency (app_id, key, body_hash, created_at) values ($1, $2, $3, $4)
     on conflict do nothing returning 1 as one`,
    [appId, key, hash, new Date(now())],
  );
  if (!begun) {
    const [known] = await db.query<{ body_hash: string; answer: ImportAnswer | null }>(
      'select body_hash, answer from api_idempotency where app_id = $1 and key = $2',
      [appId, key],
    );
    if (known && known.body_hash !== hash) throw badRequest('This Idempotency-Key was used with another body.');
    if (known?.answer) return known.answer;
    throw new ApiError(409, 'The first call with this Idempotency-Key is still under way.');
  }
  try {
    const answer = await run();
    await db.query('update api_idempotency set answer = $3 where app_id = $1 and key = $2', [
      appId,
      key,
      JSON.stringify(answer),
    ]);
    return answer;
  } catch (error) {
    await db.query('delete from api_idempotency where app_id = $1 and key = $2', [appId, key]);
    throw error;
  }
}
