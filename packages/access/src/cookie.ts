import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_SECONDS } from './sessions.ts';

const NAME = 'parapet_session';

/** The session's value in a `Cookie` header; undefined when there is none of the right form. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === NAME && value && /^[\w-]{43}$/.test(value.trim())) return value.trim();
  }
  return undefined;
}

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, value: string): void {
  reply.header('set-cookie', `${NAME}=${value}; Max-Age=${SESSION_SECONDS}${attributes(request)}`);
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', `${NAME}=; Max-Age=0${attributes(request)}`);
}

function attributes(request: FastifyRequest): string {
  return `; Path=/; HttpOnly; SameSite=Strict${request.protocol === 'https' ? '; Secure' : ''}`;
}
