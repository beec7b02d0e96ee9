import type { Migration } from '@parapet/state';

export const ingestMigrations: readonly Migration[] = [
  {
    id: 'ingest/001-sources',
    sql: `
      create table ingest_source (
        id text primary key,
        name text not null,
        kind text not null,
        enabled boolean not null default true,
        connector text,
        limits jsonb not null,
        -- Secrets in it are sealed with the installation's key.
        settings jsonb not null,
        created_at timestamptz not null,
        created_by text not null,
        updated_at timestamptz not null,
        -- Rows of a removed source stay in the tables and keep its name.
        removed_at timestamptz
      );
      create unique index ingest_source_name on ingest_source (lower(name)) where removed_at is null;`,
  },
  {
    id: 'ingest/002-connectors',
    sql: `
      create table ingest_connector (
        id text primary key,
        removed_at timestamptz
      );
      create table ingest_connector_version (
        id text not null references ingest_connector (id),
        version integer not null,
        text text not null,
        saved_at timestamptz not null,
        saved_by text not null,
        primary key (id, version)
      );`,
  },
];
