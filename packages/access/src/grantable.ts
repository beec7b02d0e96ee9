import { ParapetError } from '@parapet/schema';
import type { Rights } from './rights.ts';

/**
 * Nobody gives, or takes over, rights they do not hold themselves, by data source and scope.
 * @throws ParapetError `grant_beyond_own` 403 naming what the caller lacks
 */
export function requireGrantable(own: Rights, given: Rights): void {
  const missing = own.lacks(given);
  if (missing.length === 0) return;
  const named = missing.slice(0, 8).join(', ');
  throw new ParapetError(
    'grant_beyond_own',
    403,
    `This gives rights you do not hold: ${named}${missing.length > 8 ? ` and ${missing.length - 8} more` : ''}.`,
    'Ask someone who holds them.',
    { missing },
  );
}
