import { ParapetError } from '@parapet/schema';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { readSessionCookie, setSessionCookie } from '../cookie.ts';
import { hashSecret } from '../secrets.ts';
import type { LiveSession } from '../sessions.ts';
import { type Site, siteOf } from '../sign-in/passkeys.ts';
import type { From, SignedIn } from '../sign-in/sign-in.ts';

export function fromOf(request: FastifyRequest): From {
  return { remoteAddress: request.ip, userAgent: request.headers['user-agent'] ?? '' };
}

export function sessionOf(request: FastifyRequest): LiveSession {
  return request.accessSession as LiveSession;
}

export function siteOfRequest(request: FastifyRequest, access: AccessService): Site | null {
  return siteOf({ protocol: request.protocol, host: request.host }, access.origins);
}

/** Origin people reach the portal under: what providers send them back to. */
export function baseOf(request: FastifyRequest, access: AccessService): string {
  return access.origins[0] ?? `${request.protocol}://${request.host}`;
}

/** Give the browser a new session in place of the one it may still hold. */
export async function takeOver(
  access: AccessService,
  request: FastifyRequest,
  reply: FastifyReply,
  begun: SignedIn,
): Promise<void> {
  const old = readSessionCookie(request);
  if (old) await access.sessions.remove(hashSecret(old));
  setSessionCookie(request, reply, begun.cookie, access.policies.current.maxHours * 3600);
}

/** Await an attempt to sign in; one that came too early is told when to come again, and audited. */
export async function attempted<T>(
  access: AccessService,
  request: FastifyRequest,
  reply: FastifyReply,
  attempt: Promise<T>,
): Promise<T> {
  return attempt.catch(async (error: unknown) => {
    if (error instanceof ParapetError && error.code === 'too_many_attempts') {
      const { retryAfterSeconds } = error.details as { readonly retryAfterSeconds: number };
      reply.header('retry-after', retryAfterSeconds);
      await access.denials.record({
        actor: '',
        action: 'access.denied',
        target: `${request.method} ${request.routeOptions.url}`,
        missing: 'patience: too many failed attempts',
        remoteAddress: request.ip,
      });
    }
    throw error;
  });
}
