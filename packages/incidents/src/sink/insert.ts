import type { AlertDraft } from '@parapet/detection';
import type { MergeReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { assetsOf, type PlacedAlert, severityRank } from '../rows.ts';

/** Rows of telemetry kept with an alert; `eventCount` is the true number. */
export const KEPT_EVENTS = 100;

/** Write an alert with everything that belongs to it, and count it in its incident. */
export async function insertAlert(
  tx: Queryable,
  draft: AlertDraft,
  alert: PlacedAlert,
  keys: readonly string[],
  place: { readonly incidentId: string; readonly reason: MergeReason; readonly at: Date },
): Promise<void> {
  const assets = assetsOf(draft.evidence);
  await tx.query(
    `with placed as (update incident set total_alerts = total_alerts + 1 where id = $3 returning assigned_to)
     insert into alert (id, dedupe_key, incident_id, rule_id, title, description, recommended_actions, rule_query, severity,
       category, techniques, service_source, detection_source, product_name, process_ancestors, assets, assigned_to,
       first_activity, last_activity, created_at, last_update, event_count, merge_reason, search_text)
     select $1, $2, $3::bigint, $4, $5, $6, $7, $8, $9::smallint, $10, $11::text[], $12, $13, $14, $15::text[], $16::jsonb,
       placed.assigned_to, $17::timestamptz, $18::timestamptz, $19::timestamptz, $19::timestamptz, $20::integer,
       $21::jsonb, $22
     from placed`,
    [
      alert.id,
      draft.dedupeKey,
      place.incidentId,
      draft.ruleId,
      draft.title,
      draft.description,
      draft.recommendedActions,
      draft.ruleQuery,
      severityRank(draft.severity),
      draft.category,
      draft.techniques,
      draft.serviceSource,
      draft.detectionSource,
      draft.productName,
      draft.processAncestors,
      JSON.stringify(assets),
      new Date(draft.firstActivity),
      new Date(draft.lastActivity),
      place.at,
      Math.max(draft.eventCount, draft.events.length),
      JSON.stringify(place.reason),
      searchText(alert.id, draft),
    ],
  );
  await tx.query(
    `with evidence as (
       insert into alert_evidence (alert_id, position, type, key, label, fields, roles)
       select $1, n, e->>'type', e->>'key', e->>'label', e->'fields', array(select jsonb_array_elements_text(e->'roles'))
       from jsonb_array_elements($2::jsonb) with ordinality as item(e, n)
     )
     insert into alert_key (key, alert_id) select distinct key, $1 from unnest($3::text[]) as key`,
    [alert.id, JSON.stringify(draft.evidence), keys],
  );
  await insertEvents(tx, alert.id, draft);
}

/** Replace the kept rows of an alert by those of the draft. */
export async function insertEvents(tx: Queryable, id: string, draft: AlertDraft): Promise<void> {
  if (draft.events.length === 0) return;
  await tx.query(
    `insert into alert_event (alert_id, position, table_name, time, report_id, device_id, row, hunting_query)
     select $1, n, e->>'table', e->>'time', e->>'reportId', e->>'deviceId', e->'row', e->>'huntingQuery'
     from jsonb_array_elements($2::jsonb) with ordinality as item(e, n)
     on conflict (alert_id, position) do update set table_name = excluded.table_name, time = excluded.time,
       report_id = excluded.report_id, device_id = excluded.device_id, row = excluded.row,
       hunting_query = excluded.hunting_query`,
    [id, JSON.stringify(draft.events.slice(0, KEPT_EVENTS))],
  );
}

function searchText(id: string, draft: AlertDraft): string {
  const words = new Set([id, draft.title]);
  for (const asset of assetsOf(draft.evidence)) words.add(asset.label).add(asset.key);
  return [...words].join('\n').toLowerCase();
}
