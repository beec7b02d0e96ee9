import type { Migration } from '@parapet/state';

/** Tables of the authorisation server. Of every secret, code and refresh token only a hash is stored. */
export const oauthMigrations: readonly Migration[] = [
  {
    id: 'access/100-oauth',
    sql: `
      create table oauth_tenant (
        only_one boolean primary key default true check (only_one),
        id text not null
      );
      create table oauth_app (
        -- The client id.
        id text primary key,
        -- The id of the application as a principal, \`oid\` of its tokens.
        object_id text not null,
        name text not null,
        description text not null default '',
        public_client boolean not null default false,
        enabled boolean not null default true,
        data_access text not null default 'all' check (data_access in ('all', 'assigned')),
        redirect_uris text[] not null default '{}',
        app_permissions text[] not null default '{}',
        delegated_permissions text[] not null default '{}',
        created_at timestamptz not null,
        created_by text not null,
        updated_at timestamptz not null,
        last_used_at timestamptz
      );
      create unique index oauth_app_name on oauth_app (lower(name));
      create table oauth_credential (
        id text primary key,
        app_id text not null references oauth_app (id) on delete cascade,
        kind text not null check (kind in ('secret', 'certificate')),
        name text not null,
        -- First characters of a secret, so that its owner recognises it.
        hint text not null,
        secret_hash text,
        public_key text,
        created_at timestamptz not null,
        created_by text not null,
        expires_at timestamptz not null,
        last_used_at timestamptz
      );
      create index oauth_credential_app on oauth_credential (app_id);
      create table oauth_signing_key (
        kid text primary key,
        public_jwk jsonb not null,
        sealed text not null,
        created_at timestamptz not null,
        signs_until timestamptz not null
      );
      create table oauth_code (
        code_hash text primary key,
        family text not null,
        app_id text not null references oauth_app (id) on delete cascade,
        user_id text not null references app_user (id) on delete cascade,
        redirect_uri text not null,
        resource text not null,
        scope text not null,
        nonce text not null,
        challenge text not null,
        expires_at timestamptz not null,
        used_at timestamptz
      );
      create table oauth_refresh (
        token_hash text primary key,
        family text not null,
        app_id text not null references oauth_app (id) on delete cascade,
        user_id text not null references app_user (id) on delete cascade,
        resource text not null,
        scope text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
      );
      create index oauth_refresh_family on oauth_refresh (family);
      create index oauth_refresh_user on oauth_refresh (user_id);
      create table oauth_device (
        device_hash text primary key,
        user_code text not null unique,
        app_id text not null references oauth_app (id) on delete cascade,
        resource text not null,
        scope text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        polled_at timestamptz,
        state text not null check (state in ('pending', 'approved', 'declined', 'used')),
        user_id text references app_user (id) on delete cascade
      );
      -- Assertions that were used: each is good once.
      create table oauth_assertion (
        app_id text not null references oauth_app (id) on delete cascade,
        jti text not null,
        expires_at timestamptz not null,
        primary key (app_id, jti)
      );`,
  },
];
