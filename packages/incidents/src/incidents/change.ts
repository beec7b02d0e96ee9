import type { IncidentChanges } from '@parapet/schema';
import { ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { mirrorAlerts, mirrorIncidents } from '../mirror/outbox.ts';
import { INCIDENT_COLUMNS, type IncidentRow, severityName, severityRank } from '../rows.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { type NewActivity, writeActivity } from '../sink/journal.ts';
import { recompute } from '../sink/recompute.ts';
import { decimalId, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { REDIRECTED_TAG, verdictAfter } from '../validate.ts';

/**
 * Apply changes to one incident inside a transaction that holds the placement lock. Nothing is written before everything
 * is checked, so that several calls can share a transaction.
 * @param changes already normalised by `incidentChanges`
 * @throws ParapetError 404 `not_found`, 409 `incident_redirected`, 400 `invalid_determination`
 */
export async function changeIncident(
  tx: Queryable,
  context: Context,
  cache: AlertCache,
  id: string,
  changes: IncidentChanges,
  actor: Actor,
): Promise<void> {
  const before = await lockIncident(tx, id);
  const verdict = verdictAfter(before, changes);
  const at = context.now();
  const activity: NewActivity[] = [];
  const note = (category: NewActivity['category'], text: string, was: unknown, is: unknown): void => {
    activity.push({
      incidentId: before.id,
      time: at,
      actor: actor.username,
      origin: 'user',
      category,
      text,
      before: was,
      after: is,
    });
  };

  const next = {
    name: changes.name ?? before.name,
    nameIsAutomatic: changes.name === undefined ? before.name_is_automatic : changes.name === null,
    status: changes.status ?? before.status,
    // Automatic again: the sums at the end give the value.
    severity: changes.severity ? severityRank(changes.severity) : before.severity,
    severityIsAutomatic: changes.severity === undefined ? before.severity_is_automatic : changes.severity === null,
    assignedTo: changes.assignedTo === undefined ? before.assigned_to : changes.assignedTo,
    tags: changes.tags === undefined ? before.tags : withSystemTags(before.tags, changes.tags),
    resolvingComment: changes.resolvingComment ?? before.resolving_comment,
  };
  if (next.nameIsAutomatic && !before.name_is_automatic) note('name', 'Named automatically again', before.name, null);
  if (next.name !== before.name) note('name', `Renamed to "${next.name}"`, before.name, next.name);
  if (next.status !== before.status) note('status', statusText(next.status), before.status, next.status);
  if (next.severity !== before.severity || next.severityIsAutomatic !== before.severity_is_automatic)
    note(
      'severity',
      next.severityIsAutomatic ? 'Severity follows the alerts again' : `Severity set to ${severityName(next.severity)}`,
      severityName(before.severity),
      next.severityIsAutomatic ? null : severityName(next.severity),
    );
  if (next.assignedTo !== before.assigned_to)
    note(
      'assignment',
      next.assignedTo === null ? 'Unassigned' : `Assigned to ${next.assignedTo}`,
      before.assigned_to,
      next.assignedTo,
    );
  if (verdict.classification !== before.classification || verdict.determination !== before.determination)
    note(
      'classification',
      verdict.classification === null
        ? 'Classification cleared'
        : `Classified as ${verdict.classification}${verdict.determination ? `, ${verdict.determination}` : ''}`,
      { classification: before.classification, determination: before.determination },
      verdict,
    );
  if (JSON.stringify(next.tags) !== JSON.stringify(before.tags)) note('tags', 'Tags changed', before.tags, next.tags);
  if (next.resolvingComment !== before.resolving_comment && next.resolvingComment !== '')
    note('comment', `Resolving comment: ${next.resolvingComment}`, before.resolving_comment, next.resolvingComment);
  const texts = await changeTexts(tx, before.id, changes);
  for (const field of texts) note('name', `The ${field} was changed`, null, changes[field]);
  if (activity.length === 0) return;

  const resolves = next.status === 'resolved' && before.status !== 'resolved';
  await tx.query(
    `update incident set name = $2, name_is_automatic = $3, status = $4, severity = $5, severity_is_automatic = $6,
            assigned_to = $7, classification = $8, determination = $9, tags = $10, resolving_comment = $11,
            resolved_at = case when $4 <> 'resolved' then null else coalesce(resolved_at, $12) end
     where id = $1`,
    [
      before.id,
      next.name,
      next.nameIsAutomatic,
      next.status,
      next.severity,
      next.severityIsAutomatic,
      next.assignedTo,
      verdict.classification,
      verdict.determination,
      next.tags,
      next.resolvingComment,
      at,
    ],
  );
  const changed = new Set<string>();
  const taken = resolves
    ? await resolveAlerts(tx, before.id, verdict, at)
    : changes.withAlerts && next.status !== before.status
      ? await followStatus(tx, before, next.status, at)
      : undefined;
  if (taken) {
    for (const id of taken.ids) changed.add(id);
    note('status', taken.text, null, taken.after);
  }
  if (next.assignedTo !== before.assigned_to) {
    const assigned = await tx.query<{ id: string }>(
      `update alert set assigned_to = $2, last_update = $3
       where incident_id = $1 and assigned_to is distinct from $2 returning id`,
      [before.id, next.assignedTo, at],
    );
    for (const alert of assigned) changed.add(alert.id);
  }
  activity.push(
    ...(await recompute(tx, { correlation: context.correlation, cache }, [before.id], at, { by: actor.username })),
  );
  await writeActivity(tx, activity);
  await mirrorAlerts(tx, [...changed], { isNew: false, at });
  await mirrorIncidents(tx, [before.id], at);
  await context.audit(
    {
      actor: actor.username,
      action: 'incident.update',
      target: `incident/${before.id}`,
      before: pick(before, changes),
      after: changes,
      remoteAddress: actor.remoteAddress,
    },
    tx,
  );
}

interface TakenAlong {
  readonly ids: readonly string[];
  readonly text: string;
  readonly after: unknown;
}

const countOf = (n: number): string => (n === 1 ? '1 open alert was' : `${n} open alerts were`);

/** Resolve the open alerts with the incident. What each was is noted, so that reopening can bring it back. */
async function resolveAlerts(
  tx: Queryable,
  id: string,
  verdict: { readonly classification: string | null; readonly determination: string | null },
  at: Date,
): Promise<TakenAlong | undefined> {
  const closed = await tx.query<{ id: string; was: string; inherits: boolean }>(
    `update alert a set status = 'resolved', resolved_at = $2, last_update = $2,
            determination = case when a.classification is null then $4 else a.determination end,
            classification = coalesce(a.classification, $3)
     from (select id, status, classification from alert where incident_id = $1 and status <> 'resolved') old
     where old.id = a.id returning a.id, old.status as was, old.classification is null as inherits`,
    [id, at, verdict.classification, verdict.determination],
  );
  if (closed.length === 0) return undefined;
  return {
    ids: closed.map((alert) => alert.id),
    text: `${countOf(closed.length)} resolved with the incident`,
    after: {
      alertIds: closed.map((alert) => alert.id),
      inProgress: closed.filter((alert) => alert.was === 'inProgress').map((alert) => alert.id),
      inherited:
        verdict.classification === null ? [] : closed.filter((alert) => alert.inherits).map((alert) => alert.id),
    },
  };
}

/** The alerts go along where that was asked for: back to what they were when it is reopened, from new to in progress. */
async function followStatus(
  tx: Queryable,
  before: IncidentRow,
  status: IncidentRow['status'],
  at: Date,
): Promise<TakenAlong | undefined> {
  const answer = (ids: readonly string[], did: string): TakenAlong | undefined =>
    ids.length === 0
      ? undefined
      : {
          ids,
          text: `${ids.length === 1 ? '1 alert was' : `${ids.length} alerts were`} ${did}`,
          after: { alertIds: ids },
        };
  if (before.status !== 'resolved') {
    if (status !== 'inProgress') return undefined;
    const rows = await tx.query<{ id: string }>(
      `update alert set status = 'inProgress', last_update = $2 where incident_id = $1 and status = 'new' returning id`,
      [before.id, at],
    );
    return answer(
      rows.map(({ id }) => id),
      'set to in progress with the incident',
    );
  }
  const rows = await tx.query<{ id: string }>(
    `with entry as (
       select after from incident_activity where incident_id = $1 and category = 'status' and after ? 'inherited'
       order by incident_activity.id desc limit 1
     )
     update alert a set resolved_at = null, last_update = $2,
       status = case when entry.after->'inProgress' ? a.id then 'inProgress' else 'new' end,
       classification = case when entry.after->'inherited' ? a.id then null else a.classification end,
       determination = case when entry.after->'inherited' ? a.id then null else a.determination end
     from entry where a.incident_id = $1 and a.status = 'resolved' and entry.after->'alertIds' ? a.id returning a.id`,
    [before.id, at],
  );
  return answer(
    rows.map(({ id }) => id),
    'reopened with the incident',
  );
}

/** Write description and summary; answers which of them are new. Nothing after it in the transaction may refuse. */
async function changeTexts(
  tx: Queryable,
  id: string,
  changes: IncidentChanges,
): Promise<readonly ('description' | 'summary')[]> {
  const changed: ('description' | 'summary')[] = [];
  for (const field of ['description', 'summary'] as const) {
    if (changes[field] === undefined) continue;
    const rows = await tx.query(
      `update incident set ${field} = $2 where id = $1 and ${field} <> $2 returning 1 as one`,
      [id, changes[field]],
    );
    if (rows.length > 0) changed.push(field);
  }
  return changed;
}

/** @throws ParapetError 404 `not_found`, 409 `incident_redirected` */
export async function lockIncident(tx: Queryable, id: string): Promise<IncidentRow> {
  const number = decimalId(id);
  const [row] = number
    ? await tx.query<IncidentRow>(`select ${INCIDENT_COLUMNS} from incident i where i.id = $1 for update`, [number])
    : [];
  if (!row) throw notFound('incident', id);
  if (row.status === 'redirected')
    throw new ParapetError(
      'incident_redirected',
      409,
      `Incident ${row.id} was merged into incident ${row.redirect_incident_id}.`,
      `Change incident ${row.redirect_incident_id} instead.`,
      { redirectIncidentId: row.redirect_incident_id },
    );
  return row;
}

function withSystemTags(before: readonly string[], tags: readonly string[]): string[] {
  return [...tags, ...before.filter((tag) => tag === REDIRECTED_TAG)];
}

function statusText(status: IncidentRow['status']): string {
  return { active: 'Set to active', inProgress: 'Set to in progress', resolved: 'Resolved', redirected: 'Merged' }[
    status
  ];
}

/** The present values of the fields that change, for the audit log. */
function pick(row: IncidentRow, changes: IncidentChanges): Record<string, unknown> {
  const values: Record<keyof IncidentChanges, unknown> = {
    name: row.name,
    status: row.status,
    severity: severityName(row.severity),
    assignedTo: row.assigned_to,
    classification: row.classification,
    determination: row.determination,
    tags: row.tags,
    resolvingComment: row.resolving_comment,
    withAlerts: undefined,
    description: row.description,
    summary: undefined,
  };
  return Object.fromEntries((Object.keys(changes) as (keyof IncidentChanges)[]).map((key) => [key, values[key]]));
}
