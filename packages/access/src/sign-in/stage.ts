import { ParapetError, type SessionStage } from '@parapet/schema';
import type { FastifyContextConfig } from 'fastify';
import type { LiveSession } from '../sessions.ts';

const WHAT: Readonly<Record<Exclude<SessionStage, 'complete'>, string>> = {
  enrolFactor: 'This account needs a second factor before it may do anything else.',
  changePassword: 'The password must be changed before anything else.',
};

/**
 * A session that is not complete may only put itself right, and sensitive changes need a recent proof of who asks.
 * @throws ParapetError `sign_in_incomplete` 403, `confirmation_required` 403
 */
export function requireStage(
  session: LiveSession,
  config: FastifyContextConfig,
  now: number,
  confirmMinutes: number,
): void {
  if (session.stage !== 'complete' && !config.incomplete && !config.public) {
    throw new ParapetError('sign_in_incomplete', 403, WHAT[session.stage], 'Open the portal; it leads there.', {
      stage: session.stage,
    });
  }
  // Somebody on the way in has just proved who they are.
  if (!config.confirmed || session.stage !== 'complete') return;
  if (now - session.confirmedAt <= confirmMinutes * 60_000) return;
  throw new ParapetError(
    'confirmation_required',
    403,
    'This change needs to know that it is really you.',
    'Confirm with your password or passkey, then try again.',
  );
}
