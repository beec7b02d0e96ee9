import type { Migration } from '@parapet/state';

/** What the store keeps in the state database. Names of tables are those of hunting; `*` stands for all. */
export const storeMigrations: readonly Migration[] = [
  {
    id: 'store/001-rules-holds-deletions',
    sql: `
      create table store_rules (
        table_name text primary key,
        retention_days integer check (retention_days between 1 and 36500),
        retention_bytes bigint check (retention_bytes > 0),
        archive_after_days integer check (archive_after_days between 1 and 36500),
        changed_by text not null,
        changed_at timestamptz not null
      );
      create table store_retention_run (
        table_name text primary key,
        at timestamptz not null,
        removed_rows bigint not null,
        removed_bytes bigint not null,
        held_rows bigint not null,
        error text
      );
      create table store_hold (
        id text primary key,
        name text not null,
        reason text not null,
        table_name text not null,
        filter jsonb not null,
        created_by text not null,
        created_at timestamptz not null,
        released_by text,
        released_at timestamptz
      );
      create unique index store_hold_name on store_hold (lower(name)) where released_at is null;
      create table store_deletion (
        id text primary key,
        table_name text not null,
        filter text not null,
        reason text not null,
        as_of timestamptz not null,
        state text not null check (state in ('running', 'done', 'cancelled', 'failed')),
        job_id text,
        matched bigint not null,
        held bigint not null,
        removed bigint not null default 0,
        raw_removed bigint not null default 0,
        also_in jsonb not null default '[]',
        detail text not null default '',
        created_by text not null,
        created_at timestamptz not null,
        finished_at timestamptz
      );
      create index store_deletion_newest on store_deletion (created_at desc, id);
      create table store_restart (
        id text primary key,
        at timestamptz not null,
        reason text not null,
        interrupted integer not null,
        back_after_ms bigint
      );
      create index store_restart_newest on store_restart (at desc);
      create table store_custom_table (
        name text primary key,
        description text not null,
        columns jsonb not null,
        created_by text not null,
        created_at timestamptz not null
      );
      create table store_custom_column (
        table_name text not null,
        name text not null,
        type text not null,
        created_by text not null,
        created_at timestamptz not null,
        primary key (table_name, name)
      );`,
  },
];
