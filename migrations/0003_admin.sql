-- The admin API: who may use it, and with what.

-- owner | admin | support | auditor; null for people who only sign in. `is_owner` says the same of owners and stays
-- for the release before this one.
ALTER TABLE users ADD COLUMN role TEXT;
UPDATE users SET role = 'owner' WHERE is_owner;
CREATE INDEX users_roles ON users (role) WHERE role IS NOT NULL;

-- What machines use the admin API with.
CREATE TABLE api_keys (
    id              UUID PRIMARY KEY,
    digest          BYTEA NOT NULL,
    previous_digest BYTEA,                -- of the secret before the last rotation
    previous_until  TIMESTAMPTZ,          -- that one is good until then
    name            TEXT NOT NULL,
    scope           TEXT NOT NULL,        -- space separated, sorted
    networks        TEXT NOT NULL,        -- space separated; empty for anywhere
    created_by      TEXT NOT NULL,        -- an actor, as in events
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ,
    last_used_at    TIMESTAMPTZ,          -- to the minute
    revoked_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest);
CREATE UNIQUE INDEX api_keys_previous ON api_keys (previous_digest) WHERE previous_digest IS NOT NULL;
CREATE INDEX api_keys_created ON api_keys (created_at, id);

-- Requests that are done at most once (`Idempotency-Key`), and what was answered.
CREATE TABLE idempotency (
    digest          BYTEA PRIMARY KEY,    -- of caller and key
    request_digest  BYTEA NOT NULL,       -- of method, path, query and body
    holder          UUID NOT NULL,        -- the request at work on it
    answer          BYTEA,                -- sealed; null while somebody is at work
    expires_at      TIMESTAMPTZ NOT NULL  -- of the work, then of the answer
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);
