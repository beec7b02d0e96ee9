import type { FastifyReply, FastifyRequest } from 'fastify';

const SESSION = 'parapet_session';
const SIGN_IN = 'parapet_sign_in';
/** How long the way to a provider and back may take. */
const SIGN_IN_SECONDS = 600;

/**
 * Over TLS names carry the prefix with which browsers refuse a cookie that another host, or a page without TLS, wants to
 * plant. Plain HTTP on loopback cannot have it.
 */
const named = (request: FastifyRequest, name: string): string =>
  request.protocol === 'https' ? `__Host-${name}` : name;

/** The session's value in the `Cookie` header; undefined when there is none of the right form. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  return read(request, SESSION);
}

/** @param seconds how long the browser keeps it; the server may end the session earlier */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, value: string, seconds: number): void {
  set(request, reply, SESSION, value, seconds, 'Strict');
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  set(request, reply, SESSION, '', 0, 'Strict');
}

/** What ties the answer of a provider to the browser that asked. */
export function readSignInCookie(request: FastifyRequest): string | undefined {
  return read(request, SIGN_IN);
}

export function setSignInCookie(request: FastifyRequest, reply: FastifyReply, value: string): void {
  // The provider sends the browser back: a strict cookie would stay behind.
  set(request, reply, SIGN_IN, value, SIGN_IN_SECONDS, 'Lax');
}

function read(request: FastifyRequest, name: string): string | undefined {
  const wanted = named(request, name);
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === wanted && value && /^[\w-]{43}$/.test(value.trim())) return value.trim();
  }
  return undefined;
}

function set(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  value: string,
  seconds: number,
  sameSite: 'Strict' | 'Lax',
): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${named(request, name)}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=${sameSite}${secure}`,
  );
}
