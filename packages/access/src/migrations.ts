import type { Migration } from '@parapet/state';

export const accessMigrations: readonly Migration[] = [
  {
    id: 'access/001-people',
    sql: `
      create table app_user (
        id text primary key,
        username text not null,
        -- Folded form of the name: "Ana" and "ana" are one person.
        username_key text not null constraint app_user_username unique,
        display_name text not null,
        role text not null check (role in ('administrator', 'operator', 'reader')),
        password_hash text not null,
        disabled boolean not null default false,
        created_at timestamptz not null,
        created_by text not null,
        last_sign_in_at timestamptz
      );
      create table setup_token (
        -- At most one row: the token of the newest start.
        only_one boolean primary key default true check (only_one),
        token_hash text not null,
        created_at timestamptz not null
      );
      create table user_session (
        id_hash text primary key,
        user_id text not null references app_user (id) on delete cascade,
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        remote_address text not null
      );
      create index user_session_user on user_session (user_id);
      create table user_preference (
        user_id text not null references app_user (id) on delete cascade,
        key text not null,
        value jsonb not null,
        updated_at timestamptz not null,
        primary key (user_id, key)
      );`,
  },
  {
    id: 'access/002-ingest-keys',
    sql: `
      create table ingest_key (
        id text primary key,
        name text not null,
        secret_hash text not null,
        created_at timestamptz not null,
        created_by text not null,
        last_used_at timestamptz,
        revoked_at timestamptz,
        revoked_by text
      );
      create unique index ingest_key_name on ingest_key (lower(name)) where revoked_at is null;`,
  },
  {
    id: 'access/004-key-purpose',
    sql: `
      alter table ingest_key add column purpose text not null default 'ingest' check (purpose in ('ingest', 'query'));`,
  },
  {
    id: 'access/005-key-source',
    sql: `
      alter table ingest_key add column source_id text;
      update ingest_key set source_id = id;
      alter table ingest_key alter column source_id set not null;
      create index ingest_key_source on ingest_key (source_id) where revoked_at is null;`,
  },
  {
    id: 'access/003-audit',
    sql: `
      create table audit_entry (
        id bigint primary key,
        time timestamptz not null,
        actor text not null,
        action text not null,
        target text not null,
        outcome text not null check (outcome in ('ok', 'denied', 'failed')),
        -- JSON kept as the text that was hashed: jsonb would reorder its keys.
        before text,
        after text,
        remote_address text not null,
        previous_hash text not null,
        hash text not null
      );
      create index audit_entry_time on audit_entry (time desc, id desc);
      create index audit_entry_actor on audit_entry (lower(actor), id desc);
      create index audit_entry_action on audit_entry (action text_pattern_ops, id desc);
      -- The newest link, so that entries cut off the end are missed too.
      create table audit_head (
        only_one boolean primary key default true check (only_one),
        id bigint not null,
        hash text not null
      );
      insert into audit_head (id, hash) values (0, repeat('0', 64));
      create function audit_is_append_only() returns trigger language plpgsql as $$
        begin
          raise exception 'audit entries are never changed or removed' using errcode = 'insufficient_privilege';
        end $$;
      create trigger audit_entry_append_only before update or delete or truncate on audit_entry
        for each statement execute function audit_is_append_only();`,
  },
];
