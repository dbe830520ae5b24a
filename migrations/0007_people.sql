-- People: accounts that come from elsewhere, links to choose a password with, and events that are kept for a time.

ALTER TABLE users ADD COLUMN email_verified BOOLEAN NOT NULL DEFAULT false;

-- Of a hash that came from another server and was not replaced yet: bcrypt | pbkdf2 | scrypt | argon2id.
ALTER TABLE credentials ADD COLUMN scheme TEXT;
CREATE INDEX credentials_foreign ON credentials (scheme) WHERE scheme IS NOT NULL;

-- Work that takes longer than a request should: how far it is, and what became of it.
CREATE TABLE jobs (
    id              UUID PRIMARY KEY,
    kind            TEXT NOT NULL,        -- users.import
    state           TEXT NOT NULL,        -- running | done | failed
    actor           TEXT NOT NULL,        -- who began it, as in events
    rows_read       BIGINT NOT NULL,
    rows_created    BIGINT NOT NULL,
    rows_skipped    BIGINT NOT NULL,
    rows_failed     BIGINT NOT NULL,
    errors          JSONB NOT NULL,       -- the first of them: [{line, field, detail}]
    note            TEXT,                 -- why it failed
    created_at      TIMESTAMPTZ NOT NULL,
    alive_until     TIMESTAMPTZ NOT NULL, -- running, and this has passed: whoever did it is gone
    finished_at     TIMESTAMPTZ
);
CREATE INDEX jobs_created ON jobs (created_at, id);

-- Links with which somebody chooses a password: one for each account, good once and for a while.
CREATE TABLE password_links (
    user_id         UUID PRIMARY KEY REFERENCES users (id),
    digest          BYTEA NOT NULL,
    purpose         TEXT NOT NULL,        -- invite | reset
    user_era        BIGINT NOT NULL,      -- whatever ends a session ends the link, too
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX password_links_digest ON password_links (digest);
CREATE INDEX password_links_expires ON password_links (expires_at);

-- Up to where events were removed by policy.
CREATE INDEX events_pruned ON events (at, id) WHERE kind = 'events.pruned';
