import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { DeviceListQuery } from '../telemetry/devices.ts';
import type { IdentityListQuery } from '../telemetry/identities.ts';
import { DEVICE_COLUMNS, exportInventory, IDENTITY_COLUMNS } from '../telemetry/inventory-export.ts';
import type { Incidents } from '../types.ts';
import { actorOf, list, paging, queryOf, READ, text, viewOf } from './common.ts';

const deviceFilters = {
  search: text(500),
  risk: list,
  os: list,
  criticality: list,
  tag: list,
  group: list,
  health: list,
  cloud: list,
  excluded: { type: 'boolean' },
  from: text(40),
  newSince: text(40),
  sort: text(40),
  order: text(10),
} as const;
const identityFilters = {
  search: text(500),
  kind: list,
  risk: list,
  criticality: list,
  tag: list,
  domain: list,
  source: list,
  enabled: { type: 'boolean' },
  sort: text(40),
} as const;

/** Lists of devices and identities. */
export function inventoryRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<{ Querystring: DeviceListQuery }>(
    '/api/devices',
    { config: READ, schema: { querystring: queryOf({ ...deviceFilters, ...paging }) } },
    async (request) => (await viewOf(service, request)).telemetry.devices(request.query),
  );

  app.get('/api/devices/summary', { config: READ }, async (request) =>
    (await viewOf(service, request)).telemetry.deviceSummary(),
  );

  app.get<{ Querystring: DeviceListQuery }>(
    '/api/devices/export',
    { config: READ, schema: { querystring: queryOf(deviceFilters) } },
    async (request, reply) => {
      const { telemetry } = await viewOf(service, request);
      const lines = await exportInventory((page) => telemetry.devices({ ...request.query, ...page }), DEVICE_COLUMNS);
      await service.noteExport(actorOf(request), 'devices', request.query);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="devices.csv"')
        .send(Readable.from(lines));
    },
  );

  app.get<{ Querystring: IdentityListQuery }>(
    '/api/identities',
    { config: READ, schema: { querystring: queryOf({ ...identityFilters, ...paging }) } },
    async (request) => (await viewOf(service, request)).telemetry.identities(request.query),
  );

  app.get('/api/identities/summary', { config: READ }, async (request) =>
    (await viewOf(service, request)).telemetry.identitySummary(),
  );

  app.get<{ Querystring: IdentityListQuery }>(
    '/api/identities/export',
    { config: READ, schema: { querystring: queryOf(identityFilters) } },
    async (request, reply) => {
      const { telemetry } = await viewOf(service, request);
      const lines = await exportInventory(
        (page) => telemetry.identities({ ...request.query, ...page }),
        IDENTITY_COLUMNS,
      );
      await service.noteExport(actorOf(request), 'identities', request.query);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="identities.csv"')
        .send(Readable.from(lines));
    },
  );
}
