/**
 * Where to go after signing in: a path of this portal and nothing else, so that a prepared link cannot send someone with
 * a fresh session to another site.
 */
export function safeReturn(returnTo: string | undefined): string {
  if (!returnTo?.startsWith('/') || returnTo.length > 4_000) return '/';
  try {
    const target = new URL(returnTo, 'https://portal.invalid');
    if (target.origin !== 'https://portal.invalid') return '/';
    // A path is resolved once more by the browser: what begins with two slashes would be a host.
    const path = `${target.pathname}${target.search}${target.hash}`;
    if (/^\/[/\\]/.test(path) || target.pathname === '/sign-in' || target.pathname.startsWith('/api/')) return '/';
    return path;
  } catch {
    return '/';
  }
}
