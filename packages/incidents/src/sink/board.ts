import { type AlertDraft, type Correlation, type CorrelationCandidate, MAX_ALERTS } from '@parapet/detection';
import type { Queryable } from '@parapet/state';
import { groupBy } from '../group.ts';
import type { PlacedAlert } from '../rows.ts';
import type { AlertCache } from './alert-cache.ts';
import { separationsOf } from './separations.ts';

/** The longest window of the correlation table (spec A 2.6). */
const WINDOW_DAYS = 7;
const WINDOW_MS = WINDOW_DAYS * 86_400_000;
/** Alerts of one incident that a draft is compared with: those that share most, then those nearest in time. */
const PER_INCIDENT = 40;
const PER_DRAFT = 1_000;
/** Keys that decide by themselves. */
const STRONG = '^(process|detector|session|file|ip):';
const strong = new RegExp(STRONG);

/** A draft on its way to become an alert. */
export interface Planned {
  readonly draft: AlertDraft;
  readonly alert: PlacedAlert;
  readonly keys: readonly string[];
}

interface Hit {
  readonly id: string;
  readonly incident_id: string;
  readonly strong: number;
  readonly shared: number;
  /** Milliseconds between the two. */
  readonly apart: number;
}

interface IncidentState {
  readonly open: boolean;
  readonly assigned_to: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly total_alerts: number;
  readonly background: boolean;
  readonly touched: boolean;
}

/**
 * What a batch of drafts can be correlated with: the stored alerts that share a key with any of them, read at once, and the
 * alerts that the batch itself has placed so far.
 */
export class Board {
  readonly #hits: ReadonlyMap<number, readonly Hit[]>;
  readonly #alerts: Map<string, PlacedAlert>;
  readonly #incidents: Map<string, IncidentState>;
  /** Incidents that people took apart, by incident. */
  readonly #apart: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where alerts of merged incidents are now. */
  readonly #moved = new Map<string, string>();
  readonly #byKey = new Map<string, Set<string>>();
  readonly #placedIn = new Map<string, string>();
  /** Where alerts are that this batch took out of the background. */
  readonly #pulled = new Map<string, string>();
  /** Background incidents that this batch has looked up or opened. */
  readonly #background = new Map<string, string>();

  private constructor(
    hits: ReadonlyMap<number, readonly Hit[]>,
    alerts: Map<string, PlacedAlert>,
    incidents: Map<string, IncidentState>,
    apart: ReadonlyMap<string, ReadonlySet<string>>,
  ) {
    this.#apart = apart;
    this.#hits = hits;
    this.#alerts = alerts;
    this.#incidents = incidents;
  }

  static async load(tx: Queryable, cache: AlertCache, planned: readonly Planned[]): Promise<Board> {
    const wanted = planned.flatMap(({ alert, keys }, n) =>
      keys.length === 0 ? [] : [{ n, first: alert.firstActivity, last: alert.lastActivity, keys }],
    );
    const rows =
      wanted.length === 0
        ? []
        : await tx.query<Hit & { readonly n: number }>(
            `with wanted as (
               select d.n, d.first, d.last, key
               from jsonb_to_recordset($1::jsonb) as d(n integer, first timestamptz, last timestamptz, keys jsonb),
                    jsonb_array_elements_text(d.keys) as key
             ), hit as (
               select w.n, w.first, w.last, k.alert_id, count(*) as shared,
                      count(*) filter (where k.key ~ '${STRONG}') as strong
               from wanted w join alert_key k on k.key = w.key group by w.n, w.first, w.last, k.alert_id
             ), near as (
               select h.n, a.id, a.incident_id, h.strong, h.shared,
                      abs(extract(epoch from a.first_activity - h.first)) * 1000 as apart
               from hit h join alert a on a.id = h.alert_id join incident i on i.id = a.incident_id
               where i.status <> 'redirected' and a.last_activity >= h.first - interval '${WINDOW_DAYS} days'
                 and a.first_activity <= h.last + interval '${WINDOW_DAYS} days'
             ), ranked as (
               select near.*, row_number() over (partition by n, incident_id
                 order by strong desc, shared desc, apart, id) as place
               from near
             ), capped as (
               select ranked.*, row_number() over (partition by n order by place, incident_id) as nth
               from ranked where place <= ${PER_INCIDENT}
             )
             select n, id, incident_id::text as incident_id, strong, shared, apart::float8 as apart
             from capped where nth <= ${PER_DRAFT} order by n, nth`,
            [JSON.stringify(wanted)],
          );
    const ids = [...new Set(rows.map(({ id }) => id))];
    const incidentIds = [...new Set(rows.map(({ incident_id }) => incident_id))];
    const alerts = await cache.load(tx, ids);
    const incidents =
      incidentIds.length === 0
        ? []
        : await tx.query<IncidentState & { readonly id: string }>(
            `select id::text as id, status in ('active', 'inProgress') as open, assigned_to, classification, determination,
                    total_alerts, background_key is not null as background,
                    status = 'inProgress' or assigned_to is not null or classification is not null as touched
             from incident where id = any($1::bigint[])`,
            [incidentIds],
          );
    return new Board(
      groupBy(rows, ({ n }) => n),
      new Map(alerts.map((alert) => [alert.id, alert])),
      new Map(incidents.map((incident) => [incident.id, incident])),
      await separationsOf(tx, incidentIds),
    );
  }

  /** Incidents that the n-th draft could join, or for `open` = false the resolved ones it would have joined. */
  candidates(n: number, { alert, keys }: Planned, open: boolean): CorrelationCandidate[] {
    const hits = [...(this.#hits.get(n) ?? []), ...this.#localHits(alert, keys)].map((hit) => ({
      ...hit,
      incident_id: this.#incidentNow(this.#pulled.get(hit.id) ?? hit.incident_id),
    }));
    return [...groupBy(hits, (hit) => hit.incident_id)].flatMap(([incidentId, members]) => {
      const state = this.#incidents.get(incidentId);
      if (!state || state.open !== open) return [];
      members.sort((a, b) => b.strong - a.strong || b.shared - a.shared || a.apart - b.apart || (a.id < b.id ? -1 : 1));
      return {
        incidentId,
        assignedTo: state.assigned_to,
        classification: state.classification,
        determination: state.determination,
        alertCount: state.total_alerts,
        apart: this.#separated(incidentId),
        background: state.background,
        touched: state.touched,
        alerts: members.slice(0, PER_INCIDENT).flatMap(({ id }) => this.#alerts.get(id) ?? []),
      };
    });
  }

  /** @param key of a background incident */
  opened(incidentId: string, key?: string): void {
    if (key !== undefined) this.#background.set(key, incidentId);
    this.#incidents.set(incidentId, {
      background: key !== undefined,
      touched: false,
      open: true,
      assigned_to: null,
      classification: null,
      determination: null,
      total_alerts: 0,
    });
  }

  /** The background incident of a key that has room, open or opened by this batch. */
  async background(tx: Queryable, key: string): Promise<string | undefined> {
    const known = this.#background.get(key);
    const state = known === undefined ? undefined : this.#incidents.get(known);
    if (known !== undefined && state && state.total_alerts < MAX_ALERTS) return known;
    const [row] = await tx.query<{ id: string; total_alerts: number }>(
      `select id::text as id, total_alerts from incident
       where background_key = $1 and status in ('active', 'inProgress') and total_alerts < ${MAX_ALERTS} order by id desc limit 1`,
      [key],
    );
    // What this batch has put there is not written yet.
    if (!row || (known === row.id && state && state.total_alerts >= MAX_ALERTS)) return undefined;
    if (!this.#incidents.has(row.id)) {
      this.opened(row.id, key);
      const opened = this.#incidents.get(row.id);
      if (opened) this.#incidents.set(row.id, { ...opened, total_alerts: row.total_alerts });
    }
    this.#background.set(key, row.id);
    return row.id;
  }

  pulled(alertId: string, incidentId: string): void {
    this.#pulled.set(alertId, incidentId);
    if (this.#placedIn.has(alertId)) this.#placedIn.set(alertId, incidentId);
  }

  /** A background incident that has lost its last alert is no more. */
  emptied(incidentId: string): void {
    this.#incidents.delete(incidentId);
    for (const [key, id] of this.#background) if (id === incidentId) this.#background.delete(key);
  }

  placed({ alert, keys }: Planned, incidentId: string): void {
    this.#alerts.set(alert.id, alert);
    this.#placedIn.set(alert.id, incidentId);
    for (const key of keys) {
      const set = this.#byKey.get(key) ?? new Set();
      this.#byKey.set(key, set.add(alert.id));
    }
    const state = this.#incidents.get(incidentId);
    if (state) this.#incidents.set(incidentId, { ...state, total_alerts: state.total_alerts + 1 });
  }

  merged(source: string, target: string): void {
    const from = this.#incidents.get(source);
    const into = this.#incidents.get(target);
    this.#moved.set(source, target);
    this.#incidents.delete(source);
    if (from && into)
      this.#incidents.set(target, {
        open: true,
        background: false,
        touched: true,
        assigned_to: into.assigned_to ?? from.assigned_to,
        classification: into.classification ?? from.classification,
        determination: into.determination ?? from.determination,
        total_alerts: into.total_alerts + from.total_alerts,
      });
  }

  /** Incidents this one must not be joined with, as they stand after the merges of this batch. */
  #separated(incidentId: string): string[] {
    const found = new Set<string>();
    for (const [one, others] of this.#apart)
      if (this.#incidentNow(one) === incidentId) for (const other of others) found.add(this.#incidentNow(other));
    return [...found];
  }

  #incidentNow(id: string): string {
    let now = id;
    for (let next = this.#moved.get(now); next !== undefined; next = this.#moved.get(now)) now = next;
    return now;
  }

  #localHits(alert: PlacedAlert, keys: readonly string[]): Hit[] {
    const found = new Map<string, { strong: number; shared: number }>();
    for (const key of keys)
      for (const id of this.#byKey.get(key) ?? []) {
        const hit = found.get(id) ?? { strong: 0, shared: 0 };
        hit.shared += 1;
        if (strong.test(key)) hit.strong += 1;
        found.set(id, hit);
      }
    const first = Date.parse(alert.firstActivity);
    const last = Date.parse(alert.lastActivity);
    return [...found].flatMap(([id, { strong: decisive, shared }]) => {
      const other = this.#alerts.get(id);
      const incident = this.#placedIn.get(id);
      if (!other || incident === undefined) return [];
      const start = Date.parse(other.firstActivity);
      if (Date.parse(other.lastActivity) < first - WINDOW_MS || start > last + WINDOW_MS) return [];
      return { id, incident_id: incident, strong: decisive, shared, apart: Math.abs(start - first) };
    });
  }
}

/** A draft with the id it will have and the keys it can be found by. */
export function plan(draft: AlertDraft, id: string, correlation: Correlation): Planned {
  const alert: PlacedAlert = {
    id,
    ruleId: draft.ruleId,
    title: draft.title,
    category: draft.category,
    severity: draft.severity,
    evidence: draft.evidence,
    processAncestors: draft.processAncestors,
    firstActivity: draft.firstActivity,
    lastActivity: draft.lastActivity,
    serviceSource: draft.serviceSource,
    detectionSource: draft.detectionSource,
    productName: draft.productName,
    ...(draft.opensIncident ? { opensIncident: draft.opensIncident } : {}),
    ...(draft.correlates === false ? { correlates: false } : {}),
  };
  return { draft, alert, keys: correlation.correlationKeys(alert) };
}
