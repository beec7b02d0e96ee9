import { GRAVE_CATEGORIES, levelOfCounts } from '@parapet/detection';
import { RISK_LEVELS, type RiskLevel } from '@parapet/schema';
import type { Queryable } from '@parapet/state';

const DAYS = 180;

export interface DeviceRisk {
  readonly key: string;
  readonly name: string;
  readonly riskLevel: RiskLevel;
  readonly openAlerts: number;
}

/**
 * Risk of devices from their open alerts of the last 180 days (spec D 2.1): high with any high alert, three medium ones or any
 * ransomware, command-and-control or credential theft; medium with any medium or three low; else the highest severity.
 * Devices that alerts only mention as context are left out.
 * @param now end of the 180 days; an alert counts by its activity or, for replayed history, by when it was raised
 */
export async function deviceRisks(
  db: Queryable,
  now: Date,
  keys?: readonly string[],
): Promise<Map<string, DeviceRisk>> {
  const rows = await db.query<{
    key: string;
    name: string;
    open: number;
    high: number;
    medium: number;
    low: number;
    grave: number;
  }>(
    `select e.key, max(e.label) as name, count(distinct a.id) as open,
            count(distinct a.id) filter (where a.severity = 3) as high,
            count(distinct a.id) filter (where a.severity = 2) as medium,
            count(distinct a.id) filter (where a.severity = 1) as low,
            count(distinct a.id) filter (where a.category = any($2::text[])) as grave
     from alert_evidence e join alert a on a.id = e.alert_id
     where e.type = 'device' and a.status <> 'resolved' and e.roles <> '{contextual}'
       and greatest(a.last_activity, a.created_at) >= $1::timestamptz - interval '${DAYS} days'
       and ($3::text[] is null or e.key = any($3::text[]))
     group by e.key`,
    [now, GRAVE_CATEGORIES, keys ?? null],
  );
  return new Map(
    rows.map((row) => [
      row.key,
      {
        key: row.key,
        name: row.name,
        openAlerts: row.open,
        riskLevel: levelOfCounts({ ...row, informational: row.open }),
      },
    ]),
  );
}

/** Worst first. */
export const byRisk = (a: DeviceRisk, b: DeviceRisk): number =>
  RISK_LEVELS.indexOf(b.riskLevel) - RISK_LEVELS.indexOf(a.riskLevel) ||
  b.openAlerts - a.openAlerts ||
  (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
