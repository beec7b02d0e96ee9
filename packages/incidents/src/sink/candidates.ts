import type { CorrelationAlert, CorrelationCandidate } from '@parapet/detection';
import type { IncidentStatus } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { groupBy } from '../group.ts';
import type { AlertCache } from './alert-cache.ts';

/** The longest window of the correlation table (spec A 2.6). */
const WINDOW = '7 days';
/** Alerts of one incident that are compared: those that share most, then those nearest in time. */
const PER_INCIDENT = 40;
const MOST_ALERTS = 4_000;

/**
 * Incidents with an alert that shares a correlation key with `alert` and was active within seven days of it.
 * @param statuses which incidents count
 */
export async function findCandidates(
  tx: Queryable,
  cache: AlertCache,
  alert: CorrelationAlert,
  keys: readonly string[],
  statuses: readonly IncidentStatus[],
): Promise<CorrelationCandidate[]> {
  if (keys.length === 0) return [];
  const rows = await tx.query<{
    id: string;
    incident_id: string;
    assigned_to: string | null;
    classification: string | null;
    determination: string | null;
    total_alerts: number;
  }>(
    `with hit as (
       select alert_id, count(*) as shared, count(*) filter (where key ~ '^(process|detector|session|file|ip):') as strong
       from alert_key where key = any($1::text[]) group by alert_id
     ), near as (
       select a.id, a.incident_id, i.assigned_to, i.classification, i.determination, i.total_alerts,
              row_number() over (partition by a.incident_id
                order by h.strong desc, h.shared desc,
                  abs(extract(epoch from a.first_activity - $3::timestamptz)), a.id) as place
       from hit h join alert a on a.id = h.alert_id join incident i on i.id = a.incident_id
       where i.status = any($2::text[]) and a.last_activity >= $3::timestamptz - interval '${WINDOW}'
         and a.first_activity <= $4::timestamptz + interval '${WINDOW}'
     )
     select id, incident_id::text as incident_id, assigned_to, classification, determination, total_alerts
     from near where place <= ${PER_INCIDENT} order by place, incident_id limit ${MOST_ALERTS}`,
    [keys, statuses, new Date(alert.firstActivity), new Date(alert.lastActivity)],
  );
  const alerts = new Map(
    (
      await cache.load(
        tx,
        rows.map(({ id }) => id),
      )
    ).map((each) => [each.id, each]),
  );
  const byIncident = groupBy(rows, (row) => row.incident_id);
  return [...byIncident].flatMap(([incidentId, members]) => {
    const [row] = members;
    if (!row) return [];
    return {
      incidentId,
      assignedTo: row.assigned_to,
      classification: row.classification,
      determination: row.determination,
      alertCount: row.total_alerts,
      alerts: members.flatMap(({ id }) => alerts.get(id) ?? []),
    };
  });
}
