import {
  type Entity,
  type EntityDetail,
  type EntityFields,
  type EntityType,
  type Fact,
  makeEntity,
  ParapetError,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import {
  ALERT_COLUMNS,
  type AlertRow,
  INCIDENT_COLUMNS,
  type IncidentRow,
  toAlertSummary,
  toIncidentSummary,
} from '../rows.ts';
import { deviceOfResource } from './cloud-device.ts';
import { fieldsOf } from './entity-match.ts';
import { identityFacts, linkedAccount } from './identity.ts';
import { num, type Row, select, str } from './rows.ts';
import { type EntityRef, entitySubject, type SubjectPlace } from './subject.ts';
import type { FilledTables } from './tables.ts';

const LISTED = 50;
const MOST_DEVICES = 20;

/**
 * What is known of one entity: facts, where telemetry has it, and the incidents and alerts that name it. An entity that was never
 * seen has a page too, which says so.
 * @throws ParapetError 400 `invalid_request` for a key that cannot be one of that type
 */
export async function entityDetail(
  dependencies: { readonly db: Queryable; readonly store: TelemetryStore },
  filled: FilledTables,
  type: EntityType,
  rawKey: string,
): Promise<EntityDetail> {
  const { db, store } = dependencies;
  const key = rawKey.trim().toLowerCase();
  const [entity, related, tables] = await Promise.all([
    describe(dependencies, filled, type, key),
    relatedWork(db, [{ type, key }]),
    filled.get(),
  ]);
  const [observed, person, device] = await Promise.all([
    observe(store, entitySubject(entity, tables).places),
    type === 'user' ? identityFacts(store, tables, entity) : [],
    type === 'cloudResource' ? deviceOfResource(store, tables, key) : undefined,
  ]);
  const times = [
    ...observed.flatMap(({ first, last }) => [first, last]),
    ...related.alerts.flatMap((alert) => [alert.firstActivity, alert.lastActivity]),
  ].sort();
  return {
    entity,
    facts: [...person, ...factsOf(entity, observed, related.alertCount)],
    firstSeen: times[0] ?? null,
    lastSeen: times.at(-1) ?? null,
    observed: observed.map(({ table, rows, devices, huntingQuery }) => ({ table, rows, devices, huntingQuery })),
    incidents: related.incidents,
    alerts: related.alerts,
    alertCount: related.alertCount,
    ...(device ? { device } : {}),
  };
}

/** An entity with all that evidence and, for people, the directory say of it. */
export async function describe(
  { db, store }: { readonly db: Queryable; readonly store: TelemetryStore },
  filled: FilledTables,
  type: EntityType,
  key: string,
): Promise<Entity> {
  const entity = await fromEvidence(db, type, key);
  if (type !== 'user') return entity;
  const linked = await linkedAccount(store, await filled.get(), entity);
  return linked ? { ...entity, fields: { ...linked, ...entity.fields } } : entity;
}

/** The entity as the newest alert describes it, completed by older ones; else as its key describes it. */
async function fromEvidence(db: Queryable, type: EntityType, key: string): Promise<Entity> {
  const rows = await db.query<{ label: string; fields: EntityFields }>(
    `select e.label, e.fields from alert_evidence e join alert a on a.id = e.alert_id
     where e.type = $1 and e.key = $2 order by a.last_activity desc limit 20`,
    [type, key],
  );
  const fields: EntityFields = Object.assign({}, ...rows.map((row) => row.fields).reverse());
  if (rows[0]) return { type, key, label: rows[0].label, fields };
  const entity = makeEntity(type, fieldsOf(type, key));
  if (!entity)
    throw new ParapetError('invalid_request', 400, `${JSON.stringify(key.slice(0, 100))} does not name a ${type}.`);
  return { ...entity, key };
}

interface Observed {
  readonly table: string;
  readonly rows: number;
  readonly first: string;
  readonly last: string;
  readonly devices: readonly { readonly id: string; readonly name: string; readonly rows: number }[];
  readonly huntingQuery: string;
}

/** Count each place; places without rows are left out. */
async function observe(store: TelemetryStore, places: readonly SubjectPlace[]): Promise<Observed[]> {
  const found = await Promise.all(
    places.map(async ({ table, match, time, columns }): Promise<Observed | undefined> => {
      const hasDevice = columns.has('DeviceId') && columns.has('DeviceName');
      const rows: Row[] = await select(
        store,
        hasDevice
          ? `SELECT lowerUTF8(if(DeviceId != '', toString(DeviceId), toString(DeviceName))) AS id, argMax(toString(DeviceName), ${time}) AS name,
               count() AS n, min(${time}) AS first, max(${time}) AS last
             FROM hunting.${table} WHERE ${match.sql} GROUP BY id ORDER BY n DESC, id`
          : `SELECT '' AS id, '' AS name, count() AS n, min(${time}) AS first, max(${time}) AS last
             FROM hunting.${table} WHERE ${match.sql} HAVING n > 0`,
        { params: match.params },
      );
      const total = rows.reduce((sum, row) => sum + (num(row, 'n') ?? 0), 0);
      if (total === 0) return undefined;
      return {
        table,
        rows: total,
        first: rows.map((row) => str(row, 'first')).sort()[0] ?? '',
        last:
          rows
            .map((row) => str(row, 'last'))
            .sort()
            .at(-1) ?? '',
        devices: rows
          .filter((row) => str(row, 'id') !== '')
          .slice(0, MOST_DEVICES)
          .map((row) => ({ id: str(row, 'id'), name: str(row, 'name') || str(row, 'id'), rows: num(row, 'n') ?? 0 })),
        huntingQuery: `${table}\n| where ${match.kql}\n| sort by ${time} desc`,
      };
    }),
  );
  return found.filter((each) => each !== undefined).sort((a, b) => b.rows - a.rows);
}

/** Incidents and alerts that name an entity, newest first. */
export async function relatedWork(db: Queryable, names: readonly EntityRef[]) {
  const which = [names.map(({ type }) => type), names.map(({ key }) => key)];
  const alerts = await db.query<AlertRow & { readonly total: number }>(
    `select ${ALERT_COLUMNS}, count(*) over () as total from alert a join incident i on i.id = a.incident_id
     where exists (select 1 from alert_evidence e where e.alert_id = a.id
                   and (e.type, e.key) in (select * from unnest($1::text[], $2::text[])))
     order by a.last_activity desc, a.id desc limit ${LISTED}`,
    which,
  );
  const incidents = await db.query<IncidentRow>(
    `select ${INCIDENT_COLUMNS} from incident i
     where exists (select 1 from alert a join alert_evidence e on e.alert_id = a.id
                   where a.incident_id = i.id
                     and (e.type, e.key) in (select * from unnest($1::text[], $2::text[])))
     order by i.last_activity desc, i.id desc limit ${LISTED}`,
    which,
  );
  return {
    alerts: alerts.map(toAlertSummary),
    alertCount: alerts[0]?.total ?? 0,
    incidents: incidents.map(toIncidentSummary),
  };
}

const FACT_LABELS: Readonly<Partial<Record<keyof EntityFields, string>>> = {
  deviceName: 'Device',
  deviceId: 'Device id',
  accountName: 'Account name',
  accountDomain: 'Domain',
  accountSid: 'Security identifier',
  accountUpn: 'User principal name',
  accountObjectId: 'Object id',
  processId: 'Process id',
  processUniqueId: 'Unique process id',
  processCreationTime: 'Started',
  processCommandLine: 'Command line',
  parentProcessFileName: 'Parent process',
  fileName: 'File name',
  folderPath: 'Path',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  md5: 'MD5',
  ip: 'Address',
  url: 'URL',
  registryKey: 'Registry key',
  registryValueName: 'Value name',
  registryValueData: 'Value data',
  serviceName: 'Service name',
  taskName: 'Task name',
  cloudPlatform: 'Cloud platform',
  cloudAccountId: 'Cloud account',
  resourceId: 'Resource id',
  resourceType: 'Resource type',
  mailboxAddress: 'Mailbox',
  networkMessageId: 'Message id',
  emailSubject: 'Subject',
  applicationName: 'App',
  applicationId: 'App id',
  oauthAppId: 'OAuth app id',
};

function factsOf(entity: Entity, observed: readonly Observed[], alerts: number): Fact[] {
  const facts: Fact[] = [];
  for (const [field, label] of Object.entries(FACT_LABELS)) {
    const value = entity.fields[field as keyof EntityFields];
    if (value !== undefined && value !== '')
      facts.push({
        label,
        value: String(value),
        source: alerts > 0 ? 'Evidence of alerts' : 'The address of this page',
      });
  }
  const devices = new Set(observed.flatMap((each) => each.devices.map(({ id }) => id)));
  facts.push({
    label: 'Rows in telemetry',
    value: String(observed.reduce((sum, each) => sum + each.rows, 0)),
    source: observed.length > 0 ? observed.map(({ table }) => table).join(', ') : 'Not observed in any table',
  });
  if (observed.some((each) => each.devices.length > 0))
    facts.push({ label: 'Devices', value: String(devices.size), source: 'Counted over the tables it occurs in' });
  facts.push({ label: 'Alerts', value: String(alerts), source: 'Alerts that name it as evidence' });
  return facts;
}
