-- What people show besides a password. Whoever has an authenticator app or a passkey is asked for it.

-- Authenticator apps (RFC 6238): one for each account.
CREATE TABLE totps (
    user_id         UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    id              UUID NOT NULL,        -- of the seed, and fresh with every one
    sealed          BYTEA NOT NULL,       -- the seed, sealed with the totp key
    last_step       BIGINT NOT NULL,      -- the last one accepted: it and earlier ones never are again
    created_at      TIMESTAMPTZ NOT NULL,
    last_used_at    TIMESTAMPTZ
);

-- Passkeys (Web Authentication Level 3).
CREATE TABLE passkeys (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id   BYTEA NOT NULL,       -- what the authenticator calls it
    public_key      BYTEA NOT NULL,       -- COSE
    sign_count      BIGINT NOT NULL,      -- 0 for authenticators that do not count
    synced          BOOLEAN NOT NULL,     -- it can be on several devices
    name            TEXT NOT NULL,        -- given by the person
    created_at      TIMESTAMPTZ NOT NULL,
    last_used_at    TIMESTAMPTZ
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- Recovery codes: one set for each account. Using one takes its digest out of the row.
CREATE TABLE recovery_codes (
    user_id         UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digests         BYTEA NOT NULL,       -- 32 bytes for each code that is left
    created_at      TIMESTAMPTZ NOT NULL
);

-- Codes tried by people whose first factor was right, whatever the network.
CREATE TABLE code_tries (
    user_id         UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tries           BIGINT NOT NULL,
    began_at        TIMESTAMPTZ NOT NULL
);
