-- Requests of devices (RFC 8628): one row for each that waits for a person, for ten minutes.

CREATE TABLE device_codes (
    id               UUID PRIMARY KEY,    -- the grant it becomes
    digest           BYTEA NOT NULL,      -- of the device code
    user_code        BYTEA NOT NULL,      -- HMAC-SHA-256 of the code a person types
    client_id        TEXT NOT NULL,
    resource_id      UUID NOT NULL,
    scope            TEXT NOT NULL,       -- asked for; once approved, what was approved
    device_name      TEXT,                -- what the device calls itself
    peer             TEXT NOT NULL,       -- where it asked from
    network          TEXT NOT NULL,       -- the network limits count that address in
    interval_seconds BIGINT NOT NULL,     -- how long it has to wait between two polls
    created_at       TIMESTAMPTZ NOT NULL,
    expires_at       TIMESTAMPTZ NOT NULL,
    user_id          UUID,                -- who typed the code first; nobody else may answer
    approved_at      TIMESTAMPTZ,
    denied_at        TIMESTAMPTZ,
    redeemed_at      TIMESTAMPTZ,
    session_id       UUID,                -- from here on: what an approval stands on
    consent_id       UUID,
    client_era       BIGINT,
    user_era         BIGINT,
    auth_time        TIMESTAMPTZ,
    amr              TEXT
);
CREATE UNIQUE INDEX device_codes_digest ON device_codes (digest);
CREATE UNIQUE INDEX device_codes_user_code ON device_codes (user_code);
CREATE INDEX device_codes_client ON device_codes (client_id, network, expires_at);
CREATE INDEX device_codes_user ON device_codes (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX device_codes_expires ON device_codes (expires_at);
