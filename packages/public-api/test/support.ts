import {
  accessMigrations,
  createAccess,
  createOAuth,
  oauthMigrations,
  registerAccess,
  registerOAuth,
} from '@parapet/access';
import { correlation, type Detection } from '@parapet/detection';
import { createIncidents, type Incidents, incidentMigrations } from '@parapet/incidents';
import { type DetectionInfo, ParapetError } from '@parapet/schema';
import { outboxMigrations, type StateDb } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import { createHunting, type TelemetryStore } from '@parapet/store';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { type ApiLimits, type PublicApiOptions, registerPublicApi, rewriteUrl } from '../src/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely.
export type Body = any;
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Body;
}

export const ALL = [
  'SecurityAlert.ReadWrite.All',
  'SecurityIncident.ReadWrite.All',
  'SecurityData.Manage.All',
  'ThreatHunting.Read.All',
  'CustomDetection.ReadWrite.All',
];

/** A clock that stands still until it is moved, but for a millisecond a look, so that changes have an order. */
export interface Clock {
  now: number;
}

export interface World {
  readonly app: FastifyInstance;
  readonly db: StateDb;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly tenant: string;
  readonly logged: string[];
  inject(options: InjectOptions): Promise<Answer>;
  /** The portal as its administrator. */
  portal(method: InjectOptions['method'], url: string, payload?: object): Promise<Answer>;
  form(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  api(
    token: string,
    method: InjectOptions['method'],
    url: string,
    payload?: object | string,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  register(name: string, more: object): Promise<{ id: string; secret: string }>;
  tokenOf(app: { id: string; secret: string }): Promise<string>;
  close(): Promise<void>;
}

/** Seals for a test: the real one keeps its key in a file. */
const sealer = {
  seal: async (text: string) => `sealed:${Buffer.from(text).toString('base64')}`,
  open: async (text: string) => Buffer.from(text.slice(7), 'base64').toString(),
};

/** Real access, incidents, authorisation server and API over a real database; no telemetry engine. */
export async function openWorld(
  options: {
    readonly limits?: Partial<ApiLimits>;
    readonly hunt?: PublicApiOptions['hunt'];
    readonly rules?: readonly DetectionInfo[];
    readonly publicUrl?: string;
    readonly more?: Partial<PublicApiOptions>;
    /** Called with what the API was made of. */
    readonly keep?: (options: PublicApiOptions) => void;
  } = {},
): Promise<World> {
  const db = await openTestState([...outboxMigrations, ...incidentMigrations, ...accessMigrations, ...oauthMigrations]);
  const clock: Clock = { now: Date.parse('2026-03-10T12:00:00Z') };
  const logged: string[] = [];
  const line = (fields: object, message: string): void => {
    const { err } = fields as { err?: Error };
    logged.push(`${message} ${err ? (err.stack ?? err.message) : ''}`);
  };
  const log = { info: () => undefined, warn: line, error: line };
  const now = (): number => clock.now++;
  const access = await createAccess({ db, version: '1', now });
  await access.createAdministrator({ username: 'ada', displayName: 'Ada', password: 'seven quiet harbours' });
  const store = { insertRows: async () => undefined, schema: { tables: [] } } as unknown as TelemetryStore;
  const hunting = createHunting(store);
  const incidents = await createIncidents({
    db,
    store,
    hunting,
    correlation,
    log,
    audit: (entry, tx) => access.audit(entry, tx),
    clock: () => new Date(now()),
  });
  const rules = new Map((options.rules ?? []).map((rule) => [rule.id, rule]));
  const detection = {
    service: { definitionOf: () => undefined, recordOf: () => undefined, times: async () => new Map() },
    list: async () => [...rules.values()],
    get: async (id: string) => rules.get(id),
    setEnabled: async (id: string, enabled: boolean) => {
      const rule = rules.get(id);
      if (!rule) throw new ParapetError('detection_not_found', 404, 'There is no rule.');
      rules.set(id, { ...rule, enabled });
      return { ...rule, enabled };
    },
  } as unknown as Detection;
  const app = Fastify({
    logger: { level: 'error', stream: { write: (text: string) => void logged.push(text) } },
    rewriteUrl,
    routerOptions: { maxParamLength: 2_000 },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: false } },
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof ParapetError ? error : undefined;
    const status = known?.status ?? (error as { statusCode?: number }).statusCode ?? 500;
    return reply.code(status).send({ error: { code: known?.code, message: (error as Error).message } });
  });
  await registerAccess(app, access);
  const oauth = await createOAuth({
    access,
    db,
    sealer,
    log,
    now: () => clock.now,
    ...(options.publicUrl ? { publicUrl: options.publicUrl } : {}),
  });
  await registerOAuth(app, oauth);
  const given: PublicApiOptions = {
    oauth,
    incidents,
    detection,
    db,
    store,
    log,
    now: () => clock.now,
    audit: (entry, tx) => access.audit(entry, tx),
    hunt:
      options.hunt ??
      (async () => {
        throw new ParapetError('kql_error', 400, 'No engine here (line 1, column 1)');
      }),
    limits: { security: { perMinute: 100_000 }, allowLoopback: true, ...options.limits },
    ...options.more,
  };
  options.keep?.(given);
  const stop = await registerPublicApi(app, given);
  await app.ready();
  const inject: World['inject'] = async (request) => {
    const response = await app.inject(request);
    const json = String(response.headers['content-type'] ?? '').startsWith('application/json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: json && response.body ? response.json() : response.body,
    };
  };
  const signIn = await app.inject({
    method: 'POST',
    url: '/api/session',
    payload: { username: 'ada', password: 'seven quiet harbours' },
  });
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? '';
  const { csrfToken } = signIn.json<{ csrfToken: string }>();
  const world: Omit<World, 'close' | 'tenant'> = {
    app,
    db,
    incidents,
    clock,
    logged,
    inject,
    portal: (method, url, payload) =>
      inject({ method, url, headers: { cookie, 'x-csrf-token': csrfToken }, ...(payload ? { payload } : {}) }),
    form: (path, fields, headers = {}) =>
      inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(fields).toString(),
      }),
    api: (token, method, url, payload, headers = {}) =>
      inject({
        method,
        url,
        headers: {
          authorization: `Bearer ${token}`,
          ...(typeof payload === 'string' ? { 'content-type': 'application/x-ndjson' } : {}),
          ...headers,
        },
        ...(payload === undefined ? {} : { payload }),
      }),
    async register(name, more) {
      const made = await world.portal('POST', '/api/apps', { name, ...more });
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      const secret = await world.portal('POST', `/api/apps/${made.body.id}/secrets`, { name: 'first' });
      return { id: made.body.id, secret: secret.body.secret };
    },
    async tokenOf(client) {
      const answer = await world.form(`/${oauth.tenantId}/oauth2/v2.0/token`, {
        grant_type: 'client_credentials',
        client_id: client.id,
        client_secret: client.secret,
        scope: 'https://graph.microsoft.com/.default',
      });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return answer.body.access_token;
    },
  };
  return {
    ...world,
    tenant: oauth.tenantId,
    async close() {
      await stop();
      await app.close();
      await incidents.close();
      await hunting.close();
      await access.close();
      await db.close();
    },
  };
}

/** A wire incident with one alert about one device. */
export const incident = (n: number, more: Record<string, unknown> = {}, alerts: object[] = []): object => ({
  displayName: `Incident ${n}`,
  ...more,
  alerts: alerts.length
    ? alerts
    : [
        {
          id: `ext-${n}`,
          title: `Finding ${n}`,
          severity: n % 2 ? 'high' : 'low',
          category: 'Execution',
          serviceSource: n % 3 ? 'microsoftDefenderForEndpoint' : 'microsoftDefenderForCloud',
          productName: 'Example Sensor',
          mitreTechniques: ['T1059.001'],
          firstActivityDateTime: `2026-03-0${(n % 9) + 1}T08:00:00Z`,
          evidence: [
            {
              '@odata.type': '#microsoft.graph.security.deviceEvidence',
              deviceDnsName: `pc${n}.contoso.example`,
              mdeDeviceId: `d-${n}`,
              roles: ['compromised'],
            },
          ],
        },
      ],
});
