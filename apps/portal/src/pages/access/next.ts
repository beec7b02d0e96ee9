/**
 * Where to go after signing in: a path of this portal and nothing else, so that a prepared link cannot send someone
 * with a fresh session to another site.
 */
export function safeNext(next: string): string {
  try {
    const target = new URL(next, 'https://portal.invalid');
    const path = `${target.pathname}${target.search}${target.hash}`;
    if (target.origin !== 'https://portal.invalid' || !next.startsWith('/')) return '/';
    return path.startsWith('//') || target.pathname === '/sign-in' ? '/' : path;
  } catch {
    return '/';
  }
}
