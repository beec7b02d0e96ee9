import type { ActivityEntry } from '@parapet/schema';
import type { Queryable } from '@parapet/state';

/** An activity entry before it has an id. */
export interface NewActivity {
  readonly incidentId: string;
  readonly time: Date;
  readonly actor: string;
  readonly origin: ActivityEntry['origin'];
  readonly category: ActivityEntry['category'];
  readonly text: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Append to the activity log, in the order given. */
export async function writeActivity(tx: Queryable, entries: readonly NewActivity[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `insert into incident_activity (incident_id, time, actor, origin, category, text, before, after)
     select (e->>'incidentId')::bigint, (e->>'time')::timestamptz, e->>'actor', e->>'origin', e->>'category', e->>'text',
            e->'before', e->'after'
     from jsonb_array_elements($1::jsonb) with ordinality as entry(e, n) order by n`,
    [JSON.stringify(entries.map((each) => ({ before: null, after: null, ...each })))],
  );
}
