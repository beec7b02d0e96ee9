import { ParapetError } from '@parapet/schema';

/** What PostgreSQL said about a statement it refused. `code` is the SQLSTATE (appendix A of its manual). */
export class DatabaseError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly constraint?: string,
    readonly detail?: string,
    readonly table?: string,
  ) {
    super(message);
    this.name = 'DatabaseError';
  }
}

/** True when a unique or primary-key constraint refused the row; with `constraint`, only for that one. */
export function isUniqueViolation(error: unknown, constraint?: string): error is DatabaseError {
  return hasState(error, '23505', constraint);
}

/** True when a referenced row is missing or still referenced; with `constraint`, only for that one. */
export function isForeignKeyViolation(error: unknown, constraint?: string): error is DatabaseError {
  return hasState(error, '23503', constraint);
}

function hasState(error: unknown, code: string, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === code &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** The state engine stopped; nothing uncommitted was kept, and the call may be repeated once it is open again. */
export function stateUnavailable(why: string): ParapetError {
  return new ParapetError(
    'state_unavailable',
    503,
    `The state database is not available: ${why}`,
    'Try again in a few seconds; the server log says why it stopped.',
  );
}
