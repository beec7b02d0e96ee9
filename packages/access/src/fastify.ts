import type { Permission } from '@parapet/schema';
import type { LiveSession } from './sessions.ts';
import type { Principal } from './types.ts';

/** A guarded route and what it asks for, for whoever checks that all of them are known. */
export interface DeclaredRoute {
  /** `GET /api/incidents/:id` */
  readonly route: string;
  readonly needs: Permission | 'signed in' | 'public';
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every guarded route, in the order they were added. */
    readonly declaredRoutes: readonly DeclaredRoute[];
  }
  interface FastifyContextConfig {
    /** The caller must be signed in and hold it. */
    permission?: Permission;
    /** The caller must be signed in; every role may. */
    signedIn?: true;
    /** Anyone may call it. */
    public?: true;
    /** With `permission`: a query key in the `Authorization` header does in place of a session. */
    queryKey?: true;
    /** A session that must first get a factor or another password may call it. */
    incomplete?: true;
    /** The caller must have proved lately who they are. */
    confirmed?: true;
    /** With `public`: a session the browser sends along is ignored, as when signing in over an old one. */
    anonymous?: true;
  }
  interface FastifyRequest {
    /** Who calls. Reading it on a public route without a session answers 401. */
    readonly principal: Principal;
    /** The session of the caller; null when signed out. */
    accessSession: LiveSession | null;
    /** Who holds the query key of this request, on routes that take one. */
    accessKey: Principal | null;
  }
}
