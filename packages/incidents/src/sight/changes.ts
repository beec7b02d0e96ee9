import { ParapetError } from '@parapet/schema';
import { decimalId, notFound } from '../sql.ts';
import type { Context } from '../types.ts';
import type { Sight } from './sight.ts';

/**
 * What a caller may change: what they see and hold Alerts.Manage for. What they do not see answers like what does not exist. A shared
 * incident is not closed, assigned or renamed over the heads of those who see the rest of it.
 */
export function mayChange(sight: Sight): Context['mayChange'] {
  if (sight.allAlerts && sight.managed === sight.db) return undefined;
  return async (kind, id, cascades) => {
    const key = kind === 'incident' ? decimalId(id) : id;
    const sql =
      kind === 'incident'
        ? 'select i.outside_alerts as outside from incident i where i.id = $1::bigint'
        : 'select 0 as outside from alert a where a.id = $1::text';
    const [seen] = key ? await sight.db.query<{ outside: number }>(sql, [key]) : [];
    if (!seen) throw notFound(kind, id);
    const [managed] = await sight.managed.query<{ outside: number }>(sql, [key]);
    if (!managed)
      throw new ParapetError(
        'permission_missing',
        403,
        `You see this ${kind} and do not hold Alerts.Manage for it.`,
        'Ask an administrator for it.',
        { permission: 'Alerts.Manage' },
      );
    if (cascades && managed.outside > 0)
      throw new ParapetError(
        'outside_scope',
        403,
        `${managed.outside} alert${managed.outside === 1 ? '' : 's'} of this incident ${managed.outside === 1 ? 'is' : 'are'} outside what you manage.`,
        'Change your alerts one by one; comments and tags of the incident are open to you.',
        { outside: managed.outside },
      );
  };
}
