-- How clients introduce themselves: metadata documents, initial and registration access tokens,
-- signed assertions; and how they end: approved, blocked, swept, deleted.

ALTER TABLE clients
    ADD COLUMN previous_secret_digest BYTEA,      -- the secret before the present one
    ADD COLUMN previous_secret_until TIMESTAMPTZ, -- and until when it is still good
    ADD COLUMN registration_digest BYTEA,         -- registration access token (RFC 7592)
    ADD COLUMN initial_token_id UUID,             -- the initial access token it was registered with
    ADD COLUMN source       TEXT,                 -- the address it was registered from
    ADD COLUMN approved_at  TIMESTAMPTZ,          -- an administrator vouches for it since
    ADD COLUMN key_digest   BYTEA,                -- documents: what the client proves itself with
    ADD COLUMN fetched_at   TIMESTAMPTZ,          -- documents: when this version was fetched or pinned
    ADD COLUMN fresh_until  TIMESTAMPTZ,          -- documents: null for pinned ones, which are not fetched
    ADD COLUMN swept_at     TIMESTAMPTZ,          -- never used and put aside; comes back when it is used
    ADD COLUMN deleted_at   TIMESTAMPTZ;          -- gone for good; the id never returns

CREATE INDEX clients_idle ON clients (created_at)
    WHERE first_used_at IS NULL AND swept_at IS NULL AND origin = 'dynamic';
CREATE INDEX clients_swept ON clients (swept_at) WHERE first_used_at IS NULL AND swept_at IS NOT NULL;
DROP INDEX clients_unused;

ALTER TABLE resources
    ADD COLUMN verified_clients_only BOOLEAN NOT NULL DEFAULT false;

-- Initial access tokens (RFC 7591 §3): each lets its bearer register some clients.
CREATE TABLE initial_access_tokens (
    id              UUID PRIMARY KEY,
    digest          BYTEA NOT NULL,
    note            TEXT NOT NULL,        -- whom it was made for
    profile         TEXT NOT NULL,        -- the profile of clients registered with it
    uses            BIGINT NOT NULL,
    most_uses       BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX initial_access_tokens_digest ON initial_access_tokens (digest);

-- Assertions that were used, until nobody would believe them any more. Never emptied earlier.
CREATE TABLE replay (
    digest          BYTEA PRIMARY KEY,
    expires_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX replay_expires ON replay (expires_at);

-- What became of the attempts of clients: a bounded, sampled memory for "why did it fail?".
CREATE TABLE traces (
    id              UUID PRIMARY KEY,
    at              TIMESTAMPTZ NOT NULL,
    request_id      UUID NOT NULL,
    attempt         UUID,                 -- what the steps of one authorization have in common
    client_id       TEXT,                 -- as the request said it
    step            TEXT NOT NULL,        -- register | authorize | login | consent | token | …
    outcome         TEXT NOT NULL,        -- an OAuth error code, or what went well
    said            TEXT NOT NULL,        -- what the client was told, or the reason kept from it
    detail          JSONB NOT NULL        -- what arrived, without secrets
);
CREATE INDEX traces_at ON traces (at, id);
CREATE INDEX traces_request ON traces (request_id);
CREATE INDEX traces_attempt ON traces (attempt);
CREATE INDEX traces_client ON traces (client_id, at);
