-- Gatewright's tables. The SQL stays inside what PostgreSQL, CockroachDB and
-- YugabyteDB share: no sequences, triggers, extensions, enum types or functions,
-- and no wall clock: every time comes from the application as a parameter.
-- Times are TIMESTAMPTZ; digests are 32 bytes of SHA-256 with a type prefix
-- (`v1:<type>:`); sealed columns are AEAD values bound to table, column and row.
--
-- `era`: disabling a client or a user (or setting a password) adds one to its era.
-- Sessions, codes and grants carry the era they were made in and live only in it, so
-- one small update ends all of them at once, those included whose statement was still
-- running, and enabling again revives none.

-- OAuth clients. `id` is opaque (`c_…`) or the URL of a metadata document.
CREATE TABLE clients (
    id              TEXT PRIMARY KEY,
    origin          TEXT NOT NULL,        -- administrator | dynamic | document
    profile         TEXT NOT NULL,        -- mcp | oidc_compat | fapi2
    metadata        JSONB NOT NULL,       -- RFC 7591 client metadata, validated
    metadata_digest BYTEA NOT NULL,       -- what a remembered consent is bound to
    dedupe_digest   BYTEA,                -- identical public registrations share a row
    secret_digest   BYTEA,                -- null for public clients
    default_resource_id UUID,             -- used when the client sends no `resource`
    resource_server_id  UUID,             -- the protected resource this client speaks for
    era             BIGINT NOT NULL,      -- grants and codes of earlier eras are dead
    created_at      TIMESTAMPTZ NOT NULL,
    first_used_at   TIMESTAMPTZ,          -- first authorization; never-used ones are swept
    disabled_at     TIMESTAMPTZ
);
CREATE UNIQUE INDEX clients_dedupe ON clients (dedupe_digest);
CREATE INDEX clients_created ON clients (created_at, id);
CREATE INDEX clients_unused ON clients (created_at) WHERE first_used_at IS NULL AND origin = 'dynamic';

-- Protected resources: MCP servers and APIs (RFC 8707, RFC 9728).
CREATE TABLE resources (
    id              UUID PRIMARY KEY,
    identifier      TEXT NOT NULL,        -- minted as `aud`, byte for byte
    compare_key     TEXT NOT NULL,        -- normal form that requests are matched by
    name            TEXT NOT NULL,
    scopes          JSONB NOT NULL,       -- [{name, description, default, dangerous}]
    access_token_seconds BIGINT NOT NULL,
    signing_alg     TEXT NOT NULL,        -- ES256 | RS256
    is_default      BOOLEAN NOT NULL,
    digest          BYTEA NOT NULL,       -- of what a consent page shows of it
    created_at      TIMESTAMPTZ NOT NULL,
    disabled_at     TIMESTAMPTZ
);
CREATE UNIQUE INDEX resources_compare_key ON resources (compare_key);
CREATE UNIQUE INDEX resources_default ON resources (is_default) WHERE is_default;

CREATE TABLE users (
    id              UUID PRIMARY KEY,
    username        TEXT NOT NULL,        -- as typed
    username_key    TEXT NOT NULL,        -- normal form, unique
    email           TEXT,
    email_key       TEXT,
    display_name    TEXT,
    is_owner        BOOLEAN NOT NULL,
    era             BIGINT NOT NULL,      -- sessions, grants and codes of earlier eras are dead
    created_at      TIMESTAMPTZ NOT NULL,
    disabled_at     TIMESTAMPTZ
);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_owners ON users (is_owner) WHERE is_owner;

CREATE TABLE credentials (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id),
    kind            TEXT NOT NULL,        -- password
    sealed          BYTEA NOT NULL,       -- argon2id PHC string, sealed with the pepper key
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX credentials_user_kind ON credentials (user_id, kind);

-- Browser sessions.
CREATE TABLE sessions (
    id              UUID PRIMARY KEY,     -- `sid` in ID tokens
    digest          BYTEA NOT NULL,
    user_id         UUID NOT NULL REFERENCES users (id),
    user_era        BIGINT NOT NULL,
    auth_time       TIMESTAMPTZ NOT NULL,
    amr             TEXT NOT NULL,        -- space separated
    created_at      TIMESTAMPTZ NOT NULL,
    idle_expires_at TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);
CREATE UNIQUE INDEX sessions_digest ON sessions (digest);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- One remembered answer per user, client and resource. Revoking deletes the row and an
-- id never returns, so codes and grants that name it are dead for good.
CREATE TABLE consents (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id),
    client_id       TEXT NOT NULL REFERENCES clients (id),
    resource_id     UUID NOT NULL REFERENCES resources (id),
    scope           TEXT NOT NULL,        -- space separated, sorted
    metadata_digest BYTEA NOT NULL,
    resource_digest BYTEA NOT NULL,       -- name, identifier and scope texts as they were shown
    granted_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX consents_answer ON consents (user_id, client_id, resource_id);
CREATE INDEX consents_client ON consents (client_id);

-- Authorization codes: 60 seconds, one redemption.
CREATE TABLE codes (
    digest          BYTEA PRIMARY KEY,
    grant_id        UUID NOT NULL,        -- the grant this code becomes
    client_id       TEXT NOT NULL,
    user_id         UUID NOT NULL,
    session_id      UUID NOT NULL,
    consent_id      UUID NOT NULL,
    resource_id     UUID NOT NULL,
    client_era      BIGINT NOT NULL,
    user_era        BIGINT NOT NULL,
    scope           TEXT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    code_challenge  BYTEA,                -- S256, 32 bytes; null only in oidc_compat
    nonce           TEXT,
    auth_time       TIMESTAMPTZ NOT NULL,
    amr             TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    failures        BIGINT NOT NULL,      -- wrong verifiers; three burn the code
    redeemed_at     TIMESTAMPTZ,
    burned_at       TIMESTAMPTZ
);
CREATE INDEX codes_expires ON codes (expires_at);

-- One authorization of one client instance; also the refresh-token family.
CREATE TABLE grants (
    id              UUID PRIMARY KEY,
    client_id       TEXT NOT NULL,
    user_id         UUID NOT NULL,
    session_id      UUID NOT NULL,
    consent_id      UUID NOT NULL,
    resource_id     UUID NOT NULL,
    client_era      BIGINT NOT NULL,
    user_era        BIGINT NOT NULL,
    scope           TEXT NOT NULL,
    auth_time       TIMESTAMPTZ NOT NULL,
    amr             TEXT NOT NULL,
    refreshable     BOOLEAN NOT NULL,
    offline         BOOLEAN NOT NULL,     -- outlives the browser session
    salt            BYTEA NOT NULL,       -- half of every refresh secret; the other half is a server key
    generation      BIGINT NOT NULL,
    rotated_at      TIMESTAMPTZ NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    idle_expires_at TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    revoked_reason  TEXT
);
CREATE INDEX grants_user ON grants (user_id, client_id, resource_id);
CREATE INDEX grants_client ON grants (client_id, id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expires ON grants (expires_at);

-- Access tokens without a grant (client_credentials) that were revoked, until they expire.
CREATE TABLE revoked_tokens (
    jti_digest      BYTEA PRIMARY KEY,
    expires_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at);

CREATE TABLE signing_keys (
    kid             TEXT PRIMARY KEY,     -- RFC 7638 thumbprint
    alg             TEXT NOT NULL,
    state           TEXT NOT NULL,        -- next | active | retired | revoked
    sealed          BYTEA NOT NULL,       -- PKCS#8, sealed
    public_jwk      JSONB NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    activated_at    TIMESTAMPTZ,
    retired_at      TIMESTAMPTZ,
    revoked_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (alg) WHERE state = 'next';

-- One data key per purpose, wrapped by the master key.
CREATE TABLE data_keys (
    purpose         TEXT NOT NULL,
    version         BIGINT NOT NULL,
    master_key      TEXT NOT NULL,        -- fingerprint of the wrapping key
    wrapped         BYTEA NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (purpose, version)
);

-- A known plaintext under each master key: the wrong key is noticed before any write.
CREATE TABLE master_keys (
    fingerprint     TEXT PRIMARY KEY,
    canary          BYTEA NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);

-- Append only. Written by the statement that makes the change.
CREATE TABLE events (
    id              UUID PRIMARY KEY,     -- UUIDv7
    at              TIMESTAMPTZ NOT NULL,
    kind            TEXT NOT NULL,        -- `grant.created`, `session.opened`, …
    request_id      UUID NOT NULL,
    peer            TEXT NOT NULL,
    actor           TEXT NOT NULL,        -- `user:<id>`, `client:<id>`, `operator`, `system`
    user_id         UUID,
    client_id       TEXT,
    resource_id     UUID,
    grant_id        UUID,
    detail          JSONB NOT NULL
);
CREATE INDEX events_at ON events (at, id);

-- Work that one replica does at a time. The row `schema` guards migrations themselves, so
-- the migrator creates this table, in these words, before it runs the first of them.
CREATE TABLE IF NOT EXISTS leases (
    name            TEXT PRIMARY KEY,
    holder          UUID NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL
);
