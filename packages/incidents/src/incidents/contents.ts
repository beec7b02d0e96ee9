import type {
  ActivityEntry,
  Entity,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  Page,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import {
  ALERT_COLUMNS,
  type AlertRow,
  ASSET_TYPES,
  type EvidenceRow,
  severityName,
  toAlertSummary,
  toEvidence,
} from '../rows.ts';
import { iso } from '../sql.ts';
import type { StoryAlert } from '../story/relations.ts';

interface PageQuery {
  readonly page?: number;
  readonly pageSize?: number;
}

type AlertWithEvidence = AlertRow & { readonly evidence: readonly EvidenceRow[] | null };

const EVIDENCE = `(select jsonb_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields,
  'roles', e.roles) order by e.position) from alert_evidence e where e.alert_id = a.id) as evidence`;

const toIncidentAlert = (row: AlertWithEvidence): IncidentAlert => ({
  ...toAlertSummary(row),
  mergeReason: row.merge_reason,
  evidence: (row.evidence ?? []).map(toEvidence),
});

/** Every alert of an incident in order of activity, for the attack story. */
export async function readAlerts(db: Queryable, incidentId: string): Promise<StoryAlert[]> {
  const rows = await db.query<AlertWithEvidence & { readonly process_ancestors: readonly string[] }>(
    `select ${ALERT_COLUMNS}, a.process_ancestors, ${EVIDENCE} from alert a join incident i on i.id = a.incident_id
     where a.incident_id = $1 order by a.first_activity, a.id`,
    [incidentId],
  );
  return rows.map((row) => ({ ...toIncidentAlert(row), processAncestors: row.process_ancestors }));
}

export async function countContents(db: Queryable, incidentId: string): Promise<IncidentDetail['counts']> {
  const [row] = await db.query<IncidentDetail['counts']>(
    `select (select count(*) from alert where incident_id = $1) as alerts,
            (select count(distinct (e.type, e.key)) from alert a join alert_evidence e on e.alert_id = a.id
             where a.incident_id = $1 and e.type = any($2::text[])) as assets,
            (select count(distinct (e.type, e.key)) from alert a join alert_evidence e on e.alert_id = a.id
             where a.incident_id = $1 and not e.type = any($2::text[])) as evidence,
            (select count(*) from incident_activity where incident_id = $1) as activity`,
    [incidentId, ASSET_TYPES],
  );
  return row ?? { alerts: 0, assets: 0, evidence: 0, activity: 0 };
}

/** In order of activity. */
export async function listAlerts(db: Queryable, incidentId: string, query: PageQuery): Promise<Page<IncidentAlert>> {
  const { page, pageSize, offset } = bounds(query);
  const [count] = await db.query<{ total: number }>('select count(*) as total from alert where incident_id = $1', [
    incidentId,
  ]);
  const rows = await db.query<AlertWithEvidence>(
    `select ${ALERT_COLUMNS}, ${EVIDENCE} from alert a join incident i on i.id = a.incident_id
     where a.incident_id = $1 order by a.first_activity, a.id limit $2 offset $3`,
    [incidentId, pageSize, offset],
  );
  return { items: rows.map(toIncidentAlert), total: count?.total ?? 0, page, pageSize };
}

/** What the incident may have harmed: devices first, then by number of alerts. */
export async function listAssets(db: Queryable, incidentId: string, query: PageQuery): Promise<Page<IncidentAsset>> {
  const { page, pageSize, offset } = bounds(query);
  const rows = await db.query<{
    entity: Entity;
    roles: readonly string[];
    alerts: number;
    severity: number;
    first: Date;
    last: Date;
    total: number;
  }>(
    `with item as (
       select e.type, e.key, (array_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields)
                order by a.first_activity, a.id))[1] as entity,
              count(distinct a.id) as alerts, max(a.severity) as severity, min(a.first_activity) as first,
              max(a.last_activity) as last
       from alert a join alert_evidence e on e.alert_id = a.id
       where a.incident_id = $1 and e.type = any($2::text[]) group by e.type, e.key
     )
     select item.*, count(*) over () as total, array(
         select distinct role from alert a join alert_evidence e on e.alert_id = a.id, unnest(e.roles) role
         where a.incident_id = $1 and e.type = item.type and e.key = item.key order by role) as roles
     from item order by array_position($2::text[], type), alerts desc, key limit $3 offset $4`,
    [incidentId, ASSET_TYPES, pageSize, offset],
  );
  return {
    items: rows.map((row) => ({
      entity: row.entity,
      roles: row.roles,
      alertCount: row.alerts,
      highestSeverity: severityName(row.severity),
      firstActivity: iso(row.first),
      lastActivity: iso(row.last),
    })),
    total: rows[0]?.total ?? (offset === 0 ? 0 : (await countContents(db, incidentId)).assets),
    page,
    pageSize,
  };
}

/** Everything else the alerts name: files, processes, addresses, registry values…, in order of first sight. */
export async function listEvidence(
  db: Queryable,
  incidentId: string,
  query: PageQuery,
): Promise<Page<IncidentEvidence>> {
  const { page, pageSize, offset } = bounds(query);
  const rows = await db.query<{
    entity: Entity;
    alert_ids: readonly string[];
    first: Date;
    roles: readonly string[];
    devices: readonly string[];
    total: number;
  }>(
    `with item as (
       select e.type, e.key, (array_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields)
                order by a.first_activity, a.id))[1] as entity,
              array_agg(distinct a.id) as alert_ids, min(a.first_activity) as first
       from alert a join alert_evidence e on e.alert_id = a.id
       where a.incident_id = $1 and not e.type = any($2::text[]) group by e.type, e.key
     )
     select item.*, count(*) over () as total,
       array(select distinct role from alert_evidence e, unnest(e.roles) role
             where e.alert_id = any(item.alert_ids) and e.type = item.type and e.key = item.key order by role) as roles,
       array(select distinct d.label from alert_evidence d where d.alert_id = any(item.alert_ids) and d.type = 'device'
             order by d.label limit 50) as devices
     from item order by first, type, key limit $3 offset $4`,
    [incidentId, ASSET_TYPES, pageSize, offset],
  );
  return {
    items: rows.map((row) => ({
      entity: row.entity,
      roles: row.roles,
      alertIds: row.alert_ids,
      devices: row.devices,
      firstSeen: iso(row.first),
    })),
    total: rows[0]?.total ?? (offset === 0 ? 0 : (await countContents(db, incidentId)).evidence),
    page,
    pageSize,
  };
}

/** Newest first. */
export async function listActivity(db: Queryable, incidentId: string, query: PageQuery): Promise<Page<ActivityEntry>> {
  const { page, pageSize, offset } = bounds(query);
  const [count] = await db.query<{ total: number }>(
    'select count(*) as total from incident_activity where incident_id = $1',
    [incidentId],
  );
  const rows = await db.query<
    Omit<ActivityEntry, 'time'> & { readonly time: Date; readonly origin_incident_id: string | null }
  >(
    `select id::text as id, time, actor, origin, category, text, before, after,
            origin_incident_id::text as origin_incident_id
     from incident_activity where incident_id = $1 order by time desc, incident_activity.id desc limit $2 offset $3`,
    [incidentId, pageSize, offset],
  );
  return {
    items: rows.map(({ origin_incident_id: from, ...row }) => ({
      ...row,
      time: iso(row.time),
      text: from === null ? row.text : `${row.text} (in incident ${from})`,
    })),
    total: count?.total ?? 0,
    page,
    pageSize,
  };
}

/** An incident holds at most a thousand alerts by correlation: one page shows what there is. */
const DEFAULT_PAGE = 1_000;

function bounds(query: PageQuery): { page: number; pageSize: number; offset: number } {
  const page = query.page ?? 1;
  const pageSize = query.pageSize ?? DEFAULT_PAGE;
  return { page, pageSize, offset: (page - 1) * pageSize };
}
