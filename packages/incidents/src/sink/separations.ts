import type { Queryable } from '@parapet/state';

/** How a pair of incidents came to be kept apart. */
export type SeparationOrigin = 'split' | 'undo';

/** The incident that `alias` is part of now. A signpost never leads to another signpost. */
const NOW = (alias: string): string => `coalesce(${alias}.redirect_incident_id, ${alias}.id)`;
const PAIRS = 'incident_separation s join incident l on l.id = s.left_id join incident r on r.id = s.right_id';

/** Remember that a person took two incidents apart: correlation never joins them again, nor what they are merged into. */
export async function separate(
  tx: Queryable,
  a: string,
  b: string,
  by: { readonly at: Date; readonly actor: string; readonly origin: SeparationOrigin; readonly comment: string },
): Promise<void> {
  await tx.query(
    `insert into incident_separation (left_id, right_id, at, actor, origin, comment)
     values (least($1::bigint, $2::bigint), greatest($1::bigint, $2::bigint), $3, $4, $5, $6)
     on conflict (left_id, right_id) do nothing`,
    [a, b, by.at, by.actor, by.origin, by.comment],
  );
}

/** Forget separations among these incidents: a person has put them together. */
export async function reunite(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query(
    `delete from incident_separation where id in (
       select s.id from ${PAIRS} where ${NOW('l')} = any($1::bigint[]) and ${NOW('r')} = any($1::bigint[]))`,
    [ids],
  );
}

/** For each of the incidents, those it must not be joined with. */
export async function separationsOf(
  tx: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const apart = new Map<string, Set<string>>();
  if (ids.length === 0) return apart;
  const rows = await tx.query<{ a: string; b: string }>(
    `select ${NOW('l')}::text as a, ${NOW('r')}::text as b from ${PAIRS}
     where ${NOW('l')} = any($1::bigint[]) or ${NOW('r')} = any($1::bigint[])`,
    [ids],
  );
  for (const { a, b } of rows) {
    apart.set(a, (apart.get(a) ?? new Set()).add(b));
    apart.set(b, (apart.get(b) ?? new Set()).add(a));
  }
  return apart;
}
