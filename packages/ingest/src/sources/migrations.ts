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
  {
    id: 'ingest/003-osquery',
    sql: `
      create table osquery_node (
        id text primary key,
        source_id text not null references ingest_source (id),
        host_identifier text not null,
        -- SHA-256 of the key the machine was given.
        key_hash text not null unique,
        hostname text not null,
        platform text not null,
        os text not null,
        version text not null,
        address text not null,
        enrolled_at timestamptz not null,
        last_seen_at timestamptz not null,
        unique (source_id, host_identifier)
      );
      create table osquery_query (
        id text primary key,
        source_id text not null references ingest_source (id),
        name text not null,
        sql text not null,
        -- Ids of nodes; null asks every one.
        nodes jsonb,
        created_at timestamptz not null,
        created_by text not null,
        expires_at timestamptz not null
      );
      create index osquery_query_source on osquery_query (source_id, expires_at);
      create table osquery_answer (
        query_id text not null references osquery_query (id),
        node_id text not null,
        host text not null,
        answered_at timestamptz not null,
        -- 0 or a result code of SQLite.
        status integer not null,
        message text not null,
        row_count integer not null,
        primary key (query_id, node_id)
      );`,
  },
];
