import { type IncidentGrouping, type MergeReason, ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { NewActivity } from '../sink/journal.ts';
import type { Taken } from '../sink/merge.ts';
import { decimalId, iso, notFound } from '../sql.ts';
import { REDIRECTED_TAG } from '../validate.ts';
import { lockIncident } from './change.ts';

/** Merges and separations an incident's page lists, newest first. */
const LISTED = 200;

interface MergeRow {
  readonly id: string;
  readonly source_id: string;
  readonly target_id: string;
  readonly source_status: string;
  readonly target_before: Taken;
  readonly target_after: Taken;
  readonly comment_ids: readonly string[];
  readonly undone_at: Date | null;
  readonly redirect: string | null;
}

/** What an undone merge gave back. */
export interface Unmerged {
  readonly sourceId: string;
  readonly alertIds: readonly string[];
  readonly activity: readonly NewActivity[];
}

const refuse = (code: string, message: string, hint: string): ParapetError =>
  new ParapetError(code, 409, message, hint);

/**
 * Take a merge back inside a transaction that holds the placement lock: the source gets its alerts, its state and its comments again, and
 * with them the alerts that came later because of one of its alerts. What the target took from the source goes back unless somebody
 * changed it since. The caller recomputes both sides.
 * @throws ParapetError 404 `not_found`, 409 `merge_undone`, `incident_redirected`, `merge_scattered`
 */
export async function undoMerge(
  tx: Queryable,
  targetId: string,
  mergeId: string,
  by: { readonly at: Date; readonly actor: string; readonly comment: string },
): Promise<Unmerged> {
  const [merge] = decimalId(mergeId)
    ? await tx.query<MergeRow>(
        `select m.id::text as id, m.source_id::text as source_id, m.target_id::text as target_id, m.source_status,
                m.target_before, m.target_after, m.comment_ids::text[] as comment_ids, m.undone_at,
                t.redirect_incident_id::text as redirect
         from incident_merge m join incident t on t.id = m.target_id where m.id = $1::bigint for update of m`,
        [mergeId],
      )
    : [];
  if (!merge || merge.target_id !== targetId) throw notFound('merge', mergeId);
  if (merge.undone_at !== null)
    throw refuse('merge_undone', 'This merge was taken back already.', 'Reload the incident to see its present state.');
  if (merge.redirect !== null)
    throw refuse(
      'incident_redirected',
      `Incident ${targetId} was itself merged into incident ${merge.redirect} since.`,
      `Take that merge back first, on incident ${merge.redirect}.`,
    );
  await lockIncident(tx, targetId);

  const back = await tx.query<{ id: string }>(
    `with recursive own as (
       select a.id from incident_merge_alert m join alert a on a.id = m.alert_id
       where m.merge_id = $1 and a.incident_id = $2
       union
       select a.id from own join alert a on a.merge_reason->>'matchedAlertId' = own.id
       where a.incident_id = $2 and a.created_at >= (select at from incident_merge where id = $1)
     )
     update alert a set incident_id = $3, last_update = $4,
            assigned_to = case when m.alert_id is not null and m.assigned_to is null
                                and a.assigned_to is not distinct from $5 then null else a.assigned_to end
     from own left join incident_merge_alert m on m.merge_id = $1 and m.alert_id = own.id
     where a.id = own.id returning a.id`,
    [merge.id, targetId, merge.source_id, by.at, merge.target_after.assigned_to],
  );
  if (back.length === 0)
    throw refuse(
      'merge_scattered',
      `None of the alerts that came from incident ${merge.source_id} is in this incident any more.`,
      'Move the alerts from where they are now instead.',
    );
  await tx.query('delete from incident_comment where id = any($1::bigint[]) and incident_id = $2', [
    merge.comment_ids,
    targetId,
  ]);
  await giveBack(tx, merge);
  await tx.query(
    `update incident set status = $2, redirect_incident_id = null, tags = array_remove(tags, $3), last_update = $4,
            last_modified_by = $5, resolved_at = case when $2 = 'resolved' then coalesce(resolved_at, $4) end
     where id = $1`,
    [merge.source_id, merge.source_status, REDIRECTED_TAG, by.at, by.actor],
  );
  // What had been merged into the source leads there again.
  await tx.query(
    `with recursive under as (
       select source_id from incident_merge where target_id = $1 and undone_at is null
       union
       select m.source_id from under join incident_merge m on m.target_id = under.source_id and m.undone_at is null
     )
     update incident set redirect_incident_id = $1 where status = 'redirected' and id in (select source_id from under)`,
    [merge.source_id],
  );
  await tx.query('update incident_merge set undone_at = $2, undone_by = $3 where id = $1', [merge.id, by.at, by.actor]);
  const entry = { time: by.at, actor: by.actor, origin: 'user', category: 'merged' } as const;
  const because = by.comment ? `: ${by.comment}` : '';
  return {
    sourceId: merge.source_id,
    alertIds: back.map(({ id }) => id),
    activity: [
      {
        ...entry,
        incidentId: targetId,
        text: `The merge of incident ${merge.source_id} was taken back${because}`,
        after: { unmergedIncidentId: merge.source_id, mergeId: merge.id },
      },
      {
        ...entry,
        incidentId: merge.source_id,
        text: `Taken out of incident ${targetId} again${because}`,
        after: { fromIncidentId: targetId, mergeId: merge.id },
      },
    ],
  };
}

/** Fields of the target return to what they were before the merge, where they are still as the merge left them. */
async function giveBack(tx: Queryable, { target_id, target_before: before, target_after: after }: MergeRow) {
  const taken = after.tags.filter((tag) => !before.tags.includes(tag));
  await tx.query(
    `update incident set
       assigned_to = case when assigned_to is not distinct from $2 then $3 else assigned_to end,
       classification = case when classification is not distinct from $4 then $5 else classification end,
       determination = case when determination is not distinct from $6 then $7 else determination end,
       name_is_automatic = case when name = $8 then $10 else name_is_automatic end,
       name = case when name = $8 then $9 else name end,
       tags = array(select tag from unnest(tags) tag where tag <> all($11::text[]))
     where id = $1`,
    [
      target_id,
      after.assigned_to,
      before.assigned_to,
      after.classification,
      before.classification,
      after.determination,
      before.determination,
      after.name,
      before.name,
      before.name_is_automatic,
      taken,
    ],
  );
}

/**
 * What was merged into an incident and what is kept apart from it, newest first. Through a caller's view only what concerns incidents and
 * alerts they see.
 */
export async function groupingOf(db: Queryable, id: string): Promise<IncidentGrouping> {
  const merges = await db.query<{
    id: string;
    source_id: string;
    name: string;
    at: Date;
    actor: string;
    reason: MergeReason;
    alerts: number;
    here: number;
    undone_at: Date | null;
    undone_by: string | null;
  }>(
    `select m.id::text as id, m.source_id::text as source_id, i.name, m.at, m.actor, m.reason, m.undone_at, m.undone_by,
            (select count(*) from incident_merge_alert x where x.merge_id = m.id)::integer as alerts,
            (select count(*) from incident_merge_alert x join alert a on a.id = x.alert_id
             where x.merge_id = m.id and a.incident_id = m.target_id)::integer as here
     from incident_merge m join incident i on i.id = m.source_id
     where m.target_id = $1::bigint order by m.id desc limit ${LISTED}`,
    [id],
  );
  const separations = await db.query<{
    id: string;
    other: string;
    name: string;
    at: Date;
    actor: string;
    origin: 'split' | 'undo';
    comment: string;
  }>(
    `select p.id::text as id, p.other::text as other, i.name, p.at, p.actor, p.origin, p.comment
     from (select s.id, s.at, s.actor, s.origin, s.comment,
                  coalesce(l.redirect_incident_id, l.id) as here, coalesce(r.redirect_incident_id, r.id) as other
           from incident_separation s join incident l on l.id = s.left_id join incident r on r.id = s.right_id
           union all
           select s.id, s.at, s.actor, s.origin, s.comment,
                  coalesce(r.redirect_incident_id, r.id), coalesce(l.redirect_incident_id, l.id)
           from incident_separation s join incident l on l.id = s.left_id join incident r on r.id = s.right_id) p
     join incident i on i.id = p.other
     where p.here = $1::bigint and p.other <> p.here order by p.id desc limit ${LISTED}`,
    [id],
  );
  return {
    merges: merges.map((row) => ({
      id: row.id,
      incidentId: row.source_id,
      incidentName: row.name,
      at: iso(row.at),
      actor: row.actor,
      reason: row.reason,
      alerts: row.alerts,
      canUndo: row.undone_at === null && row.here > 0,
      undoneAt: row.undone_at ? iso(row.undone_at) : null,
      undoneBy: row.undone_by,
    })),
    separations: separations.map((row) => ({
      id: row.id,
      incidentId: row.other,
      incidentName: row.name,
      at: iso(row.at),
      actor: row.actor,
      origin: row.origin,
      comment: row.comment,
    })),
  };
}
