import { randomBytes } from 'node:crypto';
import { type CreatedIngestKey, type IngestKey, type KeyPurpose, ParapetError, type Permission } from '@parapet/schema';
import { isUniqueViolation, type StateDb } from '@parapet/state';
import type { AuditLog } from './audit.ts';
import { equalSecrets, hashSecret, newSecret } from './secrets.ts';
import type { AccessLog, KeySender } from './types.ts';

/** The time of last use is written at most this often for each key. */
const TOUCH_MS = 60_000;
/** What a query key may do at most: reading. */
export const QUERY_KEY_PERMISSIONS: readonly Permission[] = ['SecData.Read', 'EmailMeta.Read', 'EmailContent.Read'];
const NO_HASH = '0'.repeat(64);

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly secret_hash: string;
  readonly purpose: KeyPurpose;
  readonly source_id: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly last_used_at: Date | null;
}

interface ActiveKey {
  readonly row: KeyRow;
  readonly sender: KeySender;
  lastUsedAt: number | null;
  writtenAt: number;
}

/**
 * Keys that programs authenticate with: senders of telemetry, and programs that ask questions. All active ones are held in memory (hashes only), because every ingest request
 * asks; this process is the only writer.
 */
export class IngestKeys {
  #db: StateDb;
  #audit: AuditLog;
  #log: AccessLog | undefined;
  #now: () => number;
  #active = new Map<string, ActiveKey>();
  #writes = new Set<Promise<unknown>>();

  private constructor(db: StateDb, audit: AuditLog, log: AccessLog | undefined, now: () => number) {
    this.#db = db;
    this.#audit = audit;
    this.#log = log;
    this.#now = now;
  }

  static async load(db: StateDb, audit: AuditLog, log: AccessLog | undefined, now: () => number): Promise<IngestKeys> {
    const keys = new IngestKeys(db, audit, log, now);
    const rows = await db.query<KeyRow>(
      'select id, name, secret_hash, purpose, source_id, created_at, created_by, last_used_at from ingest_key where revoked_at is null',
    );
    for (const row of rows) keys.#hold(row);
    return keys;
  }

  /** @param sourceId source whose events it sends; without one the key is a source of its own */
  async create(
    name: string,
    by: string,
    remoteAddress = '',
    purpose: KeyPurpose = 'ingest',
    sourceId?: string,
  ): Promise<CreatedIngestKey> {
    const id = randomBytes(15).toString('base64url');
    const secret = newSecret();
    const row: KeyRow = {
      id,
      name: name.trim(),
      secret_hash: hashSecret(secret),
      purpose,
      source_id: sourceId ?? id,
      created_at: new Date(this.#now()),
      created_by: by,
      last_used_at: null,
    };
    try {
      await this.#db.transaction(async (tx) => {
        await tx.query(
          'insert into ingest_key (id, name, secret_hash, created_at, created_by, purpose, source_id) values ($1, $2, $3, $4, $5, $6, $7)',
          [row.id, row.name, row.secret_hash, row.created_at, row.created_by, row.purpose, row.source_id],
        );
        await this.#audit.append(
          {
            actor: by,
            action: 'key.create',
            target: `key/${id}`,
            after: { id, name: row.name, purpose, ...(sourceId ? { sourceId } : {}) },
            remoteAddress,
          },
          tx,
        );
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'ingest_key_name')) throw error;
      throw new ParapetError(
        'key_name_taken',
        409,
        `An active key is already named "${row.name}".`,
        'Choose another name: it is how the source is shown.',
      );
    }
    const held = this.#hold(row);
    return { ...toKey(held), encoded: Buffer.from(`${id}:${secret}`).toString('base64'), secret };
  }

  async revoke(id: string, by: string, remoteAddress = ''): Promise<boolean> {
    const revoked = await this.#db.transaction(async (tx) => {
      const [row] = await tx.query<{ name: string }>(
        'update ingest_key set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null returning name',
        [id, new Date(this.#now()), by],
      );
      if (!row) return false;
      await this.#audit.append(
        { actor: by, action: 'key.revoke', target: `key/${id}`, before: { id, name: row.name }, remoteAddress },
        tx,
      );
      return true;
    });
    if (revoked) this.#active.delete(id);
    return revoked;
  }

  /** Active keys, newest first. */
  list(): IngestKey[] {
    return [...this.#active.values()].map(toKey).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** Who holds the key, when it is active, right and made for this purpose. */
  verify(
    credentials: { readonly id: string; readonly secret: string } | string | undefined,
    purpose: KeyPurpose = 'ingest',
  ): KeySender | null {
    const given = typeof credentials === 'object' ? credentials : parseAuthorization(credentials);
    if (!given) return null;
    const key = this.#active.get(given.id);
    const fits = equalSecrets(hashSecret(given.secret), key?.row.secret_hash ?? NO_HASH);
    if (!key || !fits || key.row.purpose !== purpose) return null;
    this.#touch(key);
    return key.sender;
  }

  /** The query key of an `Authorization` header, and who made it; null when it is not valid for queries. */
  holder(authorization: string | undefined): { id: string; name: string; createdBy: string } | null {
    const key = this.verify(authorization, 'query');
    const row = key && this.#active.get(key.id)?.row;
    return row ? { id: row.id, name: row.name, createdBy: row.created_by } : null;
  }

  async close(): Promise<void> {
    for (const key of this.#active.values()) {
      if (key.lastUsedAt !== null && key.lastUsedAt > key.writtenAt) this.#write(key);
    }
    await Promise.all(this.#writes);
  }

  #touch(key: ActiveKey): void {
    key.lastUsedAt = this.#now();
    if (key.lastUsedAt - key.writtenAt >= TOUCH_MS) this.#write(key);
  }

  #write(key: ActiveKey): void {
    const at = key.lastUsedAt as number;
    key.writtenAt = at;
    const write: Promise<unknown> = this.#db
      .query('update ingest_key set last_used_at = $2 where id = $1', [key.row.id, new Date(at)])
      .catch((error: unknown) => this.#log?.warn({ err: error }, 'the last use of an ingest key was not recorded'))
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  #hold(row: KeyRow): ActiveKey {
    const usedAt = row.last_used_at?.getTime() ?? null;
    const key = {
      row,
      sender: { id: row.id, name: row.name, sourceId: row.source_id },
      lastUsedAt: usedAt,
      writtenAt: usedAt ?? 0,
    };
    this.#active.set(row.id, key);
    return key;
  }
}

/** `<scheme> base64(id:secret)`; undefined for anything else. */
export function parseAuthorization(header: string | undefined): { id: string; secret: string } | undefined {
  const match = /^(?:apikey|basic|bearer|splunk) +([A-Za-z0-9+/_-]{1,1000}={0,2})$/i.exec(header?.trim() ?? '');
  if (!match?.[1]) return undefined;
  const decoded = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon > 0 ? { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) } : undefined;
}

function toKey({ row, lastUsedAt }: ActiveKey): IngestKey {
  return {
    id: row.id,
    name: row.name,
    purpose: row.purpose,
    sourceId: row.source_id,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
  };
}
