import type { AlertExtras, Category } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { type EvidenceRow, type PlacedAlert, severityName, toEvidence } from '../rows.ts';
import { iso } from '../sql.ts';

const LIMIT = 20_000;

/**
 * Alerts as correlation sees them. They hardly change, comparing them is the hot path, and correlation remembers what it
 * worked out per object, so the most recently used stay in memory.
 */
export class AlertCache {
  readonly #alerts = new Map<string, PlacedAlert>();

  put(alert: PlacedAlert): void {
    this.#alerts.delete(alert.id);
    this.#alerts.set(alert.id, alert);
    if (this.#alerts.size > LIMIT) {
      const oldest = this.#alerts.keys().next().value;
      if (oldest !== undefined) this.#alerts.delete(oldest);
    }
  }

  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#alerts.delete(id);
  }

  /** In the order asked for. */
  async load(tx: Queryable, ids: readonly string[]): Promise<PlacedAlert[]> {
    const loaded = new Map<string, PlacedAlert>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#alerts.get(id);
      if (known) loaded.set(id, known);
      else missing.push(id);
    }
    for (const alert of await readAlerts(tx, missing)) {
      loaded.set(alert.id, alert);
      this.put(alert);
    }
    return ids.flatMap((id) => loaded.get(id) ?? []);
  }
}

interface Row {
  readonly id: string;
  readonly rule_id: string;
  readonly title: string;
  readonly category: Category;
  readonly severity: number;
  readonly process_ancestors: readonly string[];
  readonly first_activity: Date;
  readonly last_activity: Date;
  readonly service_source: string;
  readonly detection_source: string;
  readonly product_name: string;
  readonly extras: AlertExtras;
  readonly evidence: readonly EvidenceRow[] | null;
}

async function readAlerts(tx: Queryable, ids: readonly string[]): Promise<PlacedAlert[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<Row>(
    `select a.id, a.rule_id, a.title, a.category, a.severity, a.process_ancestors, a.first_activity, a.last_activity,
            a.service_source, a.detection_source, a.product_name, a.extras,
            (select jsonb_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields,
                                                 'roles', e.roles) order by e.position)
             from alert_evidence e where e.alert_id = a.id) as evidence
     from alert a where a.id = any($1::text[])`,
    [ids],
  );
  return rows.map((row) => ({
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    category: row.category,
    severity: severityName(row.severity),
    evidence: (row.evidence ?? []).map(toEvidence),
    processAncestors: row.process_ancestors,
    firstActivity: iso(row.first_activity),
    lastActivity: iso(row.last_activity),
    serviceSource: row.service_source,
    detectionSource: row.detection_source,
    productName: row.product_name,
    ...(row.extras.opensIncident ? { opensIncident: row.extras.opensIncident } : {}),
    ...(row.extras.correlates === false ? { correlates: false } : {}),
  }));
}
