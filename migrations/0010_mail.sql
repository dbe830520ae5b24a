-- Mail: what waits to be sent, links and codes that were sent, browsers somebody signed in from, and names that read
-- alike.

-- The outbox. A mail is written with the change it is about, and sent by a job.
CREATE TABLE mails (
    id              UUID PRIMARY KEY,
    kind            TEXT NOT NULL,        -- reset | invitation | …
    user_id         UUID,                 -- whose account it is about; it goes with it
    recipient       BYTEA NOT NULL,       -- digest of the address in normal form: nobody is sent too many
    sealed          BYTEA,                -- address, subject and text; null once it was sent or given up
    attempts        BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    due_at          TIMESTAMPTZ,          -- null once it was sent or given up
    good_until      TIMESTAMPTZ NOT NULL  -- afterwards it is of no use to anybody
);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_recipient ON mails (recipient, created_at);
CREATE INDEX mails_user ON mails (user_id);
CREATE INDEX mails_created ON mails (created_at, id);

-- Links that were mailed. Any number for an account, unlike those that an operator hands over: who asks for one in
-- somebody else's name must not take away the one they have.
CREATE TABLE mailed_links (
    digest          BYTEA PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id),
    purpose         TEXT NOT NULL,        -- invite | reset | address
    user_era        BIGINT NOT NULL,      -- whatever ends a session ends the link, too
    email           TEXT NOT NULL,        -- where it was sent, as typed
    email_key       TEXT NOT NULL,        -- in normal form
    was_email_key   TEXT,                 -- of an address to be confirmed: which one it takes the place of
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX mailed_links_user ON mailed_links (user_id);
CREATE INDEX mailed_links_expires ON mailed_links (expires_at);

-- Codes that were mailed, to sign in with.
CREATE TABLE mailed_codes (
    id              UUID PRIMARY KEY,     -- of the ticket in the browser that asked
    user_id         UUID NOT NULL REFERENCES users (id),
    user_era        BIGINT NOT NULL,
    tag             BYTEA NOT NULL,       -- HMAC of the code under a key that is not in the database
    attempts        BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ
);
CREATE INDEX mailed_codes_user ON mailed_codes (user_id);
CREATE INDEX mailed_codes_expires ON mailed_codes (expires_at);

-- Browsers somebody signed in from: to tell them about one that is new.
CREATE TABLE known_browsers (
    user_id         UUID NOT NULL REFERENCES users (id),
    digest          BYTEA NOT NULL,       -- of the browser's cookie and the account: two people at one browser share none
    first_seen_at   TIMESTAMPTZ NOT NULL,
    seen_at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, digest)
);
CREATE INDEX known_browsers_seen ON known_browsers (seen_at);

-- How far somebody has read the sealed log of events.
CREATE TABLE log_readers (
    name            TEXT PRIMARY KEY,     -- notices
    seq             BIGINT NOT NULL       -- the next one
);

-- What a user name reads like (UTS 39): two that read alike are not two accounts. Null until a job has looked.
ALTER TABLE users ADD COLUMN username_skeleton TEXT;
CREATE UNIQUE INDEX users_username_skeleton ON users (username_skeleton);
CREATE INDEX users_without_skeleton ON users (id) WHERE username_skeleton IS NULL;
