import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTHING_ASSIGNED, rightsUnder } from '@parapet/access';
import { type AlertDraft, correlation } from '@parapet/detection';
import {
  type DeviceGroup,
  type EntityFields,
  type EntityType,
  type Evidence,
  type EvidenceRole,
  makeEntity,
  ParapetError,
} from '@parapet/schema';
import { outboxMigrations, type StateDb } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import { createHunting, type Hunting, openEmbeddedStore, type TelemetryStore } from '@parapet/store';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type AuditInput,
  type Caller,
  createIncidents,
  type Incidents,
  incidentMigrations,
  registerIncidents,
} from '../src/index.ts';

export const NOW = new Date('2026-03-10T12:00:00.000Z');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Body of any answer, as far as tests look into it. */
export interface Body {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
  readonly results: readonly unknown[];
  readonly [field: string]: unknown;
}

export interface World {
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly incidents: Incidents;
  readonly app: FastifyInstance;
  readonly audited: AuditInput[];
  /** Who calls from now on; nobody given is who sees everything. */
  be(who?: Caller, groups?: readonly DeviceGroup[]): void;
  /** Moves the service's clock. */
  setNow(time: Date): void;
  get<T>(path: string): Promise<T>;
  /** Status and parsed body of any call. */
  call(
    method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Body }>;
  /** Ends the service and leaves the database open. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** Sees everything. */
const rights = rightsUnder(NOTHING_ASSIGNED, { kind: 'user', id: 'u1', role: 'securityAdministrator', groups: [] });
const ANN: Caller = {
  kind: 'user',
  id: 'u1',
  username: 'ann',
  displayName: 'Ann',
  role: 'securityAdministrator',
  groups: [],
  permissions: rights.permissions,
  rights,
};

/** Where no telemetry is read, what the mirror writes may vanish. */
const noStore = { insertRows: async () => undefined, schema: { tables: [] } } as unknown as TelemetryStore;

/**
 * Real databases, real correlation, the routes as the server serves them.
 * @param options.telemetry opens chDB as well
 * @param options.db goes on with a database that is open already
 */
export async function openWorld(options: { telemetry?: boolean; db?: StateDb } = {}): Promise<World> {
  const db = options.db ?? (await openTestState([...outboxMigrations, ...incidentMigrations]));
  let store = noStore;
  let dataDir: string | undefined;
  if (options.telemetry) {
    dataDir = mkdtempSync(join(tmpdir(), 'parapet-incidents-'));
    store = await openEmbeddedStore({ dataDir });
  }
  const hunting = createHunting(store);
  const audited: AuditInput[] = [];
  let caller = ANN;
  let deviceGroups: readonly DeviceGroup[] = [];
  let now = NOW;
  const incidents = await createIncidents({
    db,
    store,
    hunting,
    correlation,
    log: silent,
    audit: async (entry) => {
      audited.push(entry);
    },
    clock: () => now,
    deviceGroups: () => deviceGroups,
  });
  const app = Fastify({
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: false } },
    routerOptions: { maxParamLength: 2000 },
  });
  app.decorateRequest('principal', { getter: () => caller } as never);
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof ParapetError ? error : undefined;
    const status = known?.status ?? (error as { statusCode?: number }).statusCode ?? 500;
    return reply.code(status).send({
      error: {
        code: known?.code ?? 'internal',
        message: (error as Error).message,
        hint: known?.hint,
        details: known?.details,
        requestId: 'r',
      },
    });
  });
  await registerIncidents(app, incidents);
  await app.ready();
  const call: World['call'] = async (method, path, body, headers) => {
    const response = await app.inject({
      method,
      url: path,
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { payload: body as object }),
    });
    // Exports are not JSON.
    const json = String(response.headers['content-type'] ?? '').includes('application/json');
    return { status: response.statusCode, body: (json ? JSON.parse(response.body) : response.body) as Body };
  };
  return {
    db,
    store,
    hunting,
    incidents,
    app,
    audited,
    call,
    be(who, groups = deviceGroups) {
      caller = who ?? ANN;
      deviceGroups = groups;
    },
    setNow(time) {
      now = time;
    },
    async get<T>(path: string) {
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
      return body as unknown as T;
    },
    async release() {
      await app.close();
      await incidents.close();
      await hunting.close();
    },
    async close() {
      await app.close();
      await incidents.close();
      await hunting.close();
      await db.close();
      if (dataDir) {
        await store.close();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  };
}

export function evidence(type: EntityType, fields: EntityFields, ...roles: EvidenceRole[]): Evidence {
  const entity = makeEntity(type, fields);
  if (!entity) throw new Error(`no ${type} in ${JSON.stringify(fields)}`);
  return { ...entity, roles };
}

let counter = 0;

/** A finding on a device; everything else is filled in. */
export function draft(
  device: string,
  time: string,
  more: Partial<AlertDraft> & { readonly extra?: readonly Evidence[] } = {},
): AlertDraft {
  const { extra = [], ...given } = more;
  counter += 1;
  return {
    dedupeKey: `draft-${counter}`,
    ruleId: 'rule-a',
    title: 'Suspicious thing',
    description: 'What it means',
    severity: 'medium',
    category: 'Execution',
    techniques: ['T1059.001'],
    recommendedActions: 'Look at it',
    serviceSource: 'microsoftDefenderForEndpoint',
    detectionSource: 'customDetection',
    productName: 'Parapet',
    evidence: [evidence('device', { deviceId: `id-${device}`, deviceName: device }, 'attacked'), ...extra],
    processAncestors: [],
    events: [],
    eventCount: 1,
    firstActivity: time,
    lastActivity: time,
    ruleQuery: 'DeviceProcessEvents',
    ...given,
  };
}

/** `2026-03-01T10:00:00Z` plus minutes. */
export const at = (minutes: number): string =>
  new Date(Date.parse('2026-03-01T10:00:00Z') + minutes * 60_000).toISOString();
