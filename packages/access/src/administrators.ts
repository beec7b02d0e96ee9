import { ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';

/**
 * One person who can sign in must be left who manages roles, by the global role or by an assignment to them. Groups do not
 * count: whether anyone is in one is for the identity provider to say. Call it at the end of a transaction that takes rights away.
 * @throws ParapetError `last_administrator` 409
 */
export async function requireAnAdministrator(tx: Queryable): Promise<void> {
  const left = await tx.query(
    `select u.id from app_user u
     where not u.disabled and (u.role in ('globalAdministrator', 'securityAdministrator') or exists (
       select 1 from access_assignment a where a.role_id in ('globalAdministrator', 'securityAdministrator')
         and a.subjects @> jsonb_build_array(jsonb_build_object('kind', 'user', 'id', u.id))))
     limit 1`,
  );
  if (left.length > 0) return;
  throw new ParapetError(
    'last_administrator',
    409,
    'This is the last administrator who can sign in.',
    'Make someone else an administrator first.',
  );
}
