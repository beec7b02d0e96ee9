import type { Entity, SimilarAlerts } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { ALERT_COLUMNS, type AlertRow, toAlertSummary } from '../rows.ts';

const SHOWN = 50;
/** How far back the same detector's alerts are looked at. */
const LOOKED_AT = 1_000;

/** Other alerts of the same detector: those that share evidence first, and how all of them were judged. */
export async function similarAlerts(db: Queryable, alert: Pick<AlertRow, 'id' | 'rule_id'>): Promise<SimilarAlerts> {
  const recent = `recent as (
    select a.id, a.classification, a.last_activity from alert a where a.rule_id = $1 and a.id <> $2
    order by a.last_activity desc, a.id desc limit ${LOOKED_AT}
  )`;
  const verdicts = await db.query<{ verdict: string; n: number }>(
    `with ${recent} select coalesce(classification, 'unclassified') as verdict, count(*) as n from recent group by 1 order by 2 desc`,
    [alert.rule_id, alert.id],
  );
  const rows = await db.query<AlertRow & { readonly shared: readonly Entity[] }>(
    `with ${recent}, mine as (
       select distinct on (type, key) type, key, label, fields from alert_evidence where alert_id = $2
     ), ranked as (
       select r.id, r.last_activity, (select count(*) from alert_evidence e join mine m on m.type = e.type and m.key = e.key
         where e.alert_id = r.id) as common
       from recent r order by common desc, r.last_activity desc, r.id desc limit ${SHOWN}
     )
     select ${ALERT_COLUMNS}, coalesce((
         select jsonb_agg(jsonb_build_object('type', m.type, 'key', m.key, 'label', m.label, 'fields', m.fields))
         from (select distinct m.* from mine m join alert_evidence e on e.type = m.type and e.key = m.key
               where e.alert_id = a.id limit 8) m), '[]') as shared
     from ranked x join alert a on a.id = x.id join incident i on i.id = a.incident_id
     order by x.common desc, x.last_activity desc, a.id desc`,
    [alert.rule_id, alert.id],
  );
  return {
    items: rows.map((row) => ({ ...toAlertSummary(row), shared: row.shared })),
    total: verdicts.reduce((sum, { n }) => sum + n, 0),
    verdicts: Object.fromEntries(verdicts.map(({ verdict, n }) => [verdict, n])),
  };
}
