import type { FastifyInstance, FastifyRequest, InjectOptions } from 'fastify';
import { apiRoute, sendJson } from '../auth.ts';
import { badRequest } from '../errors.ts';

/** Requests of one batch (spec A 6.1). */
const MAX_REQUESTS = 20;
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
/** Headers of a single request that may reach its address. */
const PASSED: readonly string[] = [
  'content-type',
  'prefer',
  'if-match',
  'client-request-id',
  'accept',
  'idempotency-key',
];

interface BatchRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

interface BatchResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `POST /$batch`: each request is answered by its own address, with the caller's token and limits. */
export function batchRoutes(app: FastifyInstance, version: string): void {
  app.post(
    `/${version}/$batch`,
    { ...apiRoute({ any: [], needs: undefined, quota: 'none' }), bodyLimit: 4 * 2 ** 20 },
    async (request, reply) => {
      const requests = read(request.body);
      const answers = new Map<string, BatchResponse>();
      const waiting = new Map(requests.map((each) => [each.id, each]));
      while (waiting.size > 0) {
        const ready = [...waiting.values()].filter(({ dependsOn }) => dependsOn.every((id) => answers.has(id)));
        if (ready.length === 0) throw badRequest('dependsOn of the batch leads in a circle.');
        for (const each of ready) waiting.delete(each.id);
        const done = await Promise.all(ready.map((each) => answer(app, request, version, each, answers)));
        for (const each of done) answers.set(each.id, each);
      }
      return sendJson(reply, { responses: requests.map(({ id }) => answers.get(id)) });
    },
  );
}

async function answer(
  app: FastifyInstance,
  outer: FastifyRequest,
  version: string,
  request: BatchRequest,
  answers: ReadonlyMap<string, BatchResponse>,
): Promise<BatchResponse> {
  const failed = request.dependsOn.find((id) => (answers.get(id)?.status ?? 500) >= 400);
  if (failed !== undefined)
    return {
      id: request.id,
      status: 424,
      headers: { 'Content-Type': 'application/json' },
      body: { error: { code: 'FailedDependency', message: `Request ${failed}, which this one depends on, failed.` } },
    };
  const response = await app.inject({
    method: request.method as NonNullable<InjectOptions['method']>,
    url: `/${version}${request.url.startsWith('/') ? '' : '/'}${request.url}`,
    remoteAddress: outer.ip,
    headers: {
      ...request.headers,
      authorization: outer.headers.authorization ?? '',
      host: outer.headers.host ?? 'localhost',
      ...(outer.protocol === 'https' ? { 'x-forwarded-proto': 'https' } : {}),
      ...(request.body === undefined ? {} : { 'content-type': request.headers['content-type'] ?? 'application/json' }),
    },
    ...(request.body === undefined ? {} : { payload: JSON.stringify(request.body) }),
  });
  const isJson = String(response.headers['content-type'] ?? '').startsWith('application/json');
  return {
    id: request.id,
    status: response.statusCode,
    headers: Object.fromEntries(
      ['content-type', 'etag', 'retry-after', 'request-id', 'preference-applied', 'location']
        .filter((name) => response.headers[name] !== undefined)
        .map((name) => [name === 'content-type' ? 'Content-Type' : name, String(response.headers[name])]),
    ),
    body: isJson && response.body !== '' ? response.json() : response.body === '' ? null : response.body,
  };
}

function read(body: unknown): BatchRequest[] {
  const { requests } = (body ?? {}) as { requests?: unknown };
  if (!Array.isArray(requests) || requests.length === 0)
    throw badRequest('requests must be a list with at least one entry.');
  if (requests.length > MAX_REQUESTS)
    throw badRequest(`A batch has at most ${MAX_REQUESTS} requests, not ${requests.length}.`);
  const seen = new Set<string>();
  const read = requests.map((raw: unknown, index): BatchRequest => {
    const at = `Request ${index + 1} of the batch`;
    if (typeof raw !== 'object' || raw === null) throw badRequest(`${at} is not an object.`);
    const { id, method, url, headers, body, dependsOn } = raw as Record<string, unknown>;
    if ((typeof id !== 'string' && typeof id !== 'number') || String(id) === '' || String(id).length > 100)
      throw badRequest(`${at} has no id.`);
    if (seen.has(String(id))) throw badRequest(`The id ${String(id)} is used twice in the batch.`);
    seen.add(String(id));
    const verb = String(method ?? '').toUpperCase();
    if (!METHODS.includes(verb)) throw badRequest(`${at} has no method of ${METHODS.join(', ')}.`);
    if (typeof url !== 'string' || url === '' || url.length > 16_000 || /^[a-z]+:|^\/\//i.test(url))
      throw badRequest(`The url of ${at} must be relative, such as /security/alerts_v2.`);
    if (/(^|\/)(\$|%24)batch/i.test(url)) throw badRequest('A batch cannot hold another one.');
    return {
      id: String(id),
      method: verb,
      url,
      headers: passed(headers),
      body,
      dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
    };
  });
  for (const { id, dependsOn } of read)
    for (const other of dependsOn)
      if (other === id || !seen.has(other))
        throw badRequest(`dependsOn of ${id} names ${other}, which is not another request.`);
  return read;
}

function passed(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name, value]) => PASSED.includes(name) && value.length < 2_000 && !/[\r\n]/.test(value)),
  );
}
