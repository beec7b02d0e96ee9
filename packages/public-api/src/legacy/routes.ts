/** The older family: `/api/incidents`, `/api/advancedhunting/run`, `/api/machineactions` (spec A 6.7). */
import type { AlertRecord, CallersView, Condition, EvidenceRecord, IncidentRecord } from '@parapet/incidents';
import { type IncidentChanges, SEVERITIES } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, callerOf, rawQuery, viewOf } from '../auth.ts';
import { bodyOf, clearable, textOf, textsOf } from '../body.ts';
import { ApiError, badRequest, shownError, stampIds } from '../errors.ts';
import { type FilterFields, parseFilter } from '../odata/filter.ts';
import { timeRange } from '../routes/hunting.ts';
import type { PublicApiOptions } from '../types.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const READ = ['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All'];
const read = apiRoute({ any: READ, needs: 'SecData.Read', quota: 'legacy' });
const write = apiRoute({ any: ['SecurityIncident.ReadWrite.All'], needs: 'Alerts.Manage', quota: 'legacy' });
const hunt = apiRoute({ any: ['ThreatHunting.Read.All'], needs: 'SecData.Read', quota: 'hunting' });
const MAX_TOP = 100;

const FILTER: FilterFields = {
  lastUpdateTime: { field: 'lastUpdate', kind: 'time' },
  createdTime: { field: 'createdAt', kind: 'time' },
  status: { field: 'status', kind: 'enum', members: ['active', 'inProgress', 'resolved', 'redirected'] },
  assignedTo: { field: 'assignedTo', kind: 'text' },
};

/** `truePositive` → `TruePositive`; nothing → `NotAvailable`. */
const pascal = (text: string | null): string =>
  text === null || text === '' ? 'NotAvailable' : text.charAt(0).toUpperCase() + text.slice(1);
const camel = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const severity = (rank: number): string => pascal(SEVERITIES[rank] ?? 'informational');

function wireEntity({ type, label, fields }: EvidenceRecord): Record<string, unknown> {
  return {
    entityType: pascal(type),
    evidenceCreationTime: null,
    sha1: fields.sha1 ?? null,
    sha256: fields.sha256 ?? null,
    fileName: fields.fileName ?? null,
    filePath: fields.folderPath ?? null,
    processId: fields.processId ?? null,
    processCommandLine: fields.processCommandLine ?? null,
    processCreationTime: fields.processCreationTime ?? null,
    ipAddress: fields.ip ?? null,
    url: fields.url ?? null,
    registryKey: fields.registryKey ?? null,
    registryValue: fields.registryValueData ?? null,
    accountName: fields.accountName ?? null,
    domainName: fields.accountDomain ?? null,
    userSid: fields.accountSid ?? null,
    aadUserId: fields.accountObjectId ?? null,
    userPrincipalName: fields.accountUpn ?? null,
    mailboxAddress: fields.mailboxAddress ?? null,
    mailboxDisplayName: type === 'mailbox' ? label : null,
    deviceId: fields.deviceId ?? null,
    verdict: 'Suspicious',
    remediationStatus: 'None',
  };
}

function wireAlert(record: AlertRecord): Record<string, unknown> {
  return {
    alertId: record.id,
    providerAlertId: record.id,
    incidentId: Number(record.incident_id),
    serviceSource: pascal(record.service_source),
    creationTime: record.created_at.toISOString(),
    lastUpdatedTime: record.last_update.toISOString(),
    resolvedTime: record.resolved_at?.toISOString() ?? null,
    firstActivity: record.first_activity.toISOString(),
    lastActivity: record.last_activity.toISOString(),
    title: record.title,
    description: record.description,
    category: record.category,
    status: pascal(record.status),
    severity: severity(record.severity),
    investigationId: null,
    investigationState: null,
    classification: record.classification && pascal(record.classification),
    determination: record.determination && pascal(record.determination),
    detectionSource: pascal(record.detection_source),
    detectorId: record.rule_id,
    assignedTo: record.assigned_to,
    actorName: null,
    threatFamilyName: null,
    mitreTechniques: record.techniques,
    devices: record.evidence
      .filter(({ type }) => type === 'device')
      .map(({ fields, label }) => ({
        mdatpDeviceId: fields.deviceId ?? null,
        aadDeviceId: null,
        deviceDnsName: fields.deviceName ?? label,
        osPlatform: null,
        version: null,
        osProcessor: null,
        osBuild: null,
        healthStatus: null,
        riskScore: null,
        rbacGroupId: null,
        rbacGroupName: null,
        firstSeen: null,
        tags: [],
        defenderAvStatus: null,
        onboardingStatus: null,
        vmMetadata: null,
        loggedOnUsers: [],
      })),
    entities: record.evidence.filter(({ type }) => type !== 'device').map(wireEntity),
  };
}

function wireIncident(record: IncidentRecord, alerts: readonly AlertRecord[]): Record<string, unknown> {
  return {
    incidentId: Number(record.id),
    redirectIncidentId: record.redirect_incident_id === null ? null : Number(record.redirect_incident_id),
    incidentName: record.name,
    createdTime: record.created_at.toISOString(),
    lastUpdateTime: record.last_update.toISOString(),
    assignedTo: record.assigned_to,
    classification: record.classification === null ? 'Unknown' : pascal(record.classification),
    determination: pascal(record.determination),
    status: pascal(record.status),
    severity: severity(record.severity),
    tags: record.tags,
    comments: record.comments.map(({ text, author, createdAt }) => ({
      comment: text,
      createdBy: author,
      createdTime: createdAt,
    })),
    alerts: alerts.map(wireAlert),
  };
}

/** Errors of the older family name what they are about in `target`. */
export function sendLegacyError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const id = stampIds(request, reply);
  const known = shownError(error);
  if (!known) request.log.error({ err: error, requestId: id }, 'A call of the older API failed');
  const wait = (known?.details as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds;
  if (typeof wait === 'number') reply.header('retry-after', wait);
  const codes: Readonly<Record<string, string>> = {
    InvalidAuthenticationToken: 'Unauthorized',
    NotFound: 'ResourceNotFound',
    MethodNotAllowed: 'BadRequest',
  };
  if (known?.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(known?.status ?? 500)
    .type('application/json; charset=utf-8')
    .send({
      error: {
        code: known ? (codes[known.code] ?? known.code) : 'InternalServerError',
        message: known?.message ?? 'Something failed inside Parapet; the log holds the detail under the request id.',
        target: id,
      },
    });
}

/** Reached through `rewriteUrl`: the portal's own `/api/incidents` has the same address. */
export function legacyRoutes(app: FastifyInstance, options: PublicApiOptions): void {
  const one = async (record: IncidentRecord, { records }: CallersView) =>
    wireIncident(record, (await records.alertsOf([record.id])).get(record.id) ?? []);

  app.get('/legacy/incidents', read, async (request) => {
    const { records } = await viewOf(options, request);
    const query = new URLSearchParams(rawQuery(request));
    const filter = query.get('$filter');
    const odd = [...query.keys()].find((name) => name.startsWith('$') && !['$filter', '$top', '$skip'].includes(name));
    if (odd !== undefined)
      throw new ApiError(400, `The query option ${odd.slice(0, 100)} is not supported.`, 'ODataError');
    const condition: Condition | undefined = filter === null ? undefined : parseFilter(filter, FILTER);
    const top = whole(query.get('$top'), '$top', MAX_TOP, 1, MAX_TOP);
    const page = await records.incidents({
      order: [{ field: 'lastUpdate', descending: true }],
      limit: top,
      skip: whole(query.get('$skip'), '$skip', 0, 0, 1_000_000),
      ...(condition ? { condition } : {}),
    });
    const alerts = await records.alertsOf(page.items.map(({ id }) => id));
    return {
      '@odata.context': 'https://api.security.microsoft.com/api/$metadata#Incidents',
      value: page.items.map((record) => wireIncident(record, alerts.get(record.id) ?? [])),
    };
  });

  app.get<Id>('/legacy/incidents/:id', read, async (request) => {
    const view = await viewOf(options, request);
    return one(await view.records.incident(request.params.id), view);
  });

  app.patch<Id>('/legacy/incidents/:id', write, async (request) => {
    const { id } = request.params;
    const given = bodyOf(request.body, ['status', 'assignedTo', 'classification', 'determination', 'tags', 'comment']);
    const text = (name: 'status' | 'classification' | 'determination'): string | null | undefined => {
      const value = given[name];
      if (value === undefined) return undefined;
      const plain = clearable(value, name);
      return plain === null || /^(notavailable|unknown)$/i.test(plain) ? null : camel(plain);
    };
    const changes = Object.fromEntries(
      Object.entries({
        status: text('status') ?? undefined,
        classification: text('classification'),
        determination: text('determination'),
        assignedTo: given.assignedTo === undefined ? undefined : clearable(given.assignedTo, 'assignedTo'),
        tags: given.tags === undefined ? undefined : textsOf(given.tags, 'tags', 50, 100),
      }).filter(([, value]) => value !== undefined),
    ) as IncidentChanges;
    const view = await viewOf(options, request);
    await view.records.incident(id);
    if (Object.keys(changes).length > 0) await view.incidents.change(id, changes, actorOf(request));
    if (given.comment !== undefined)
      await view.incidents.comment(id, textOf(given.comment, 'comment'), actorOf(request));
    else if (Object.keys(changes).length === 0) throw badRequest('There is nothing to change.');
    return one(await view.records.incident(id), view);
  });

  for (const path of ['/legacy/advancedhunting/run', '/legacy/advancedqueries/run'])
    app.post(path, { ...hunt, bodyLimit: 512 * 1024 }, async (request, reply) => {
      const { query } = bodyOf(request.body, ['query']);
      const range = timeRange('', options.now?.() ?? Date.now());
      const call = { query: textOf(query ?? '', 'Query', 100_000), range };
      const rows = await options.hunt(callerOf(request), call, request, reply);
      const names = rows.columns.map(({ name }) => name);
      return {
        Stats: {
          ExecutionTime: rows.stats.elapsedMs / 1000,
          resource_usage: { memory: { peak_per_node: 0 } },
          dataset_statistics: [{ table_row_count: rows.rows.length, table_size: rows.stats.bytesRead }],
        },
        Schema: rows.columns.map(({ name, type }) => ({ Name: name, Type: NET_TYPES[type] ?? 'Object' })),
        Results: rows.rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))),
      };
    });

  // No executor for endpoint actions exists yet, so none was ever taken.
  app.get('/legacy/machineactions', read, async () => ({
    '@odata.context': 'https://api.security.microsoft.com/api/$metadata#MachineActions',
    value: [],
  }));
  for (const action of [
    'isolate',
    'unisolate',
    'runantivirusscan',
    'collectinvestigationpackage',
    'restrictcodeexecution',
    'unrestrictcodeexecution',
    'stopandquarantinefile',
    'runliveresponse',
    'offboard',
  ])
    app.post(`/legacy/machines/:id/${action}`, write, async () => {
      throw new ApiError(400, 'No executor for endpoint actions is configured; nothing was done.', 'DisabledFeature');
    });
}

const NET_TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  datetime: 'DateTime',
  int: 'Int32',
  long: 'Int64',
  real: 'Double',
  decimal: 'Decimal',
  bool: 'SByte',
  guid: 'Guid',
  timespan: 'TimeSpan',
  dynamic: 'Object',
};

function whole(text: string | null, name: string, fallback: number, least: number, most: number): number {
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw badRequest(`${name} must be a whole number from ${least} to ${most}.`);
  return value;
}
