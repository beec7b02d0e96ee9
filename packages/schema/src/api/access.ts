import type { Permission, Role } from './rights.ts';
import type { PendingFactor, SessionStage } from './sign-in.ts';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  /** The global role given to the person directly; null when all rights come from assignments. */
  readonly role: Role | null;
}

/** GET /api/session; also the answer of POST /api/session and POST /api/setup. */
export interface SessionInfo {
  readonly user: User | null;
  readonly permissions: readonly Permission[];
  /** Sent back in the `x-csrf-token` header by every call that changes something; null when signed out. */
  readonly csrfToken: string | null;
  /** True until the first administrator exists. */
  readonly setupRequired: boolean;
  /** Anything but `complete`: the session may do nothing yet but put itself right. */
  readonly stage: SessionStage;
  /** Answer of a sign-in whose second factor is still missing: nobody is signed in yet. */
  readonly secondFactor?: PendingFactor;
  readonly version: string;
}

/** POST /api/setup — needs the one-time token of the set-up link (`/setup?token=…`). */
export interface SetupRequest {
  readonly token: string;
  readonly username: string;
  readonly displayName: string;
  /** At least 12 characters. */
  readonly password: string;
}

/** POST /api/session */
export interface SignInRequest {
  readonly username: string;
  readonly password: string;
}

/** What a key is good for: sending telemetry, or asking questions through the query endpoint. Never both. */
export const KEY_PURPOSES = ['ingest', 'query'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** GET/POST /api/keys, DELETE /api/keys/:id — keys that programs authenticate with. */
export interface IngestKey {
  readonly purpose: KeyPurpose;
  /** Source whose events it may send; its own id for keys that were made on their own. */
  readonly sourceId: string;
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly lastUsedAt: string | null;
}

export interface CreatedIngestKey extends IngestKey {
  /** Shown once; `Authorization: ApiKey <encoded>` (base64 of `id:secret`), `Bearer <encoded>`, or Basic `id:secret`. */
  readonly encoded: string;
  readonly secret: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly time: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  readonly before: unknown;
  readonly after: unknown;
  readonly remoteAddress: string;
}
