import type { Criticality, EntityMarks, EntityType, ExclusionReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { iso } from '../sql.ts';

export interface MarkRow {
  readonly type: EntityType;
  readonly key: string;
  readonly tags: readonly string[];
  readonly excluded_reason: ExclusionReason | null;
  readonly excluded_note: string;
  readonly excluded_by: string | null;
  readonly excluded_at: Date | null;
  readonly changed_by: string;
  readonly changed_at: Date;
}

export const NO_MARKS: EntityMarks = {
  tags: [],
  excluded: null,
  changedBy: null,
  changedAt: null,
};

export const toMarks = (row: MarkRow): EntityMarks => ({
  tags: row.tags,
  excluded:
    row.excluded_reason && row.excluded_by && row.excluded_at
      ? { reason: row.excluded_reason, note: row.excluded_note, by: row.excluded_by, at: iso(row.excluded_at) }
      : null,
  changedBy: row.changed_by,
  changedAt: iso(row.changed_at),
});

/** Marks of the entities of one type that have any, by key. */
export async function marksOf(db: Queryable, type: EntityType): Promise<Map<string, EntityMarks>> {
  const rows = await db.query<MarkRow>('select * from entity_mark where type = $1', [type]);
  return new Map(rows.map((row) => [row.key, toMarks(row)]));
}

/** Levels of criticality that people set and that have not ended, by key. */
export async function criticalitySet(db: Queryable, type: EntityType, now: Date): Promise<Map<string, Criticality>> {
  const rows = await db.query<{ key: string; level: Criticality }>(
    'select key, level from entity_criticality where type = $1 and (expires_at is null or expires_at > $2)',
    [type, now],
  );
  return new Map(rows.map(({ key, level }) => [key, level]));
}
