import type { Permission, SessionInfo } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api, setCsrfToken } from './client.ts';

export const sessionKey = ['session'] as const;

async function loadSession(): Promise<SessionInfo> {
  return remember(await api.get('/api/session'));
}

/** Take over the answer of a sign-in, a set-up or the session call. */
export function remember(session: SessionInfo): SessionInfo {
  setCsrfToken(session.csrfToken);
  return session;
}

export const sessionQuery = { queryKey: sessionKey, queryFn: loadSession, staleTime: 60_000 };

export function useSession(): SessionInfo | undefined {
  return useQuery(sessionQuery).data;
}

/** True when the signed-in person may do it. Controls that are not allowed are left out or say what is missing. */
export function useCan(permission: Permission): boolean {
  return useSession()?.permissions.includes(permission) ?? false;
}

/** Ends the session and loads the portal anew, so that nothing of what was seen stays in this window's memory. */
export async function signOut(): Promise<void> {
  // Who came through a provider signs out there too; its page leads back to the sign-in page.
  const answer = await api.delete<{ readonly redirectTo?: string } | undefined>('/api/session');
  window.location.assign(answer?.redirectTo ?? '/sign-in');
}
