/** Feeds: collections of TAXII servers that are asked for news on their own clock. */
import { randomUUID } from 'node:crypto';
import { type IntelFeed, type IntelFeedInput, ParapetError } from '@parapet/schema';
import type { QueryRunner } from '../runtime/state.ts';
import type { DetectionLog } from '../runtime/types.ts';
import { pollTaxii } from './taxii.ts';

export const intelMigrations: readonly { readonly id: string; readonly sql: string }[] = [
  {
    id: 'intel/001-feeds',
    sql: `
CREATE TABLE intel_feed (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  url text NOT NULL,
  collection text NOT NULL,
  username text NOT NULL DEFAULT '',
  -- Sealed with the installation's key.
  secret text NOT NULL DEFAULT '',
  every_minutes integer NOT NULL,
  enabled boolean NOT NULL,
  cursor text NOT NULL DEFAULT '',
  etag text NOT NULL DEFAULT '',
  last_poll timestamptz,
  next_poll timestamptz,
  last_error text,
  indicators bigint NOT NULL DEFAULT 0
);`,
  },
];

/** Keeps secrets readable for this installation only. */
export interface Sealer {
  seal(secret: string): Promise<string>;
  open(sealed: string): Promise<string>;
}

interface FeedRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly collection: string;
  readonly username: string;
  readonly secret: string;
  readonly every_minutes: number;
  readonly enabled: boolean;
  readonly cursor: string;
  readonly etag: string;
  readonly last_poll: Date | null;
  readonly last_error: string | null;
  readonly indicators: number;
}

const TICK_MS = 30_000;
const infoOf = (row: FeedRow): IntelFeed => ({
  id: row.id,
  name: row.name,
  url: row.url,
  collection: row.collection,
  username: row.username,
  hasSecret: row.secret !== '',
  everyMinutes: row.every_minutes,
  enabled: row.enabled,
  lastPoll: row.last_poll ? new Date(row.last_poll).toISOString() : null,
  lastError: row.last_error,
  indicators: Number(row.indicators),
});

export class Feeds {
  readonly #timer: NodeJS.Timeout;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: QueryRunner,
    private readonly sealer: Sealer,
    /** Store what a page holds; answers how many indicators. */
    private readonly take: (source: string, objects: readonly unknown[], signal: AbortSignal) => Promise<number>,
    private readonly log: DetectionLog,
    private readonly now: () => Date,
  ) {
    this.#timer = setInterval(() => void this.tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Ask the feeds that are due, one after the other. */
  tick(): Promise<void> {
    this.#running = this.#running.then(async () => {
      const due = await this.db.query<FeedRow>(
        'SELECT * FROM intel_feed WHERE enabled AND (next_poll IS NULL OR next_poll <= $1::timestamptz) ORDER BY next_poll NULLS FIRST LIMIT 20',
        [this.now().toISOString()],
      );
      for (const row of due) if (!this.#stop.signal.aborted) await this.#poll(row).catch(() => undefined);
    });
    return this.#running;
  }

  /** Ask one feed now. @throws ParapetError what the server said */
  async poll(id: string): Promise<IntelFeed> {
    await this.#poll(await this.#row(id));
    return infoOf(await this.#row(id));
  }

  async #poll(row: FeedRow): Promise<void> {
    let wait = row.every_minutes * 60_000;
    let problem: string | null = null;
    let failure: unknown;
    try {
      const secret = row.secret ? await this.sealer.open(row.secret) : '';
      await pollTaxii(
        {
          url: row.url,
          collection: row.collection,
          username: row.username,
          secret,
          cursor: row.cursor,
          etag: row.etag,
        },
        async ({ objects, cursor, etag }) => {
          const count = await this.take(row.name, objects, this.#stop.signal);
          await this.db.query(
            'UPDATE intel_feed SET cursor = $2, etag = $3, indicators = indicators + $4 WHERE id = $1',
            [row.id, cursor, etag, count],
          );
        },
        this.#stop.signal,
      );
    } catch (error) {
      failure = error;
      problem = (error as Error).message;
      const retry =
        error instanceof ParapetError ? (error.details as { retryAfter?: number } | undefined)?.retryAfter : undefined;
      if (retry) wait = retry * 1000;
      this.log.warn({ feed: row.name, err: error }, `the feed "${row.name}" could not be read`);
    }
    const at = this.now();
    await this.db.query(
      'UPDATE intel_feed SET last_poll = $2::timestamptz, next_poll = $3::timestamptz, last_error = $4 WHERE id = $1',
      [row.id, at.toISOString(), new Date(at.getTime() + wait).toISOString(), problem],
    );
    if (failure) throw failure;
  }

  async list(): Promise<IntelFeed[]> {
    return (await this.db.query<FeedRow>('SELECT * FROM intel_feed ORDER BY lower(name)')).map(infoOf);
  }

  async #row(id: string): Promise<FeedRow> {
    const [row] = await this.db.query<FeedRow>('SELECT * FROM intel_feed WHERE id = $1', [id]);
    if (!row) throw new ParapetError('feed_not_found', 404, 'There is no feed with this id.');
    return row;
  }

  /** Make a feed, or change the one with the id. @throws ParapetError `feed_not_found`, `feed_exists`, `invalid_request` */
  async save(input: IntelFeedInput, id?: string): Promise<IntelFeed> {
    if (!/^https?:\/\//.test(input.url) || !URL.canParse(input.url))
      throw new ParapetError('invalid_request', 400, 'The address must begin with https:// or http://.');
    const before = id ? await this.#row(id) : undefined;
    const others = await this.list();
    if (others.some((feed) => feed.id !== id && feed.name.toLowerCase() === input.name.trim().toLowerCase()))
      throw new ParapetError('feed_exists', 409, `There is a feed named "${input.name.trim()}" already.`);
    const secret =
      input.secret === undefined ? (before?.secret ?? '') : input.secret ? await this.sealer.seal(input.secret) : '';
    // Another place has another history.
    const moved = before && (before.url !== input.url || before.collection !== input.collection);
    const feed = id ?? randomUUID();
    await this.db.query(
      `INSERT INTO intel_feed (id, name, url, collection, username, secret, every_minutes, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, collection = excluded.collection, username = excluded.username,
         secret = excluded.secret, every_minutes = excluded.every_minutes, enabled = excluded.enabled, next_poll = NULL${moved ? ", cursor = '', etag = ''" : ''}`,
      [
        feed,
        input.name.trim(),
        input.url,
        input.collection,
        input.username ?? '',
        secret,
        input.everyMinutes,
        input.enabled,
      ],
    );
    return infoOf(await this.#row(feed));
  }

  async remove(id: string): Promise<IntelFeed> {
    const row = await this.#row(id);
    await this.db.query('DELETE FROM intel_feed WHERE id = $1', [id]);
    return infoOf(row);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running.catch(() => undefined);
  }
}
