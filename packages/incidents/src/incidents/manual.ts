import { type CorrelationReason, type MergeReason, ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { insertComment } from '../desk/comments.ts';
import { mirrorAlerts, mirrorIncidents } from '../mirror/outbox.ts';
import { INCIDENT_COLUMNS, type IncidentRow } from '../rows.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { type NewActivity, writeActivity } from '../sink/journal.ts';
import { lockPlacement } from '../sink/lock.ts';
import { mergeIncidents } from '../sink/merge.ts';
import { recompute } from '../sink/recompute.ts';
import { reunite, separate } from '../sink/separations.ts';
import { decimalId, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { commentText } from '../validate.ts';
import { lockIncident } from './change.ts';
import { undoMerge } from './unmerge.ts';

const MAX_MERGE = 5;
const MAX_MOVE = 1_000;

export interface ManualReason {
  readonly comment?: string;
  readonly codes: readonly string[];
}

const refuse = (code: string, message: string, hint?: string, details?: unknown): ParapetError =>
  new ParapetError(code, 400, message, hint, details);

/** Merging and moving by hand (spec A 2.7). Both hold the placement lock, so alerts never move underneath them. */
export class ManualGrouping {
  readonly #context: Context;
  readonly #cache: AlertCache;

  constructor(context: Context, cache: AlertCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /**
   * Merge two to five incidents into one of them. Which one is not the caller's choice: the one with an owner, then with
   * more alerts, higher severity, lower id.
   * @returns id of the incident that holds everything now
   * @throws ParapetError `merge_count`, `merge_conflict` naming the field, 404 `not_found`, 409 `incident_redirected`
   */
  async merge(ids: readonly string[], reason: ManualReason, actor: Actor): Promise<string> {
    const unique = [...new Set(ids)];
    if (unique.length < 2 || unique.length > MAX_MERGE)
      throw refuse('merge_count', `A merge takes 2 to ${MAX_MERGE} different incidents, not ${unique.length}.`);
    const comment = reason.comment?.trim() ? commentText(reason.comment) : undefined;
    const target = await this.#locked(async (tx, at) => {
      const incidents: IncidentRow[] = [];
      for (const id of unique.sort(byNumber)) incidents.push(await lockIncident(tx, id));
      for (const field of ['assigned_to', 'classification', 'determination'] as const) {
        const values = new Set(incidents.map((each) => each[field]).filter((value) => value !== null));
        if (values.size > 1)
          throw refuse(
            'merge_conflict',
            `The incidents differ in ${WIRE[field]}: ${[...values].join(', ')}.`,
            `Make ${WIRE[field]} equal, or empty on all but one, then merge.`,
            { field: WIRE[field] },
          );
      }
      const [into, ...others] = [...incidents].sort(direction);
      if (!into) throw new Error('A merge without incidents');
      const because = this.#reason(reason, comment ?? `Merged by ${actor.username}`);
      const activity: NewActivity[] = [];
      const moved = await tx.query<{ id: string }>('select id from alert where incident_id = any($1::bigint[])', [
        others.map(({ id }) => id),
      ]);
      // A person puts together what was kept apart.
      await reunite(tx, unique);
      for (const source of others)
        activity.push(...(await mergeIncidents(tx, source.id, into.id, because, at, actor.username)));
      await tx.query('update incident set last_modified_by = $2 where id = any($1::bigint[])', [
        unique,
        actor.username,
      ]);
      if (comment !== undefined) await insertComment(tx, { incidentId: into.id, alertId: null }, comment, actor, at);
      activity.push(...(await this.#sums(tx, [into.id], at, actor)));
      await writeActivity(tx, activity);
      await mirrorAlerts(
        tx,
        moved.map(({ id }) => id),
        { isNew: false, at },
      );
      await mirrorIncidents(tx, unique, at);
      await this.#context.audit(
        {
          actor: actor.username,
          action: 'incident.merge',
          target: `incident/${into.id}`,
          before: { incidentIds: unique },
          after: { targetIncidentId: into.id, reasons: reason.codes },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return into.id;
    });
    return target;
  }

  /**
   * Move alerts into an incident, or into a new one. An incident that loses its last alert is resolved. Where alerts stay behind,
   * correlation never joins the two incidents again.
   * @param incidentId empty opens a new one
   * @throws ParapetError `move_count`, 404 `not_found`, 409 `incident_redirected`
   */
  async move(alertIds: readonly string[], incidentId: string, reason: ManualReason, actor: Actor): Promise<string> {
    const unique = [...new Set(alertIds)];
    if (unique.length === 0 || unique.length > MAX_MOVE)
      throw refuse('move_count', `A move takes 1 to ${MAX_MOVE} alerts, not ${unique.length}.`);
    const comment = reason.comment?.trim() ? commentText(reason.comment) : undefined;
    return this.#locked(async (tx, at) => {
      const alerts = await tx.query<{ id: string; incident_id: string; title: string; severity: number }>(
        `select id, incident_id::text as incident_id, title, severity from alert where id = any($1::text[])
         order by severity desc, first_activity, id for update`,
        [unique],
      );
      const missing = unique.find((id) => !alerts.some((alert) => alert.id === id));
      if (missing !== undefined) throw notFound('alert', missing);
      const target =
        incidentId === '' ? await this.#open(tx, alerts[0], at, actor) : (await lockIncident(tx, incidentId)).id;
      const moving = alerts.filter((alert) => alert.incident_id !== target);
      const sources = [...new Set(moving.map((alert) => alert.incident_id))];
      for (const source of sources) await lockIncident(tx, source);
      const because = this.#reason(reason, comment ?? `Moved by ${actor.username}`);
      await tx.query(
        `update alert set incident_id = $2, last_update = $3, merge_reason = $4,
                assigned_to = coalesce((select assigned_to from incident where id = $2::bigint), assigned_to)
         where id = any($1::text[])`,
        [moving.map(({ id }) => id), target, at, JSON.stringify(because)],
      );
      const note = (id: string, text: string, after: unknown): NewActivity => ({
        incidentId: id,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'alertAdded',
        text,
        after,
      });
      const activity = sources.map((source) => {
        const own = moving.filter((alert) => alert.incident_id === source).map(({ id }) => id);
        return note(source, `${count(own.length)} moved to incident ${target}: ${because.text}`, { alertIds: own });
      });
      if (moving.length > 0)
        activity.push(
          note(target, `${count(moving.length)} moved here: ${because.text}`, {
            alertIds: moving.map(({ id }) => id),
            fromIncidentIds: sources,
          }),
        );
      if (comment !== undefined)
        for (const alert of alerts)
          await insertComment(tx, { incidentId: null, alertId: alert.id }, comment, actor, at);
      activity.push(...(await this.#empty(tx, sources, at)));
      const left = await tx.query<{ id: string }>(
        `select id::text as id from incident i where id = any($1::bigint[])
           and exists (select from alert a where a.incident_id = i.id)`,
        [[...sources, target]],
      );
      activity.push(
        ...(await this.#sums(
          tx,
          left.map(({ id }) => id),
          at,
          actor,
        )),
      );
      for (const source of sources)
        if (left.some(({ id }) => id === source))
          await separate(tx, source, target, {
            at,
            actor: actor.username,
            origin: 'split',
            comment: because.text,
          });
      await writeActivity(tx, activity);
      await mirrorAlerts(tx, unique, { isNew: false, at });
      await mirrorIncidents(tx, [...new Set([...sources, target])], at);
      await this.#context.audit(
        {
          actor: actor.username,
          action: 'alert.move',
          target: `incident/${target}`,
          before: { alertIds: unique, incidentIds: sources },
          after: { targetIncidentId: target, reasons: reason.codes },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return target;
    });
  }

  /**
   * Take alerts out of an incident into a new one, and keep the two apart from then on.
   * @returns id of the new incident
   * @throws ParapetError `move_count`, 404 `not_found`, 409 `incident_redirected`, `split_whole`, `not_in_incident`
   */
  async split(id: string, alertIds: readonly string[], reason: ManualReason, actor: Actor): Promise<string> {
    const { db } = this.#context;
    const unique = [...new Set(alertIds)];
    const own = await db.query<{ id: string }>('select id from alert where incident_id = $1::bigint', [
      decimalId(id) ?? '0',
    ]);
    if (own.length === 0) throw notFound('incident', id);
    const stranger = unique.find((alert) => !own.some((each) => each.id === alert));
    if (stranger !== undefined)
      throw new ParapetError(
        'not_in_incident',
        409,
        `Alert ${stranger.slice(0, 100)} is not in incident ${id}.`,
        'Reload the incident and choose again.',
      );
    if (unique.length >= own.length)
      throw new ParapetError(
        'split_whole',
        409,
        'A split takes some of the alerts, not all of them.',
        'Leave at least one alert in the incident.',
      );
    return this.move(unique, '', reason, actor);
  }

  /**
   * Take back a merge into an incident; the two are kept apart from then on.
   * @returns id of the incident that is its own again
   * @throws ParapetError 404 `not_found`, 409 `merge_undone`, `incident_redirected`, `merge_scattered`
   */
  async undo(id: string, mergeId: string, comment: string, actor: Actor): Promise<string> {
    const text = comment.trim() ? commentText(comment) : '';
    return this.#locked(async (tx, at) => {
      const { sourceId, alertIds, activity } = await undoMerge(tx, id, mergeId, {
        at,
        actor: actor.username,
        comment: text,
      });
      await separate(tx, sourceId, id, { at, actor: actor.username, origin: 'undo', comment: text });
      const entries = [...activity, ...(await this.#empty(tx, [id], at))];
      const left = await tx.query<{ id: string }>(
        'select distinct incident_id::text as id from alert where incident_id = any($1::bigint[])',
        [[id, sourceId]],
      );
      const ids = left.map((row) => row.id);
      entries.push(...(await this.#sums(tx, ids, at, actor)));
      await writeActivity(tx, entries);
      await mirrorAlerts(tx, alertIds, { isNew: false, at });
      await mirrorIncidents(tx, [id, sourceId], at);
      await this.#context.audit(
        {
          actor: actor.username,
          action: 'incident.unmerge',
          target: `incident/${id}`,
          before: { mergeId, alertIds },
          after: { incidentId: sourceId },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return sourceId;
    });
  }

  /** Let correlation join two incidents again. @throws ParapetError 404 `not_found` */
  async forget(id: string, separationId: string, actor: Actor): Promise<void> {
    await this.#locked(async (tx, at) => {
      const [row] =
        decimalId(separationId) && decimalId(id)
          ? await tx.query<{ left_id: string; right_id: string }>(
              `delete from incident_separation s using incident l, incident r
               where s.id = $1::bigint and l.id = s.left_id and r.id = s.right_id
                 and $2::bigint in (coalesce(l.redirect_incident_id, l.id), coalesce(r.redirect_incident_id, r.id))
               returning s.left_id::text as left_id, s.right_id::text as right_id`,
              [separationId, id],
            )
          : [];
      if (!row) throw notFound('separation', separationId);
      await writeActivity(tx, [
        {
          incidentId: id,
          time: at,
          actor: actor.username,
          origin: 'user',
          category: 'merged',
          text: `Incidents ${row.left_id} and ${row.right_id} may be joined again`,
        },
      ]);
      await this.#context.audit(
        {
          actor: actor.username,
          action: 'incident.separation.delete',
          target: `incident/${id}`,
          before: { incidentIds: [row.left_id, row.right_id] },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
    });
  }

  async #locked<T>(work: (tx: Queryable, at: Date) => Promise<T>): Promise<T> {
    const result = await this.#context.db.transaction(async (tx) => {
      await lockPlacement(tx);
      return work(tx, this.#context.now());
    });
    this.#context.committed();
    return result;
  }

  #reason({ codes }: ManualReason, text: string): MergeReason {
    return { codes: codes as readonly CorrelationReason[], text, matchedAlertId: null, keys: [], score: 100 };
  }

  #sums(tx: Queryable, ids: readonly string[], at: Date, actor: Actor): Promise<NewActivity[]> {
    const { correlation } = this.#context;
    return recompute(tx, { correlation, cache: this.#cache }, ids, at, { by: actor.username });
  }

  async #open(
    tx: Queryable,
    alert: { readonly title: string; readonly severity: number } | undefined,
    at: Date,
    actor: Actor,
  ): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `insert into incident (name, severity, first_activity, last_activity, created_at, last_update, last_modified_by)
       values ($1, $2, $3, $3, $3, $3, $4) returning id::text as id`,
      [(alert?.title ?? 'Incident').slice(0, 500), alert?.severity ?? 0, at, actor.username],
    );
    if (!row) throw new Error('The new incident has no id');
    await writeActivity(tx, [
      {
        incidentId: row.id,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'created',
        text: `Opened by ${actor.username} for alerts moved out of another incident`,
      },
    ]);
    return row.id;
  }

  /** Resolve incidents that have lost their last alert. */
  async #empty(tx: Queryable, ids: readonly string[], at: Date): Promise<NewActivity[]> {
    const rows = await tx.query<{ id: string; status: string }>(
      `select ${INCIDENT_COLUMNS} from incident i where i.id = any($1::bigint[])
         and not exists (select from alert a where a.incident_id = i.id)`,
      [ids],
    );
    if (rows.length === 0) return [];
    await tx.query(
      `update incident set status = 'resolved', resolved_at = coalesce(resolved_at, $2), active_alerts = 0, total_alerts = 0,
              assets = '[]', last_update = $2, last_modified_by = 'correlation'
       where id = any($1::bigint[])`,
      [rows.map(({ id }) => id), at],
    );
    return rows.map(({ id, status }) => ({
      incidentId: id,
      time: at,
      actor: 'correlation',
      origin: 'correlation' as const,
      category: 'status' as const,
      text: 'Resolved, because its last alert was moved to another incident',
      before: status,
      after: 'resolved',
    }));
  }
}

const WIRE = { assigned_to: 'assignedTo', classification: 'classification', determination: 'determination' } as const;
const byNumber = (a: string, b: string): number =>
  (decimalId(a) ?? '').length - (decimalId(b) ?? '').length || a.localeCompare(b);
const count = (n: number): string => (n === 1 ? '1 alert was' : `${n} alerts were`);

/** Assigned, more alerts, higher severity, lower id. */
function direction(a: IncidentRow, b: IncidentRow): number {
  return (
    Number(b.assigned_to !== null) - Number(a.assigned_to !== null) ||
    b.total_alerts - a.total_alerts ||
    b.severity - a.severity ||
    byNumber(a.id, b.id)
  );
}
