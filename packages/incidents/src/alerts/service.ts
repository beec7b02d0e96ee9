import type { AlertChanges, AlertDetail, AlertEvent, AlertSummary, BulkResult, Comment, Page } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { inBulk } from '../bulk.ts';
import { commentsOf, insertComment, rewriteComment } from '../desk/comments.ts';
import { mirrorAlerts, mirrorIncidents } from '../mirror/outbox.ts';
import { ALERT_COLUMNS, type AlertRow, type EvidenceRow, toAlertSummary, toEvidence } from '../rows.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { type NewActivity, writeActivity } from '../sink/journal.ts';
import { checkVersion, lockPlacement } from '../sink/lock.ts';
import { recompute } from '../sink/recompute.ts';
import { notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { alertChanges, commentText, verdictAfter } from '../validate.ts';
import { type AlertListQuery, listAlertQueue } from './list.ts';
import { similarAlerts } from './similar.ts';

const FROM = 'alert a join incident i on i.id = a.incident_id';

/** Reading and changing alerts. */
export class AlertService {
  readonly #context: Context;
  readonly #cache: AlertCache;

  constructor(context: Context, cache: AlertCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /** @throws ParapetError `invalid_request` 400 for an unknown filter value */
  list(query: AlertListQuery, caller: { readonly username: string }): Promise<Page<AlertSummary>> {
    return listAlertQueue(this.#context.db, query, caller);
  }

  /** @throws ParapetError 404 `not_found` */
  async get(id: string): Promise<AlertDetail> {
    const { db } = this.#context;
    const [row] = await db.query<AlertRow>(`select ${ALERT_COLUMNS} from ${FROM} where a.id = $1`, [id]);
    if (!row) throw notFound('alert', id);
    const evidence = await db.query<EvidenceRow>(
      'select type, key, label, fields, roles from alert_evidence where alert_id = $1 order by position',
      [id],
    );
    return {
      ...toAlertSummary(row),
      description: row.description,
      recommendedActions: row.recommended_actions,
      evidence: evidence.map(toEvidence),
      events: await eventsOf(db, id),
      comments: await commentsOf(db, 'alert_id', id),
      mergeReason: row.merge_reason,
      ruleQuery: row.rule_query,
      extras: row.extras,
      similar: await similarAlerts(db, row),
      version: row.version,
    };
  }

  /**
   * @param version what the caller saw; a row that changed since is left alone
   * @throws ParapetError 400, 404 `not_found`, 412 `version_conflict`; nothing is changed then
   */
  async change(id: string, changes: AlertChanges, actor: Actor, version?: string): Promise<AlertDetail> {
    const checked = alertChanges(changes);
    await this.#context.mayChange?.('alert', id, true);
    await this.#context.db.transaction(async (tx) => {
      await lockPlacement(tx);
      if (version !== undefined) await checkVersion(tx, 'alert', id, version);
      await this.#changeOne(tx, id, checked, actor);
    });
    this.#context.committed();
    return this.get(id);
  }

  /** @param comment written on each, with the change or alone */
  async changeMany(ids: readonly string[], changes: AlertChanges, actor: Actor, comment?: string): Promise<BulkResult> {
    const text = comment === undefined ? undefined : commentText(comment);
    const checked = text !== undefined && Object.keys(changes).length === 0 ? {} : alertChanges(changes);
    return inBulk(
      this.#context,
      ids,
      async (tx, id) => {
        await this.#changeOne(tx, id, checked, actor);
        if (text !== undefined) await this.#commentOne(tx, id, text, actor);
      },
      (id) => this.#context.mayChange?.('alert', id, true),
    );
  }

  /** @throws ParapetError 400, 404 `not_found` */
  async comment(id: string, text: string, actor: Actor): Promise<Comment> {
    const checked = commentText(text);
    await this.#context.mayChange?.('alert', id, false);
    const comment = await this.#context.db.transaction(async (tx) => {
      await lockPlacement(tx);
      return this.#commentOne(tx, id, checked, actor);
    });
    this.#context.committed();
    return comment;
  }

  async #commentOne(tx: Queryable, id: string, text: string, actor: Actor): Promise<Comment> {
    const { now, audit } = this.#context;
    const alert = await lockAlert(tx, id);
    const at = now();
    const written = await insertComment(tx, { incidentId: null, alertId: id }, text, actor, at);
    await tx.query('update alert set last_update = $2 where id = $1', [id, at]);
    await tx.query('update incident set last_update = $2, last_modified_by = $3 where id = $1', [
      alert.incident_id,
      at,
      actor.username,
    ]);
    await writeActivity(tx, [
      {
        incidentId: alert.incident_id,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'comment',
        text: `Commented on alert "${alert.title}"`,
        after: { alertId: id, commentId: written.id },
      },
    ]);
    await mirrorIncidents(tx, [alert.incident_id], at);
    await audit(
      {
        actor: actor.username,
        action: 'alert.comment',
        target: `alert/${id}`,
        after: { commentId: written.id },
        remoteAddress: actor.remoteAddress,
      },
      tx,
    );
    return written;
  }

  /**
   * Edit one's own comment, or take it back with null, within an hour.
   * @throws ParapetError 400, 403 `comment_not_yours`, `comment_closed`, 404 `not_found`
   */
  rewriteComment(id: string, comment: string, text: string | null, actor: Actor): Promise<Comment | undefined> {
    return rewriteComment(this.#context, { kind: 'alert', id }, comment, text, actor);
  }

  /** Nothing is written before everything is checked. */
  async #changeOne(tx: Queryable, id: string, changes: AlertChanges, actor: Actor): Promise<void> {
    const before = await lockAlert(tx, id);
    const verdict = verdictAfter(before, changes);
    const at = this.#context.now();
    const status = changes.status ?? before.status;
    const assignedTo = changes.assignedTo === undefined ? before.assigned_to : changes.assignedTo;
    const activity: NewActivity[] = [];
    const note = (category: NewActivity['category'], text: string, was: unknown, is: unknown): void => {
      activity.push({
        incidentId: before.incident_id,
        time: at,
        actor: actor.username,
        origin: 'user',
        category,
        text: `Alert "${before.title}": ${text}`,
        before: { alertId: id, value: was },
        after: { alertId: id, value: is },
      });
    };
    if (status !== before.status)
      note(
        'status',
        { new: 'reopened', inProgress: 'in progress', resolved: 'resolved' }[status],
        before.status,
        status,
      );
    if (assignedTo !== before.assigned_to)
      note(
        'assignment',
        assignedTo === null ? 'unassigned' : `assigned to ${assignedTo}`,
        before.assigned_to,
        assignedTo,
      );
    if (verdict.classification !== before.classification || verdict.determination !== before.determination)
      note(
        'classification',
        verdict.classification === null
          ? 'classification cleared'
          : `classified as ${verdict.classification}${verdict.determination ? `, ${verdict.determination}` : ''}`,
        { classification: before.classification, determination: before.determination },
        verdict,
      );
    if (activity.length === 0) return;
    await tx.query(
      `update alert set status = $2, assigned_to = $3, classification = $4, determination = $5, last_update = $6,
              resolved_at = case when $2 <> 'resolved' then null else coalesce(resolved_at, $6) end
       where id = $1`,
      [id, status, assignedTo, verdict.classification, verdict.determination, at],
    );
    const { correlation, audit } = this.#context;
    activity.push(
      ...(await recompute(tx, { correlation, cache: this.#cache }, [before.incident_id], at, { by: actor.username })),
    );
    await writeActivity(tx, activity);
    await mirrorAlerts(tx, [id], { isNew: false, at });
    await mirrorIncidents(tx, [before.incident_id], at);
    const was = {
      status: before.status,
      assignedTo: before.assigned_to,
      classification: before.classification,
      determination: before.determination,
    };
    await audit(
      {
        actor: actor.username,
        action: 'alert.update',
        target: `alert/${id}`,
        before: Object.fromEntries(Object.keys(changes).map((key) => [key, was[key as keyof typeof was]])),
        after: changes,
        remoteAddress: actor.remoteAddress,
      },
      tx,
    );
  }
}

async function lockAlert(tx: Queryable, id: string): Promise<AlertRow> {
  const [row] = await tx.query<AlertRow>(`select ${ALERT_COLUMNS} from ${FROM} where a.id = $1 for update of a`, [id]);
  if (!row) throw notFound('alert', id);
  return row;
}

/** The kept rows of telemetry behind an alert, in order of time. */
export async function eventsOf(db: Queryable, alertId: string): Promise<AlertEvent[]> {
  const rows = await db.query<{
    table_name: string;
    time: string;
    report_id: string;
    device_id: string;
    row: Record<string, unknown>;
    hunting_query: string;
  }>(
    `select table_name, time, report_id, device_id, row, hunting_query from alert_event where alert_id = $1
     order by time, position`,
    [alertId],
  );
  return rows.map((row) => ({
    table: row.table_name,
    time: row.time,
    reportId: row.report_id,
    deviceId: row.device_id,
    row: row.row,
    huntingQuery: row.hunting_query,
  }));
}
