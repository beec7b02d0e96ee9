import type { AlertDraft } from '@parapet/detection';
import type { AlertExtras, MergeReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { assetsOf, severityRank } from '../rows.ts';
import { sourcesOfDraft } from '../sight/backfill.ts';
import type { Planned } from './board.ts';

/** Rows of telemetry kept with an alert; `eventCount` is the true number. */
export const KEPT_EVENTS = 100;

export interface Placed extends Planned {
  readonly incidentId: string;
  readonly reason: MergeReason;
}

/** Write alerts with everything that belongs to them, and count them in their incidents. */
export async function insertAlerts(tx: Queryable, placed: readonly Placed[], at: Date): Promise<void> {
  if (placed.length === 0) return;
  await tx.query(
    `with item as (
       select a.* from jsonb_to_recordset($1::jsonb) as a(id text, dedupe_key text, incident_id bigint, rule_id text, title text,
         description text, recommended_actions text, rule_query text, severity smallint, category text, techniques jsonb,
         service_source text, detection_source text, product_name text, process_ancestors jsonb, assets jsonb,
         first_activity timestamptz, last_activity timestamptz, event_count integer, merge_reason jsonb, search_text text,
         data_sources jsonb, extras jsonb, status text)
     ), counted as (
       update incident i set total_alerts = total_alerts + c.n
       from (select incident_id, count(*) as n from item group by incident_id) c where i.id = c.incident_id
     )
     insert into alert (id, dedupe_key, incident_id, rule_id, title, description, recommended_actions, rule_query, severity,
       category, techniques, service_source, detection_source, product_name, process_ancestors, assets, assigned_to,
       first_activity, last_activity, created_at, last_update, event_count, merge_reason, search_text, data_sources,
       extras, status, resolved_at)
     select item.id, dedupe_key, item.incident_id, rule_id, title, item.description, recommended_actions, rule_query, item.severity,
       category, array(select jsonb_array_elements_text(techniques)), service_source, detection_source, product_name,
       array(select jsonb_array_elements_text(process_ancestors)), item.assets, i.assigned_to, item.first_activity,
       item.last_activity, $2::timestamptz, $2::timestamptz, event_count, merge_reason, search_text,
       array(select jsonb_array_elements_text(item.data_sources)), item.extras, item.status,
       case when item.status = 'resolved' then $2::timestamptz end
     from item join incident i on i.id = item.incident_id`,
    [
      JSON.stringify(
        placed.map(({ draft, alert, incidentId, reason }) => ({
          id: alert.id,
          dedupe_key: draft.dedupeKey,
          incident_id: incidentId,
          rule_id: draft.ruleId,
          title: draft.title,
          description: draft.description,
          recommended_actions: draft.recommendedActions,
          rule_query: draft.ruleQuery,
          severity: severityRank(draft.severity),
          category: draft.category,
          techniques: draft.techniques,
          service_source: draft.serviceSource,
          detection_source: draft.detectionSource,
          product_name: draft.productName,
          process_ancestors: draft.processAncestors,
          assets: assetsOf(draft.evidence),
          // Whole milliseconds: what is read back must compare like what is stored.
          first_activity: new Date(draft.firstActivity),
          last_activity: new Date(draft.lastActivity),
          event_count: eventCount(draft),
          merge_reason: reason,
          search_text: searchText(alert.id, draft),
          data_sources: sourcesOfDraft(draft),
          extras: extrasOf(draft),
          status: draft.resolvedBy ? 'resolved' : 'new',
        })),
      ),
      at,
    ],
  );
  await tx.query(
    `with evidence as (
       insert into alert_evidence (alert_id, position, type, key, label, fields, roles)
       select a->>'id', n, e->>'type', e->>'key', e->>'label', e->'fields', array(select jsonb_array_elements_text(e->'roles'))
       from jsonb_array_elements($1::jsonb) as alert(a), jsonb_array_elements(a->'evidence') with ordinality as item(e, n)
     )
     insert into alert_key (key, alert_id)
     select distinct key, a->>'id' from jsonb_array_elements($1::jsonb) as alert(a), jsonb_array_elements_text(a->'keys') as key`,
    [JSON.stringify(placed.map(({ alert, keys }) => ({ id: alert.id, evidence: alert.evidence, keys })))],
  );
  await insertEvents(
    tx,
    placed.map(({ alert, draft }) => ({ id: alert.id, draft })),
  );
}

/** What the alert says beyond its own columns. */
function extrasOf(draft: AlertDraft): AlertExtras {
  return {
    ...(draft.customDetails ? { customDetails: draft.customDetails } : {}),
    ...(draft.link ? { link: draft.link } : {}),
    ...(draft.confidence ? { confidence: draft.confidence } : {}),
    ...(draft.provider ? { provider: draft.provider } : {}),
    ...(draft.backfilled ? { backfilled: true } : {}),
    ...(draft.overflow ? { overflow: true } : {}),
    ...(draft.tags?.length ? { tags: draft.tags } : {}),
    ...(draft.opensIncident ? { opensIncident: draft.opensIncident } : {}),
    ...(draft.correlates === false ? { correlates: false } : {}),
    ...(draft.resolvedBy ? { resolvedBy: draft.resolvedBy } : {}),
  };
}

/** Keep the rows of drafts, in place of those that were kept before. */
export async function insertEvents(
  tx: Queryable,
  alerts: readonly { readonly id: string; readonly draft: AlertDraft }[],
): Promise<void> {
  const events = alerts.flatMap(({ id, draft }) =>
    draft.events.slice(0, KEPT_EVENTS).map((event, position) => ({ id, position, ...event })),
  );
  if (events.length === 0) return;
  await tx.query(
    `insert into alert_event (alert_id, position, table_name, time, report_id, device_id, row, hunting_query)
     select e->>'id', (e->>'position')::integer, e->>'table', e->>'time', e->>'reportId', e->>'deviceId', e->'row',
            e->>'huntingQuery'
     from jsonb_array_elements($1::jsonb) as item(e)
     on conflict (alert_id, position) do update set table_name = excluded.table_name, time = excluded.time,
       report_id = excluded.report_id, device_id = excluded.device_id, row = excluded.row,
       hunting_query = excluded.hunting_query`,
    [JSON.stringify(events)],
  );
}

export function eventCount(draft: AlertDraft): number {
  return Math.max(draft.eventCount, draft.events.length);
}

function searchText(id: string, draft: AlertDraft): string {
  const words = new Set([id, draft.title]);
  for (const asset of assetsOf(draft.evidence)) words.add(asset.label).add(asset.key);
  return [...words].join('\n').toLowerCase();
}
