import type { Migration } from '@parapet/state';

/** Tables of the public API. */
export const publicApiMigrations: readonly Migration[] = [
  {
    id: 'public-api/001-subscriptions-and-transfers',
    sql: `
      create table api_idempotency (
        app_id text not null,
        key text not null,
        body_hash text not null,
        -- Null while the first call is under way.
        answer jsonb,
        created_at timestamptz not null,
        primary key (app_id, key)
      );
      create table api_subscription (
        id text primary key,
        app_id text not null,
        creator_id text not null,
        kind text not null check (kind in ('alert', 'incident')),
        -- One object of the kind, or all of it.
        object_id text,
        filter text not null,
        resource text not null,
        change_types text[] not null,
        notification_url text not null,
        lifecycle_url text,
        client_state text not null,
        include_members boolean not null default false,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        -- Changes up to here are announced.
        mark timestamptz not null,
        reminded boolean not null default false
      );
      create table api_notification (
        id bigint generated always as identity primary key,
        subscription_id text not null references api_subscription (id) on delete cascade,
        url text not null,
        body jsonb not null,
        attempts integer not null default 0,
        next_at timestamptz not null,
        created_at timestamptz not null,
        last_error text not null default ''
      );
      create index api_notification_due on api_notification (next_at);
      create table api_stream (
        id text primary key,
        name text not null,
        kind text not null check (kind in ('file', 'http', 'syslog', 'nats')),
        settings jsonb not null,
        -- Secrets of the settings, sealed.
        sealed text,
        tables text[] not null,
        enabled boolean not null default true,
        created_at timestamptz not null,
        created_by text not null,
        -- By table: the last batch that was delivered whole.
        checkpoint jsonb not null default '{}',
        sequence bigint not null default 0,
        sent bigint not null default 0,
        last_error text not null default '',
        last_sent_at timestamptz
      );
      create unique index api_stream_name on api_stream (lower(name));`,
  },
];
