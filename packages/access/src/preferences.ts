import { ParapetError } from '@parapet/schema';
import type { StateDb } from '@parapet/state';

export const MAX_PREFERENCE_BYTES = 64 * 1024;
const MAX_PREFERENCES = 200;

/** GET and PUT /api/preferences/:key */
export interface Preference {
  readonly key: string;
  /** null when nothing is stored. */
  readonly value: unknown;
  readonly updatedAt: string | null;
}

/** What a person's pages remember: chosen columns, drafts of queries, appearance. */
export class Preferences {
  #db: StateDb;
  #now: () => number;

  constructor(db: StateDb, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  async get(userId: string, key: string): Promise<Preference> {
    const [row] = await this.#db.query<{ value: unknown; updated_at: Date }>(
      'select value, updated_at from user_preference where user_id = $1 and key = $2',
      [userId, key],
    );
    return { key, value: row?.value ?? null, updatedAt: row?.updated_at.toISOString() ?? null };
  }

  /**
   * Store a value; null removes it.
   * @throws ParapetError `preference_too_large` 413, `too_many_preferences` 409
   */
  async set(userId: string, key: string, value: unknown): Promise<Preference> {
    if (value === null || value === undefined) {
      await this.#db.query('delete from user_preference where user_id = $1 and key = $2', [userId, key]);
      return { key, value: null, updatedAt: null };
    }
    const json = JSON.stringify(value);
    if (Buffer.byteLength(json) > MAX_PREFERENCE_BYTES) {
      throw new ParapetError('preference_too_large', 413, 'A preference may hold 64 KB.', 'Store less in it.');
    }
    const now = new Date(this.#now());
    const rows = await this.#db.query(
      `insert into user_preference (user_id, key, value, updated_at)
       select $1, $2, $3::jsonb, $4
       where exists (select from user_preference where user_id = $1 and key = $2)
          or (select count(*) from user_preference where user_id = $1) < $5
       on conflict (user_id, key) do update set value = excluded.value, updated_at = excluded.updated_at
       returning key`,
      [userId, key, json, now, MAX_PREFERENCES],
    );
    if (rows.length === 0) {
      throw new ParapetError(
        'too_many_preferences',
        409,
        `At most ${MAX_PREFERENCES} preferences are kept for one person.`,
      );
    }
    return { key, value, updatedAt: now.toISOString() };
  }
}
