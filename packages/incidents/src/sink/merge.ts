import type { MergeReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { REDIRECTED_TAG } from '../validate.ts';
import type { NewActivity } from './journal.ts';

interface Side {
  readonly id: string;
  readonly name: string;
  readonly name_is_automatic: boolean;
  readonly assigned_to: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly tags: readonly string[];
  readonly total_alerts: number;
}

/**
 * Move everything of `sourceId` into `targetId` (spec A 2.7): alerts and tags move, comments and activity entries are
 * copied and marked with where they were written, and the source stays as a signpost. The caller recomputes the target.
 * Correlation has already refused pairs with different owners or verdicts, so one side's empty value takes the other's.
 */
export async function mergeIncidents(
  tx: Queryable,
  sourceId: string,
  targetId: string,
  reason: MergeReason,
  at: Date,
): Promise<NewActivity[]> {
  const sides = await tx.query<Side>(
    `select id::text as id, name, name_is_automatic, assigned_to, classification, determination, tags, total_alerts
     from incident where id = any($1::bigint[]) for update`,
    [[sourceId, targetId]],
  );
  const source = sides.find(({ id }) => id === sourceId);
  const target = sides.find(({ id }) => id === targetId);
  if (!source || !target) throw new Error(`Merge of incident ${sourceId} into ${targetId}: one of them is missing`);

  await tx.query('update alert set incident_id = $2, last_update = $3 where incident_id = $1', [
    sourceId,
    targetId,
    at,
  ]);
  await tx.query(
    `insert into incident_comment (incident_id, text, author, created_at, origin_incident_id)
     select $2::bigint, text, author, created_at, coalesce(origin_incident_id, incident_id)
     from incident_comment where incident_id = $1 order by id`,
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
  await tx.query(
    `update incident set assigned_to = $2, classification = $3, determination = $4, tags = $5, name = $6,
            name_is_automatic = $7, total_alerts = total_alerts + $8
     where id = $1`,
    [
      targetId,
      assignedTo,
      target.classification ?? source.classification,
      target.determination ?? source.determination,
      [...tags.values()].slice(0, 50),
      // A name that a person gave outlives the merge.
      keepsTargetName ? target.name : source.name,
      target.name_is_automatic && source.name_is_automatic,
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
            active_alerts = 0, total_alerts = 0, last_update = $3, last_modified_by = 'correlation'
     where id = $1`,
    [sourceId, targetId, at, REDIRECTED_TAG],
  );
  // A signpost never leads to another signpost.
  await tx.query('update incident set redirect_incident_id = $2 where redirect_incident_id = $1', [sourceId, targetId]);

  const entry = { time: at, actor: 'correlation', origin: 'correlation', category: 'merged' } as const;
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
