/**
 * The description of the API in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0): requests from the schemas that the
 * routes check, answers from the types that their handlers return (`answers.json`, written by `npm run docs`).
 */
import answersFile from './answers.json' with { type: 'json' };
import type { CollectedRoute } from './collect.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

interface Answer {
  readonly summary?: string;
  readonly file: string;
  readonly status: number;
  readonly answer?: JsonSchema;
}

/** What the build read from the handlers. */
export interface Answers {
  readonly routes: Readonly<Record<string, Answer>>;
  readonly components: Readonly<Record<string, JsonSchema>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** What the caller must hold. */
  readonly 'x-permission'?: string;
}
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
}

export interface ApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>;
  };
}

const ERROR: JsonSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable; what programs switch on.' },
        message: { type: 'string' },
        hint: { type: 'string', description: 'What can be done about it.' },
        details: {},
        requestId: { type: 'string', description: 'Quote it; the log has the same.' },
      },
    },
  },
};

const ABOUT =
  'Calls from the portal carry the session cookie and, unless they only read, the token of the session in `x-csrf-token`. ' +
  'Routes that accept `key` also take `Authorization: Bearer` with a key or an access token. Times are ISO 8601 in UTC.';

/** @param answers what handlers answer; the file of the build unless told */
export function describeApi(
  routes: readonly CollectedRoute[],
  version: string,
  answers: Answers = answersFile as unknown as Answers,
): ApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  const tags = new Set<string>();
  const sorted = [...routes].sort((a, b) =>
    a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1,
  );
  for (const route of sorted) {
    const operation = describe(route, answers.routes[`${route.method} ${route.path}`]);
    tags.add(operation.tags[0]!);
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Parapet', version, description: ABOUT },
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...answers.components, ApiError: ERROR },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'parapet_session' },
        csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token' },
        key: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

/** `/api/incidents/:id` → `/api/incidents/{id}` */
export const openApiPath = (path: string): string =>
  path.replace(/:(\w+)(\([^)]*\))?/g, '{$1}').replace(/\*$/, '{rest}');

function describe(route: CollectedRoute, answer: Answer | undefined): Operation {
  const status = String(answer?.status ?? 200);
  const session: Readonly<Record<string, readonly string[]>> =
    route.method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  const failed = {
    description: 'Refused or failed',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ApiError' } } },
  };
  return {
    operationId: operationId(route),
    summary: answer?.summary ?? summaryOf(route),
    tags: [tagOf(answer?.file, route.path)],
    ...withParameters(route),
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: plain(route.body) } } } }
      : {}),
    responses: {
      [status]: {
        description: status === '204' ? 'Done' : status === '202' ? 'Begun' : 'Answer',
        ...(answer?.answer ? { content: { 'application/json': { schema: answer.answer } } } : {}),
      },
      '4XX': failed,
      '5XX': failed,
    },
    security: route.public ? [{}] : [session, ...(route.keys ? [{ key: [] }] : [])],
    ...(route.permission ? { 'x-permission': route.permission } : {}),
  };
}

function withParameters(route: CollectedRoute): { readonly parameters?: readonly Parameter[] } {
  const inPath = [...openApiPath(route.path).matchAll(/\{(\w+)\}/g)].map((found) => found[1]!);
  const known = propertiesOf(route.params);
  const required = new Set((route.query?.required ?? []) as readonly string[]);
  const parameters = [
    ...inPath.map(
      (name): Parameter => ({ name, in: 'path', required: true, schema: plain(known[name] ?? { type: 'string' }) }),
    ),
    ...Object.entries(propertiesOf(route.query)).map(
      ([name, schema]): Parameter => ({ name, in: 'query', required: required.has(name), schema: plain(schema) }),
    ),
  ];
  return parameters.length ? { parameters } : {};
}

const propertiesOf = (schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> =>
  (schema?.properties ?? {}) as Readonly<Record<string, JsonSchema>>;

/** `nullable` is of OpenAPI 3.0; everything else that ajv checks is JSON Schema, which 3.1 takes as it is. */
function plain(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (_key, value: unknown) => {
      if (!value || typeof value !== 'object' || !('nullable' in value) || typeof value.nullable !== 'boolean')
        return value;
      const { nullable, ...rest } = value as { nullable: boolean; type?: unknown };
      return nullable && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest;
    }),
  ) as JsonSchema;
}

/** The room a route belongs to. */
function tagOf(file: string | undefined, path: string): string {
  if (path.startsWith('/v1.0') || path.startsWith('/beta')) return 'Graph security API';
  if (path.includes('/rest/')) return 'Kusto';
  const parts = file?.split('/') ?? [];
  const room = parts[0] === 'packages' ? parts[1]! : (parts[3] ?? 'server').replace(/\.ts$/, '');
  return room[0]!.toUpperCase() + room.slice(1);
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'Read',
  POST: 'Post',
  PUT: 'Replace',
  PATCH: 'Change',
  DELETE: 'Remove',
};
const words = (segment: string): string =>
  segment
    .replace(/[-_.]+/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

/** For routes nobody has written a line about: `GET /api/incidents/:id/alerts` → `Read alerts of one of incidents`. */
function summaryOf({ method, path }: CollectedRoute): string {
  const segments = path.split('/').filter((part) => part !== '' && part !== 'api');
  const last = segments.at(-1) ?? '';
  const owner = segments
    .slice(0, -1)
    .filter((part) => !part.startsWith(':'))
    .at(-1);
  if (last.startsWith(':')) return `${VERBS[method]} one of ${words(owner ?? 'them')}`;
  return owner ? `${VERBS[method]} ${words(last)} (${words(owner)})` : `${VERBS[method]} ${words(last)}`;
}

/** `GET /api/incidents/:id/alerts` → `getIncidentsIdAlerts`; unique because method and path are. */
function operationId({ method, path }: CollectedRoute): string {
  const parts = path.replace(/^\/api/, '').match(/[A-Za-z0-9]+/g) ?? [];
  return method.toLowerCase() + parts.map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');
}
