import type { AlertHistory, HistoryAlert, RuleStatistics } from '@parapet/detection';
import type { StateDb } from '@parapet/state';
import { severityName } from '../rows.ts';
import { iso } from '../sql.ts';

/** Past alerts as tuning looks at them. */
export class PastAlerts implements AlertHistory {
  constructor(private readonly db: StateDb) {}

  async recent(since: Date, limit: number): Promise<HistoryAlert[]> {
    const rows = await this.db.query<{
      id: string;
      rule_id: string;
      title: string;
      severity: number;
      status: string;
      service_source: string;
      created_at: Date;
      classification: string | null;
      evidence: HistoryAlert['evidence'] | null;
    }>(
      `with chosen as (
         select id, rule_id, title, severity, status, service_source, created_at, classification from alert
         where created_at >= $1 order by created_at desc, id desc limit $2
       ), items as (
         select e.alert_id, jsonb_agg(jsonb_build_object('type', e.type, 'label', e.label, 'fields', e.fields) order by e.position) as evidence
         from alert_evidence e join chosen c on c.id = e.alert_id group by e.alert_id
       )
       select chosen.*, items.evidence from chosen left join items on items.alert_id = chosen.id
       order by chosen.created_at desc, chosen.id desc`,
      [since, limit],
    );
    return rows.map((row) => ({
      id: row.id,
      ruleId: row.rule_id,
      title: row.title,
      severity: severityName(row.severity),
      status: row.status,
      serviceSource: row.service_source,
      createdAt: iso(row.created_at),
      classification: row.classification,
      evidence: row.evidence ?? [],
    }));
  }

  /** Somebody took an alert up when its incident was first changed by a person, or when it was closed. */
  async statistics(since: Date): Promise<RuleStatistics[]> {
    const rows = await this.db.query<{
      rule_id: string;
      alerts: number;
      open: number;
      tp: number;
      fp: number;
      expected: number;
      unjudged: number;
      minutes: number | null;
    }>(
      `with touched as (
         select incident_id, min(time) as at from incident_activity where origin = 'user' group by incident_id
       ), seen as (
         select a.rule_id, a.status, a.classification,
           case when a.extras ? 'resolvedBy' then null
                else extract(epoch from least(a.resolved_at, case when t.at >= a.created_at then t.at end) - a.created_at) / 60 end as minutes
         from alert a left join touched t on t.incident_id = a.incident_id where a.created_at >= $1
       )
       select rule_id, count(*)::int as alerts, (count(*) filter (where status <> 'resolved'))::int as open,
         (count(*) filter (where classification = 'truePositive'))::int as tp,
         (count(*) filter (where classification = 'falsePositive'))::int as fp,
         (count(*) filter (where classification = 'informationalExpectedActivity'))::int as expected,
         (count(*) filter (where classification is null))::int as unjudged,
         percentile_cont(0.5) within group (order by minutes) as minutes
       from seen group by rule_id`,
      [since],
    );
    return rows.map((row) => ({
      ruleId: row.rule_id,
      alerts: row.alerts,
      open: row.open,
      truePositives: row.tp,
      falsePositives: row.fp,
      expected: row.expected,
      unjudged: row.unjudged,
      minutesToTriage: row.minutes === null ? null : Math.round(Number(row.minutes) * 10) / 10,
    }));
  }
}
