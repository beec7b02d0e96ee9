import type { AlertDraft } from '@parapet/detection';
import type { Classification, Determination, IncidentStatus, Severity } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { insertComment } from '../desk/comments.ts';
import { mirrorAlerts, mirrorIncidents } from '../mirror/outbox.ts';
import { severityRank } from '../rows.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { plan } from '../sink/board.ts';
import { alertId } from '../sink/identity.ts';
import { insertAlerts } from '../sink/insert.ts';
import { writeActivity } from '../sink/journal.ts';
import { lockPlacement } from '../sink/lock.ts';
import { recompute } from '../sink/recompute.ts';
import type { Actor, Context } from '../types.ts';
import { verdictAfter } from '../validate.ts';

/** State that an imported alert or incident brings along. */
export interface ImportedState {
  readonly status?: 'new' | Exclude<IncidentStatus, 'redirected'>;
  readonly assignedTo?: string | null;
  readonly classification?: Classification | null;
  readonly determination?: Determination | null;
  readonly comments?: readonly string[];
}

export interface ImportedAlert extends ImportedState {
  /** `evidence` of the draft and `evidenceWire` go together by position. */
  readonly draft: AlertDraft;
  readonly wire: Readonly<Record<string, unknown>>;
  readonly evidenceWire: readonly Readonly<Record<string, unknown>>[];
}

export interface ImportedIncident extends ImportedState {
  readonly name?: string;
  readonly description?: string;
  readonly summary?: string;
  readonly severity?: Severity;
  readonly tags?: readonly string[];
  readonly resolvingComment?: string;
  readonly alerts: readonly ImportedAlert[];
}

export type ImportResult =
  | { readonly outcome: 'created'; readonly incidentId: string; readonly alertIds: readonly string[] }
  /** Its alerts are here already; nothing was changed. */
  | { readonly outcome: 'exists'; readonly incidentId: string; readonly alertIds: readonly string[] };

/**
 * Take in one incident with its alerts as they are grouped elsewhere. Correlation does not regroup them, but later alerts
 * may join. An incident of which any alert is known is left as it is, so that a repeated import changes nothing.
 * @param dryRun checks everything against the database and keeps nothing
 */
export async function importIncident(
  context: Context,
  cache: AlertCache,
  incident: ImportedIncident,
  actor: Actor,
  dryRun: boolean,
): Promise<ImportResult> {
  const ids = incident.alerts.map(({ draft }) => alertId(draft));
  const result = await context.db.transaction(async (tx): Promise<ImportResult> => {
    await lockPlacement(tx);
    const known = await tx.query<{ id: string; incident_id: string }>(
      'select id, incident_id::text as incident_id from alert where dedupe_key = any($1::text[]) order by id',
      [incident.alerts.map(({ draft }) => draft.dedupeKey)],
    );
    if (known[0]) return { outcome: 'exists', incidentId: known[0].incident_id, alertIds: known.map(({ id }) => id) };
    if (dryRun) return { outcome: 'created', incidentId: '', alertIds: ids };
    return { outcome: 'created', incidentId: await write(tx, context, cache, incident, actor), alertIds: ids };
  });
  if (!dryRun && result.outcome === 'created') context.committed();
  return result;
}

async function write(
  tx: Queryable,
  context: Context,
  cache: AlertCache,
  incident: ImportedIncident,
  actor: Actor,
): Promise<string> {
  const at = context.now();
  const first = incident.alerts[0]?.draft;
  const verdict = verdictAfter({ classification: null, determination: null }, stateVerdict(incident));
  const status = incident.status === 'new' ? 'active' : (incident.status ?? 'active');
  const [row] = await tx.query<{ id: string }>(
    `insert into incident (name, name_is_automatic, status, severity, severity_is_automatic, description, summary, tags,
       resolving_comment, assigned_to, classification, determination, first_activity, last_activity, created_at,
       last_update, last_modified_by, resolved_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13, $13, $14, $15) returning id::text as id`,
    [
      (incident.name ?? first?.title ?? 'Imported incident').slice(0, 500),
      incident.name === undefined,
      status,
      severityRank(incident.severity ?? first?.severity ?? 'informational'),
      incident.severity === undefined,
      incident.description ?? '',
      incident.summary ?? '',
      incident.tags ?? [],
      incident.resolvingComment ?? '',
      incident.assignedTo ?? null,
      verdict.classification,
      verdict.determination,
      at,
      actor.username,
      status === 'resolved' ? at : null,
    ],
  );
  if (!row) throw new Error('The imported incident has no id');
  const placed = incident.alerts.map(({ draft }, index) => ({
    ...plan(draft, alertId(draft), context.correlation),
    incidentId: row.id,
    reason: {
      codes: [],
      text: index === 0 ? 'First alert of an imported incident' : 'Came with an imported incident',
      matchedAlertId: null,
      keys: [],
      score: 100,
    },
  }));
  await insertAlerts(tx, placed, at);
  for (const alert of incident.alerts) await complete(tx, alert, actor, at);
  for (const text of incident.comments ?? [])
    await insertComment(tx, { incidentId: row.id, alertId: null }, text, actor, at);
  const activity = await recompute(tx, { correlation: context.correlation, cache }, [row.id], at, {
    opened: new Set([row.id]),
    by: actor.username,
  });
  await writeActivity(tx, [
    {
      incidentId: row.id,
      time: at,
      actor: actor.username,
      origin: 'user',
      category: 'created',
      text: `Imported by ${actor.username} with ${incident.alerts.length === 1 ? '1 alert' : `${incident.alerts.length} alerts`}`,
    },
    ...activity,
  ]);
  await mirrorAlerts(
    tx,
    placed.map(({ alert }) => alert.id),
    { isNew: true, at },
  );
  await mirrorIncidents(tx, [row.id], at);
  await context.audit(
    {
      actor: actor.username,
      action: 'incident.import',
      target: `incident/${row.id}`,
      after: { alerts: placed.length },
      remoteAddress: actor.remoteAddress,
    },
    tx,
  );
  return row.id;
}

/** What an alert says beyond its draft. */
async function complete(tx: Queryable, alert: ImportedAlert, actor: Actor, at: Date): Promise<void> {
  const id = alertId(alert.draft);
  const verdict = verdictAfter({ classification: null, determination: null }, stateVerdict(alert));
  const status = alert.status === 'active' ? 'new' : (alert.status ?? 'new');
  await tx.query(
    `update alert set wire = $2, status = $3, assigned_to = coalesce($4, assigned_to), classification = $5, determination = $6,
            resolved_at = case when $3 = 'resolved' then $7::timestamptz end where id = $1`,
    [
      id,
      JSON.stringify(alert.wire),
      status,
      alert.assignedTo ?? null,
      verdict.classification,
      verdict.determination,
      at,
    ],
  );
  if (alert.evidenceWire.length > 0)
    await tx.query(
      `update alert_evidence e set wire = w.item
       from jsonb_array_elements($2::jsonb) with ordinality as w(item, n) where e.alert_id = $1 and e.position = w.n`,
      [id, JSON.stringify(alert.evidenceWire)],
    );
  for (const text of alert.comments ?? []) await insertComment(tx, { incidentId: null, alertId: id }, text, actor, at);
}

const stateVerdict = ({ classification = null, determination = null }: ImportedState) => ({
  classification,
  ...(determination === null ? {} : { determination }),
});
