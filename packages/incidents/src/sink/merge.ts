import type { MergeReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { REDIRECTED_TAG } from '../validate.ts';
import type { NewActivity } from './journal.ts';

interface Side {
  readonly id: string;
  readonly name: string;
  readonly name_is_automatic: boolean;
  readonly status: string;
  readonly assigned_to: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly tags: readonly string[];
  readonly total_alerts: number;
}

/** Fields of the target that a merge may fill from the source. */
export interface Taken {
  readonly assigned_to: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly tags: readonly string[];
  readonly name: string;
  readonly name_is_automatic: boolean;
}

interface MovedAlert {
  readonly id: string;
  readonly assigned_to: string | null;
}

/**
 * Move everything of `sourceId` into `targetId` (spec A 2.7): alerts and tags move, comments and activity entries are
 * copied and marked with where they were written, and the source stays as a signpost. The caller recomputes the target.
 * Correlation has already refused pairs with different owners or verdicts, so one side's empty value takes the other's.
 * What the merge changed is kept, so that `undoMerge` can take it back.
 * @param actor user name, or `correlation`
 */
export async function mergeIncidents(
  tx: Queryable,
  sourceId: string,
  targetId: string,
  reason: MergeReason,
  at: Date,
  actor = 'correlation',
): Promise<NewActivity[]> {
  const sides = await tx.query<Side>(
    `select id::text as id, name, name_is_automatic, status, assigned_to, classification, determination, tags, total_alerts
     from incident where id = any($1::bigint[]) for update`,
    [[sourceId, targetId]],
  );
  const source = sides.find(({ id }) => id === sourceId);
  const target = sides.find(({ id }) => id === targetId);
  if (!source || !target) throw new Error(`Merge of incident ${sourceId} into ${targetId}: one of them is missing`);

  const moved = await tx.query<MovedAlert>('select id, assigned_to from alert where incident_id = $1', [sourceId]);
  await tx.query('update alert set incident_id = $2, last_update = $3 where incident_id = $1', [
    sourceId,
    targetId,
    at,
  ]);
  const copies = await tx.query<{ id: string }>(
    `insert into incident_comment (incident_id, text, author, created_at, edited_at, mentions, origin_incident_id)
     select $2::bigint, text, author, created_at, edited_at, mentions, coalesce(origin_incident_id, incident_id)
     from incident_comment where incident_id = $1 order by id
     returning id::text as id`,
    [sourceId, targetId],
  );
  await tx.query(
    `insert into incident_activity (incident_id, time, actor, origin, category, text, before, after, origin_incident_id)
     select $2::bigint, time, actor, origin, category, text, before, after, coalesce(origin_incident_id, incident_id)
     from incident_activity where incident_id = $1 order by id`,
    [sourceId, targetId],
  );

  const assignedTo = target.assigned_to ?? source.assigned_to;
  const keepsTargetName = !target.name_is_automatic || source.name_is_automatic;
  const tags = new Map([...target.tags, ...source.tags].map((tag) => [tag.toLowerCase(), tag]));
  const after: Taken = {
    assigned_to: assignedTo,
    classification: target.classification ?? source.classification,
    determination: target.determination ?? source.determination,
    tags: [...tags.values()].slice(0, 50),
    // A name that a person gave outlives the merge.
    name: keepsTargetName ? target.name : source.name,
    name_is_automatic: target.name_is_automatic && source.name_is_automatic,
  };
  await tx.query(
    `update incident set assigned_to = $2, classification = $3, determination = $4, tags = $5, name = $6,
            name_is_automatic = $7, total_alerts = total_alerts + $8
     where id = $1`,
    [
      targetId,
      after.assigned_to,
      after.classification,
      after.determination,
      after.tags,
      after.name,
      after.name_is_automatic,
      source.total_alerts,
    ],
  );
  if (assignedTo !== null)
    await tx.query('update alert set assigned_to = $2 where incident_id = $1 and assigned_to is null', [
      targetId,
      assignedTo,
    ]);
  await tx.query(
    `update incident set status = 'redirected', redirect_incident_id = $2, tags = array_append(array_remove(tags, $4), $4),
            active_alerts = 0, total_alerts = 0, last_update = $3, last_modified_by = $5
     where id = $1`,
    [sourceId, targetId, at, REDIRECTED_TAG, actor],
  );
  await noteMerge(tx, { source, target, after, actor, reason, at, moved, copies: copies.map(({ id }) => id) });
  // A signpost never leads to another signpost.
  await tx.query('update incident set redirect_incident_id = $2 where redirect_incident_id = $1', [sourceId, targetId]);

  const origin = actor === 'correlation' ? 'correlation' : 'user';
  const entry = { time: at, actor, origin, category: 'merged' } as const;
  return [
    {
      ...entry,
      incidentId: targetId,
      text: `Incident ${sourceId} "${source.name}" was merged into this one: ${reason.text}`,
      after: { mergedIncidentId: sourceId, reason },
    },
    {
      ...entry,
      incidentId: sourceId,
      text: `Merged into incident ${targetId}: ${reason.text}`,
      after: { redirectIncidentId: targetId, reason },
    },
  ];
}

async function noteMerge(
  tx: Queryable,
  merge: {
    readonly source: Side;
    readonly target: Side;
    readonly after: Taken;
    readonly actor: string;
    readonly reason: MergeReason;
    readonly at: Date;
    readonly moved: readonly MovedAlert[];
    readonly copies: readonly string[];
  },
): Promise<void> {
  const { assigned_to, classification, determination, tags, name, name_is_automatic } = merge.target;
  const before: Taken = { assigned_to, classification, determination, tags, name, name_is_automatic };
  const [row] = await tx.query<{ id: string }>(
    `insert into incident_merge (source_id, target_id, at, actor, reason, source_status, target_before, target_after, comment_ids)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint[]) returning id::text as id`,
    [
      merge.source.id,
      merge.target.id,
      merge.at,
      merge.actor,
      JSON.stringify(merge.reason),
      merge.source.status,
      JSON.stringify(before),
      JSON.stringify(merge.after),
      merge.copies,
    ],
  );
  await tx.query(
    `insert into incident_merge_alert (merge_id, alert_id, assigned_to)
     select $1::bigint, a.id, a.assigned_to from jsonb_to_recordset($2::jsonb) as a(id text, assigned_to text)`,
    [row?.id, JSON.stringify(merge.moved)],
  );
}
