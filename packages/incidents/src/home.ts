import { type Category, type HomeData, SEVERITIES, type Severity } from '@parapet/schema';
import { INCIDENT_COLUMNS, type IncidentRow, severityName, toIncidentSummary } from './rows.ts';
import { huntHref } from './telemetry/kql.ts';
import { byRisk, deviceRisks } from './telemetry/risk.ts';
import { num, select, str, toTime } from './telemetry/rows.ts';
import type { TelemetryService } from './telemetry/service.ts';
import type { Context } from './types.ts';

const OPEN = 'status=active,inProgress';
const OPEN_ALERTS = 'status=new,inProgress';
const DAYS = 30;

/** Figures of the first page. Each is counted when asked for, and each link lists exactly what was counted. */
export class HomeService {
  readonly #context: Context;
  readonly #telemetry: TelemetryService;

  constructor(context: Context, telemetry: TelemetryService) {
    this.#context = context;
    this.#telemetry = telemetry;
  }

  async get(caller: { readonly username: string }): Promise<HomeData> {
    const { db, now } = this.#context;
    const [incidents, perDay, risks, devices, detections, ingestion, tactics] = await Promise.all([
      this.#incidents(caller.username),
      this.#alertsPerDay(),
      deviceRisks(db, now()),
      this.#telemetry.countDevices(),
      this.#topDetections(),
      this.#ingestion(),
      this.#tactics(),
    ]);
    return {
      incidents,
      alertsPerDay: perDay,
      devicesAtRisk: [...risks.values()]
        .sort(byRisk)
        .slice(0, 8)
        .flatMap(({ key, name, riskLevel, openAlerts }) =>
          riskLevel === 'none' ? [] : [{ id: key, name, riskLevel, openAlerts }],
        ),
      devices: { count: devices, href: '/devices' },
      topDetections: detections,
      ingestion,
      tactics,
      empty: ingestion.eventsTotal.count === 0 && devices === 0,
    };
  }

  async #incidents(me: string): Promise<HomeData['incidents']> {
    const { db } = this.#context;
    const [counts] = await db.query<{
      active: number;
      unassigned: number;
      mine: number;
      by_severity: readonly number[];
    }>(
      `select count(*) as active, count(*) filter (where assigned_to is null) as unassigned,
              count(*) filter (where assigned_to = $1) as mine,
              array[count(*) filter (where severity = 0), count(*) filter (where severity = 1),
                    count(*) filter (where severity = 2), count(*) filter (where severity = 3)]::integer[] as by_severity
       from incident where status in ('active', 'inProgress') and in_queue`,
      [me],
    );
    const newest = await db.query<IncidentRow>(
      `select ${INCIDENT_COLUMNS} from incident i where i.status in ('active', 'inProgress') and i.in_queue
       order by i.created_at desc, i.id desc limit 5`,
    );
    return {
      active: { count: counts?.active ?? 0, href: `/incidents?${OPEN}` },
      unassigned: { count: counts?.unassigned ?? 0, href: `/incidents?${OPEN}&assignedTo=unassigned` },
      mine: { count: counts?.mine ?? 0, href: `/incidents?${OPEN}&assignedTo=me` },
      bySeverity: [...SEVERITIES].reverse().map((severity) => ({
        severity,
        count: counts?.by_severity[SEVERITIES.indexOf(severity)] ?? 0,
        href: `/incidents?${OPEN}&severity=${severity}`,
      })),
      newest: newest.map(toIncidentSummary),
    };
  }

  /** Alerts by day of their last activity; the thirty days end with the newest alert, so that replayed history shows. */
  async #alertsPerDay(): Promise<HomeData['alertsPerDay']> {
    const rows = await this.#context.db.query<{ day: string; severity: number; n: number }>(
      `with newest as (select max(last_activity at time zone 'UTC')::date as day from alert)
       select to_char(a.last_activity at time zone 'UTC', 'YYYY-MM-DD') as day, a.severity, count(*) as n
       from alert a, newest
       where (a.last_activity at time zone 'UTC')::date > newest.day - ${DAYS} group by 1, 2 order by 1`,
    );
    const last = rows.at(-1)?.day;
    if (last === undefined) return [];
    const end = Date.parse(`${last}T00:00:00Z`);
    return Array.from({ length: DAYS }, (_, n) => {
      const day = new Date(end - (DAYS - 1 - n) * 86_400_000).toISOString().slice(0, 10);
      const of = (severity: Severity): number =>
        rows.find((row) => row.day === day && severityName(row.severity) === severity)?.n ?? 0;
      return { day, high: of('high'), medium: of('medium'), low: of('low'), informational: of('informational') };
    });
  }

  async #topDetections(): Promise<HomeData['topDetections']> {
    const rows = await this.#context.db.query<{ rule_id: string; title: string; severity: number; n: number }>(
      `select rule_id, (array_agg(title order by last_activity desc, id))[1] as title, max(severity) as severity, count(*) as n
       from alert where status <> 'resolved' group by rule_id order by n desc, max(severity) desc, rule_id limit 8`,
    );
    return rows.map((row) => ({
      ruleId: row.rule_id,
      title: row.title,
      severity: severityName(row.severity),
      alerts: { count: row.n, href: `/alerts?${OPEN_ALERTS}&ruleId=${encodeURIComponent(row.rule_id)}` },
    }));
  }

  async #tactics(): Promise<HomeData['tactics']> {
    const rows = await this.#context.db.query<{ category: Category; n: number }>(
      `select category, count(*) as n from alert where status <> 'resolved' group by category order by n desc, category`,
    );
    return rows.map(({ category, n }) => ({
      category,
      alerts: { count: n, href: `/alerts?${OPEN_ALERTS}&category=${category}` },
    }));
  }

  async #ingestion(): Promise<HomeData['ingestion']> {
    const since = new Date(this.#context.now().getTime() - 86_400_000).toISOString();
    const recent = `TimeGenerated >= datetime(${since})`;
    const [raw, dead] = await Promise.all([
      select(
        this.#context.store,
        `SELECT count() AS total, countIf(TimeGenerated >= {since:DateTime64(7, 'UTC')}) AS recent, uniqExact(SourceId) AS sources,
                max(TimeGenerated) AS last
         FROM hunting.ParapetRawEvents`,
        { params: { since: toTime(since) } },
      ),
      select(
        this.#context.store,
        `SELECT count() AS recent FROM hunting.ParapetDeadLetter WHERE TimeGenerated >= {since:DateTime64(7, 'UTC')}`,
        { params: { since: toTime(since) } },
      ),
    ]);
    const row = raw[0] ?? {};
    const total = num(row, 'total') ?? 0;
    return {
      sources: { count: num(row, 'sources') ?? 0, href: '/ingestion' },
      eventsLast24h: {
        count: num(row, 'recent') ?? 0,
        href: huntHref(`ParapetRawEvents\n| where ${recent}\n| sort by TimeGenerated desc`),
      },
      eventsTotal: {
        count: total,
        href: huntHref('ParapetRawEvents\n| where TimeGenerated <= now()\n| sort by TimeGenerated desc'),
      },
      rejectedLast24h: {
        count: num(dead[0] ?? {}, 'recent') ?? 0,
        href: huntHref(`ParapetDeadLetter\n| where ${recent}\n| sort by TimeGenerated desc`),
      },
      lastEventAt: total > 0 ? str(row, 'last') : null,
    };
  }
}
