import type { Migration } from '@parapet/state';

export const watchlistMigrations: readonly Migration[] = [
  {
    id: 'watchlists/001-lists',
    sql: `
      CREATE TABLE watchlists (
        id text PRIMARY KEY,
        alias text NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        columns jsonb NOT NULL,
        search_key text NOT NULL,
        item_life_days integer,
        generation integer NOT NULL,
        last_generation integer NOT NULL,
        items bigint NOT NULL DEFAULT 0,
        source text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_by text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX watchlists_alias ON watchlists (lower(alias)) WHERE deleted_at IS NULL;
      CREATE TABLE watchlist_events (
        id bigserial PRIMARY KEY,
        list_id text NOT NULL REFERENCES watchlists (id) ON DELETE CASCADE,
        at timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        detail jsonb NOT NULL
      );
      CREATE INDEX watchlist_events_by_list ON watchlist_events (list_id, id DESC);
    `,
  },
];
