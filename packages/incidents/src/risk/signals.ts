/** What counts for or against entities, as rows of the state database. */
import { type AlertSignal, isBuiltInAccount, RISK_DAYS, type RiskSignal } from '@parapet/detection';
import type { Category, Classification, EntityFields, EntityType, EvidenceRole, RiskType } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { severityName } from '../rows.ts';

/** Signals of one entity that are looked at, the most severe and newest first: bounded memory, and the rest adds nothing that shows. */
const MOST = 200;

export interface EntityName {
  readonly type: RiskType;
  readonly key: string;
}
export const nameOf = ({ type, key }: { readonly type: string; readonly key: string }): string => `${type}\n${key}`;

export interface EntitySignals extends EntityName {
  readonly label: string;
  /** As the newest alert describes it. */
  readonly fields: EntityFields;
  readonly signals: readonly RiskSignal[];
}

interface AlertRow {
  readonly type: RiskType;
  readonly key: string;
  readonly id: string;
  readonly title: string;
  readonly rule_id: string;
  readonly severity: number;
  readonly category: Category;
  readonly status: string;
  readonly classification: Classification | null;
  readonly incident_id: string;
  readonly at: Date;
  readonly resolved_at: Date | null;
  readonly label: string;
  readonly fields: EntityFields;
  readonly roles: readonly EvidenceRole[];
}

/**
 * Signals of entities, each with its alerts of the last 180 days in which it is more than context. An alert counts by its activity or, for
 * replayed history, by when it was raised, as everywhere.
 * @param db through the caller's eyes for answers to people
 * @param withBehaviors behaviours are made from rows of every source: only for who sees them all
 * @returns by {@link nameOf}; accounts that exist on every machine have no signals
 */
export async function signalsOf(
  db: Queryable,
  entities: readonly EntityName[],
  now: Date,
  withBehaviors: boolean,
): Promise<Map<string, EntitySignals>> {
  const names = JSON.stringify(entities.map(({ type, key }) => ({ type, key })));
  const alerts = await db.query<AlertRow>(
    `select w.type, w.key, x.* from jsonb_to_recordset($1::jsonb) as w(type text, key text), lateral (
       select a.id, a.title, a.rule_id, a.severity, a.category, a.status, a.classification, a.incident_id::text as incident_id,
              greatest(a.last_activity, a.created_at) as at, a.resolved_at, e.label, e.fields, e.roles
       from alert_evidence e join alert a on a.id = e.alert_id
       where e.type = w.type and e.key = w.key and e.roles <> '{contextual}'
         and greatest(a.last_activity, a.created_at) >= $2::timestamptz - interval '${RISK_DAYS} days'
       order by a.status = 'resolved', a.severity desc, a.last_activity desc, a.id limit ${MOST}) x`,
    [names, now],
  );
  const behaviors = withBehaviors
    ? await db.query<{
        type: RiskType;
        key: string;
        id: string;
        kind: string;
        title: string;
        score: number;
        at: Date;
        label: string;
      }>(
        `select w.type, w.key, x.* from jsonb_to_recordset($1::jsonb) as w(type text, key text), lateral (
           select b.id, b.kind, b.body->>'title' as title, b.score, b.end_at as at, e.label
           from behavior_entity e join behavior b on b.id = e.behavior_id
           where e.type = w.type and e.key = w.key and b.end_at >= $2::timestamptz - interval '90 days'
           order by b.end_at desc, b.id limit ${MOST}) x`,
        [names, now],
      )
    : [];
  const found = new Map<
    string,
    { label: string; fields: EntityFields; at: number; signals: Map<string, RiskSignal> }
  >();
  const of = (row: { type: string; key: string; label: string }) => {
    let known = found.get(nameOf(row));
    if (!known) {
      known = { label: row.label, fields: {}, at: 0, signals: new Map() };
      found.set(nameOf(row), known);
    }
    return known;
  };
  for (const row of alerts) {
    const entity = of(row);
    if (row.at.getTime() >= entity.at)
      Object.assign(entity, { label: row.label, at: row.at.getTime(), fields: row.fields });
    const bystander =
      row.roles.length > 0 && row.roles.every((role) => role === 'destination' || role === 'contextual');
    const before = entity.signals.get(row.id) as AlertSignal | undefined;
    if (before && !before.bystander) continue;
    entity.signals.set(row.id, {
      kind: 'alert',
      id: row.id,
      title: row.title,
      detector: row.rule_id,
      severity: severityName(row.severity),
      category: row.category,
      resolved: row.status === 'resolved',
      resolvedAt: row.resolved_at,
      classification: row.classification,
      incidentId: row.incident_id,
      at: row.at,
      bystander: row.type === 'device' && bystander,
    });
  }
  for (const row of behaviors)
    of(row).signals.set(row.id, {
      kind: 'behavior',
      id: row.id,
      title: row.title,
      detector: row.kind,
      score: row.score,
      at: row.at,
    });
  return new Map(
    entities.map(({ type, key }) => {
      const known = found.get(nameOf({ type, key }));
      const entity = {
        type: type as EntityType,
        key,
        label: known?.label ?? key,
        fields: known?.fields ?? {},
        roles: [],
      };
      const nobody = (type === 'user' || type === 'mailbox') && isBuiltInAccount(entity);
      return [
        nameOf({ type, key }),
        {
          type,
          key,
          label: entity.label,
          fields: entity.fields,
          signals: nobody || !known ? [] : [...known.signals.values()],
        },
      ];
    }),
  );
}
