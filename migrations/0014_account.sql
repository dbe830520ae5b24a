-- The account centre: what people see of themselves, and permissions that end by themselves.

-- The language somebody chose for these pages (BCP 47); null: what their browser asks for.
ALTER TABLE users ADD COLUMN locale TEXT;

ALTER TABLE sessions
    ADD COLUMN device   TEXT,             -- browser and system as two words; the User-Agent itself is not kept
    ADD COLUMN peer     TEXT,             -- the address it was opened from, or renewed
    ADD COLUMN seen_at  TIMESTAMPTZ;      -- when something was last allowed in it

ALTER TABLE grants
    ADD COLUMN peer     TEXT,             -- the address its last token was fetched from
    ADD COLUMN most_expires_at TIMESTAMPTZ; -- when it ends where its person sets no earlier time

ALTER TABLE consents
    ADD COLUMN expires_at TIMESTAMPTZ,    -- until when the answer is remembered; null: until it is withdrawn
    ADD COLUMN by_policy BOOLEAN;         -- true: the administrators said so, for everybody
CREATE INDEX consents_expires ON consents (expires_at) WHERE expires_at IS NOT NULL;

-- What administrators decided for people: pre_approved | forbidden; null: people are asked.
ALTER TABLE clients ADD COLUMN consent TEXT;

-- What somebody allowed and took back, as they read it. Events of every token are not among them.
CREATE INDEX events_of_person ON events (user_id, at, id)
    WHERE kind IN ('consent.granted', 'consent.limited', 'consent.revoked', 'consent.expired', 'grant.revoked',
                   'token.reuse_detected', 'code.replayed', 'user.access_ended');
