import type { CreatedIngestKey, Environment, FactorRule, IngestKey, Permission, Role, User } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { AuditMirror, AuditMirrorOptions } from './audit-mirror.ts';
import type { Directory } from './directory.ts';
import type { Rights } from './rights.ts';
import type { Alarm } from './sign-in/alarm.ts';

/** Who someone is, before their rights are looked up. */
export interface Identity {
  readonly kind: 'user' | 'app' | 'key';
  /** User id, id of the app registration, id of the key. */
  readonly id: string;
  /** How the audit log names them: the user name, `app:<name>`, `key:<name>`. */
  readonly username: string;
  readonly displayName: string;
  /** Global role held directly; null for apps, keys and people whose rights come from assignments. */
  readonly role: Role | null;
  /** Groups of the identity provider. */
  readonly groups: readonly string[];
}

/** Who is calling, and what they may do. */
export interface Principal extends Identity {
  /** The union over every grant; `rights.can` is the same question for one data source. */
  readonly permissions: readonly Permission[];
  readonly rights: Rights;
}

/** The part of a pino logger this room uses. */
export interface AccessLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One line of the audit log. Texts are cut to their column's size; values under keys that name a secret are removed. */
export interface AuditInput {
  /** User name, or the part of the system that acted, such as `system`. */
  readonly actor: string;
  /** `<what>.<verb>`, such as `incident.update`. */
  readonly action: string;
  /** What it was done to, such as `incident/42`. */
  readonly target: string;
  readonly outcome?: 'ok' | 'denied' | 'failed';
  /** Anything JSON can carry, up to 64 KiB. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Empty for what no request caused. */
  readonly remoteAddress?: string;
}

export type AuditVerification =
  | {
      readonly ok: true;
      /** Entries that were looked at. */
      readonly entries: number;
      /** Note it elsewhere: a rewritten chain has another. */
      readonly head: string;
      /** Older entries that went for their age; a sealed checkpoint vouches for where the chain goes on. */
      readonly removed: number;
      /** The newest entry is sealed with the key of this installation. */
      readonly sealed: boolean;
    }
  | {
      readonly ok: false;
      readonly entries: number /** First entry that does not fit. */;
      readonly brokenAt: number;
      readonly reason: string;
    };

/** The name and secret of whoever sends telemetry. */
export interface KeySender {
  readonly id: string;
  readonly name: string;
  /** Source the key belongs to. */
  readonly sourceId: string;
}

/** GET /api/users, GET /api/users/:id */
export interface UserDetails extends User {
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly lastSignInAt: string | null;
  /** Sent back in `If-Match` by whoever changes the account. */
  readonly version: number;
  readonly breakGlass: boolean;
  readonly factorRule: FactorRule;
  readonly mustChangePassword: boolean;
  /** Null for local accounts. */
  readonly providerId: string | null;
}

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
  readonly breakGlass?: boolean;
  readonly factorRule?: FactorRule;
  readonly mustChangePassword?: boolean;
}

export interface Access {
  /** The one-time set-up token made at this start; null once an administrator exists. Never log it, print it. */
  readonly setupToken: string | null;
  /**
   * Make a new set-up token, which ends the old one.
   * @throws ParapetError `already_set_up` 409 when a user exists
   */
  resetSetupToken(): Promise<string>;
  /**
   * Add an administrator without a set-up link.
   * @throws ParapetError 400 `password_weak` or `invalid_request`, 409 `username_taken`
   */
  createAdministrator(user: NewUser): Promise<User>;

  /** Roles, assignments and scopes; `rightsOf` and `principalOf` say what someone may do. */
  readonly directory: Directory;
  /** Say which tables and columns there are; until then no row tag can be made. */
  knowColumns(hasColumn: (table: string, column: string) => boolean): void;

  /** Say where to look for the cloud environments that data has come from; until then only those of scopes are offered. */
  knowEnvironments(read: () => Promise<readonly Environment[]>): void;

  /** Append one entry; with `tx` it is kept exactly when the change it tells of is. */
  audit(entry: AuditInput, tx?: Queryable): Promise<void>;
  /** Carry the audit log into the hunting table `AUDIT_TABLE` from now on; close what it answers before this room. */
  mirrorAudit(write: AuditMirrorOptions['write']): AuditMirror;
  /** Called with what somebody must look at now, such as the use of a break-glass account. */
  onAlarm(listener: (alarm: Alarm) => void): void;
  /** Recompute the chain. */
  verifyAudit(): Promise<AuditVerification>;

  /** @throws ParapetError `key_name_taken` 409 */
  createKey(name: string, by: string, sourceId?: string, remoteAddress?: string): Promise<CreatedIngestKey>;
  /** False when there is no such active key. */
  revokeKey(id: string, by: string): Promise<boolean>;
  listKeys(): Promise<IngestKey[]>;
  /**
   * Who sends, or null when the key is unknown, revoked or wrong. No database access: fit for every ingest request.
   * @param credentials id and secret, or the `Authorization` header: `ApiKey`, `Basic`, `Bearer` or `Splunk`, each
   *   followed by base64 of `id:secret`
   */
  verifyKey(
    credentials: { readonly id: string; readonly secret: string } | string | undefined,
  ): Promise<KeySender | null>;

  /** Write what is still in memory (times of last use). */
  close(): Promise<void>;
}
